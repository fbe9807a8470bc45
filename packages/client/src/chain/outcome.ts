import { bytesToHex, concatBytes, encodeRlp, type Hex, hexToBytes, keccak256, listRoot, OgError, parseHex } from '@opengradient/protocol'
import { formatTransaction, type Log, type RpcTransaction, serializeTransaction } from 'viem'
import type { TrustedBlock } from './head.ts'
import { dataField, lying, quantityField } from './headerRlp.ts'
import type { Rpc } from './rpc.ts'

/** What a transaction did. */
export interface Outcome {
  /** False if it was refused: then it changed nothing and cost its gas. */
  readonly succeeded: boolean
  readonly logs: readonly Pick<Log, 'address' | 'topics' | 'data'>[]
}

/**
 * What a transaction of an accepted block did, proven: the RPC gives the block's transactions and outcomes, and both lists have to have the roots
 * that the header names. All of both lists are asked for, since no standard method gives a proof of one.
 *
 * @throws OgError `RPC_LIED` when a list has another root, or the transaction is not in the block
 */
export async function outcomeOf(rpc: Rpc, block: TrustedBlock, hash: Hex): Promise<Outcome> {
  const { header } = block
  const [transactions, receipts] = await Promise.all([transactionsOf(rpc, block), rpc.call('eth_getBlockReceipts', [tagOf(block)])])
  const outcomes = listOf(receipts)
  requireRoot(header.number, 'outcomes of its transactions', listRoot(lying(() => outcomes.map(rawOutcome))), header.receiptsRoot)
  const index = transactions.findIndex((raw) => bytesToHex(keccak256(raw)) === hash)
  const outcome = outcomes[index] as { status: unknown; logs: Outcome['logs'] } | undefined
  if (outcome === undefined) throw new OgError('RPC_LIED', `the RPC says that transaction ${hash} is in block ${header.number}; it is not`)
  return { succeeded: outcome.status === '0x1', logs: outcome.logs.map(({ address, topics, data }) => ({ address, topics, data })) }
}

/** The transactions of an accepted block, all of them, as they were signed. @throws OgError `RPC_LIED` */
export async function transactionsOf(rpc: Rpc, block: TrustedBlock): Promise<Uint8Array[]> {
  const { header } = block
  const told = await rpc.call('eth_getBlockByNumber', [tagOf(block), true])
  const transactions = lying(() => listOf((told as { transactions?: unknown } | null)?.transactions).map(rawTransaction))
  requireRoot(header.number, 'transactions', listRoot(transactions), header.transactionsRoot)
  return transactions
}

const tagOf = ({ header }: TrustedBlock): Hex => `0x${header.number.toString(16)}`

function requireRoot(height: number, what: string, found: Hex, root: Hex): void {
  if (found !== root) throw new OgError('RPC_LIED', `the RPC gave block ${height}, and not the ${what} that its header names`)
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value) && value.every((entry) => typeof entry === 'object' && entry !== null)) return value
  throw new OgError('RPC_LIED', 'the RPC gave no list where a block has one')
}

/** The bytes of a transaction that JSON-RPC describes. */
export function rawTransaction(json: unknown): Uint8Array {
  const { input, r, s, v, yParity, ...rest } = formatTransaction(json as RpcTransaction)
  const signature = { r, s, v, yParity: yParity ?? Number(v & 1n) }
  return hexToBytes(serializeTransaction({ ...rest, data: input } as Parameters<typeof serializeTransaction>[0], signature))
}

/** The bytes that stand for an outcome in the header (EIP-2718, EIP-658). */
function rawOutcome(json: unknown): Uint8Array {
  const { type, status, cumulativeGasUsed, logsBloom, logs } = json as Record<string, unknown>
  const fields = [
    quantityField(status, 'status'),
    quantityField(cumulativeGasUsed, 'cumulativeGasUsed'),
    dataField(logsBloom, 'logsBloom'),
    listOf(logs).map(logItems),
  ]
  const kind = quantityField(type, 'type')
  return concatBytes(kind, encodeRlp(fields))
}

function logItems(log: unknown): (Uint8Array | Uint8Array[])[] {
  const { address, topics, data } = log as Record<string, unknown>
  if (!Array.isArray(topics)) throw new OgError('HEX_MALFORMED', 'topics are a list')
  return [
    hexToBytes(parseHex(address, 20, 'address')),
    topics.map((topic) => hexToBytes(parseHex(topic, 32, 'topic'))),
    dataField(data, 'data'),
  ]
}
