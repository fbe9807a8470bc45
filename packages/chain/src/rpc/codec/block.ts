import type { BlockHeader } from '@ethereumjs/block'
import type { Hex } from '@opengradient/protocol'
import type { ChainBlock, ChainHeader } from '../../chain.ts'
import { data, quantity } from './hex.ts'
import { foreignTransactionJson } from './transaction.ts'

type Json = Record<string, unknown>

/** The header of a committed block as `newHeads` announces it. */
export function headerJson({ hash, header }: ChainHeader): Json {
  return { ...headerFields(header), hash }
}

/** A block with its transactions by hash; whole only if it is of a simulation. */
export function blockJson(found: ChainBlock, whole: boolean): Json {
  const { block } = found
  return {
    ...headerFields(block.header),
    hash: found.hash,
    size: quantity(found.size),
    transactions: whole ? found.hashes.map((_, index) => foreignTransactionJson(found, index)) : found.hashes,
    uncles: block.uncleHeaders.map((uncle) => data(uncle.hash())),
    ...(block.withdrawals && { withdrawals: block.withdrawals.map((withdrawal) => withdrawal.toJSON()) }),
  }
}

/**
 * The block after `head` as far as it is known, but for its transactions: its parent, number, base fee. What only execution can tell is null.
 */
export function pendingHeaderJson(head: ChainBlock, baseFee: bigint): Json {
  return {
    ...headerFields(head.block.header),
    parentHash: head.hash,
    number: quantity(head.height + 1n),
    timestamp: quantity(head.block.header.timestamp + 1n),
    baseFeePerGas: quantity(baseFee),
    gasUsed: '0x0',
    hash: null,
    nonce: null,
    miner: null,
    stateRoot: null,
    receiptsRoot: null,
    transactionsRoot: null,
    logsBloom: `0x${'00'.repeat(256)}`,
    size: '0x0',
    uncles: [],
    withdrawals: [],
  }
}

/** The fields of a header; those that a fork added are present from that fork on. */
function headerFields(header: BlockHeader): Json {
  return {
    ...optionalQuantity('baseFeePerGas', header.baseFeePerGas),
    ...optionalQuantity('blobGasUsed', header.blobGasUsed),
    difficulty: quantity(header.difficulty),
    ...optionalQuantity('excessBlobGas', header.excessBlobGas),
    extraData: data(header.extraData),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    logsBloom: data(header.logsBloom),
    miner: header.coinbase.toString(),
    mixHash: data(header.mixHash),
    nonce: data(header.nonce),
    number: quantity(header.number),
    ...optionalData('parentBeaconBlockRoot', header.parentBeaconBlockRoot),
    parentHash: data(header.parentHash),
    receiptsRoot: data(header.receiptTrie),
    ...optionalData('requestsHash', header.requestsHash),
    sha3Uncles: data(header.uncleHash),
    stateRoot: data(header.stateRoot),
    timestamp: quantity(header.timestamp),
    transactionsRoot: data(header.transactionsTrie),
    ...optionalData('withdrawalsRoot', header.withdrawalsRoot),
  }
}

const optionalQuantity = (name: string, value: bigint | undefined): Record<string, Hex> =>
  value === undefined ? {} : { [name]: quantity(value) }
const optionalData = (name: string, value: Uint8Array | undefined): Record<string, Hex> =>
  value === undefined ? {} : { [name]: data(value) }
