import { Common, type CommonOpts, type ParamsDict } from '@ethereumjs/common'

/**
 * The rules of one chain for EthereumJS, made to be asked often. The hardfork of this chain never changes, so all transactions and
 * headers share one object instead of copying and merging a table of parameters each (a tenth of a block's time), and activated EIPs
 * are looked up in a set.
 */
export class FixedCommon extends Common {
  // Not #private: `detached` copies fields one by one.
  private readonly activeEips: ReadonlySet<number> | undefined
  private readonly knownParams: Set<ParamsDict> | undefined

  constructor(options: CommonOpts) {
    super(options)
    this.activeEips = new Set(this._activatedEIPsCache)
    this.knownParams = new Set()
  }

  /** Merges a package's parameters, once. */
  override updateParams(params: ParamsDict): void {
    if (this.knownParams?.has(params)) return
    this.knownParams?.add(params)
    super.updateParams(params)
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
