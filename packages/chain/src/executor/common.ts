import { paramsBlock } from '@ethereumjs/block'
import { Common, type CommonOpts, type ParamsDict } from '@ethereumjs/common'
import { paramsEVM } from '@ethereumjs/evm'
import { paramsTx } from '@ethereumjs/tx'
import { paramsVM } from '@ethereumjs/vm'

/** The tables that the packages of EthereumJS merge into a Common, each of them every time it makes an object. */
const PARAMETERS: readonly ParamsDict[] = [paramsTx, paramsBlock, paramsEVM, paramsVM]

/**
 * The rules of one chain for EthereumJS, made to be asked often. The hardfork of this chain never changes, so all transactions and
 * headers share one object instead of copying it and merging tables into it each (a tenth of a block's time), and activated EIPs are
 * looked up in a set.
 */
export class FixedCommon extends Common {
  // Not #private: `detached` copies fields one by one.
  private readonly activeEips: ReadonlySet<number> | undefined
  /** The base fee never falls below this, wei per gas. */
  readonly minBaseFee: bigint

  constructor(options: CommonOpts, minBaseFee: bigint) {
    super(options)
    this.minBaseFee = minBaseFee
    for (const table of PARAMETERS) super.updateParams(table)
    this.activeEips = new Set(this._activatedEIPsCache)
  }

  override updateParams(params: ParamsDict): void {
    if (!PARAMETERS.includes(params)) super.updateParams(params)
  }

  override isActivatedEIP(eip: number): boolean {
    // The constructor of the base class asks before there is a set.
    return this.activeEips?.has(eip) ?? super.isActivatedEIP(eip)
  }

  override copy(): Common {
    return this
  }

  /** A copy for one EVM, which listens to its Common for as long as that lives. */
  detached(): Common {
    return super.copy()
  }
}
