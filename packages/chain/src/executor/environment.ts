import { Block, type BlockHeader, createBlockHeader } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { Address } from '@ethereumjs/util'
import type { FixedCommon } from './common.ts'
import { BLOCK_GAS_LIMIT, baseFeeAfter } from './rules.ts'

/** What a block's header says before anything has run. Times are unix seconds. */
export interface Environment {
  readonly number: bigint
  readonly parentHash: Uint8Array
  readonly time: bigint
  readonly coinbase: Uint8Array
  readonly baseFee: bigint
  readonly gasLimit: bigint
  /** `prevRandao`. There is no randomness in consensus, and zero says so. */
  readonly mixHash: Uint8Array
  /** At most 32 bytes; empty in all blocks but the first. */
  readonly extraData?: Uint8Array
}

/** The environment of the block after `parent`, on the chain with these rules. */
export function nextEnvironment(parent: BlockHeader, rules: FixedCommon, time: bigint, coinbase: Uint8Array): Environment {
  return {
    number: parent.number + 1n,
    parentHash: parent.hash(),
    time,
    coinbase,
    baseFee: nextBaseFee(parent, rules),
    gasLimit: BLOCK_GAS_LIMIT,
    mixHash: new Uint8Array(32),
  }
}

/** The environment that a committed block ran in. */
export function environmentOf(header: BlockHeader): Environment {
  return {
    number: header.number,
    parentHash: header.parentHash,
    time: header.timestamp,
    coinbase: header.coinbase.bytes,
    baseFee: header.baseFeePerGas!,
    gasLimit: header.gasLimit,
    mixHash: header.mixHash,
  }
}

/** EIP-1559 base fee of the block after `parent`, on the chain with these rules. */
export function nextBaseFee(parent: BlockHeader, { minBaseFee }: Pick<FixedCommon, 'minBaseFee'>): bigint {
  return baseFeeAfter({ gasUsed: parent.gasUsed, gasLimit: parent.gasLimit, baseFee: parent.baseFeePerGas! }, minBaseFee)
}

/** What running the block has found out. */
export interface Outcome {
  readonly stateRoot: Uint8Array
  readonly transactionsRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  readonly logsBloom: Uint8Array
  readonly gasUsed: bigint
}

/** The header of a block. Fields not named have the value that prague gives them when there is nothing to say: no uncles, withdrawals, blobs, requests. */
export function headerOf(env: Environment, common: Common, outcome?: Outcome): BlockHeader {
  return createBlockHeader(
    {
      number: env.number,
      parentHash: env.parentHash,
      timestamp: env.time,
      coinbase: new Address(env.coinbase),
      baseFeePerGas: env.baseFee,
      gasLimit: env.gasLimit,
      mixHash: env.mixHash,
      ...(env.extraData && { extraData: env.extraData }),
      ...(outcome && {
        stateRoot: outcome.stateRoot,
        transactionsTrie: outcome.transactionsRoot,
        receiptTrie: outcome.receiptsRoot,
        logsBloom: outcome.logsBloom,
        gasUsed: outcome.gasUsed,
      }),
    },
    { common },
  )
}

/** A block without transactions for the EVM to run in. */
export function environmentBlock(env: Environment, common: Common): Block {
  return new Block(headerOf(env, common), [], [], [], { common })
}
