import { RLP } from '@ethereumjs/rlp'
import { type Address, bytesToHex, concatBytes, type Hex, hexToBytes } from '@opengradient/protocol'
import type { ChainLog, ChainReceipt, GasPayment } from '../chain.ts'
import type { Keccak } from '../crypto/keccak.ts'
import { toBigint } from '../state/account.ts'
import { encodeRlp } from '../trie/encode.ts'
import { type Item, itemsAt } from '../trie/rlp.ts'

/** A log as the EVM gives it: address, topics, data. */
export type RawLog = readonly [address: Uint8Array, topics: readonly Uint8Array[], data: Uint8Array]

/** What a block keeps of a receipt: everything but what follows from the order. The logs stay bytes until somebody asks. */
export type ReceiptRecord = Omit<ChainReceipt, 'transactionIndex' | 'logsBloom' | 'gasUsed' | 'logs'> & { readonly logs: readonly RawLog[] }

/** What the receipts trie keeps of a receipt, besides the bloom of its logs. */
export type ReceiptOutcome = Pick<ReceiptRecord, 'type' | 'status' | 'stateRoot' | 'cumulativeGasUsed' | 'logs'>

/** The receipt as the receipts trie holds it (EIP-2718, EIP-658). */
export function encodeReceipt({ type, status, stateRoot, cumulativeGasUsed, logs }: ReceiptOutcome, bloom: Uint8Array): Uint8Array {
  const success = status ? Uint8Array.of(1) : new Uint8Array()
  const body = encodeRlp([stateRoot ? hexToBytes(stateRoot) : success, cumulativeGasUsed, bloom, logs.map(logItems)])
  return type === 0 ? body : concatBytes(Uint8Array.of(type), body)
}

/** The bloom of some logs: three bits for each address and topic (yellow paper, 4.3.1). */
export function bloomOf(logs: readonly RawLog[], keccak: Keccak): Uint8Array {
  const bloom = new Uint8Array(256)
  for (const [address, topics] of logs) {
    addToBloom(bloom, keccak(address))
    for (const topic of topics) addToBloom(bloom, keccak(topic))
  }
  return bloom
}

function addToBloom(bloom: Uint8Array, hash: Uint8Array): void {
  for (const at of [0, 2, 4]) {
    const bit = ((hash[at]! << 8) | hash[at + 1]!) & 2047
    bloom[255 - (bit >>> 3)]! |= 1 << (bit & 7)
  }
}

/** Adds the bits of one bloom to another. */
export function mergeBloom(into: Uint8Array, bloom: Uint8Array): void {
  for (let i = 0; i < into.length; i++) into[i]! |= bloom[i]!
}

/** The receipts of a block for the store. */
export function packReceipts(records: readonly ReceiptRecord[]): Uint8Array {
  return encodeRlp(
    records.map((record) => [
      hexToBytes(record.transactionHash),
      BigInt(record.type),
      BigInt(record.status),
      record.cumulativeGasUsed,
      hexToBytes(record.from),
      hexToBytes(record.to ?? '0x'),
      hexToBytes(record.contractAddress ?? '0x'),
      record.effectiveGasPrice,
      record.logs.map(logItems),
    ]),
  )
}

/** The inverse of `packReceipts`, with positions, own gas and blooms filled in. */
export function unpackReceipts(packed: Uint8Array, keccak: Keccak): ChainReceipt[] {
  const records = (RLP.decode(packed) as unknown as PackedReceipt[]).map(unpack)
  return positioned(records, keccak)
}

/** Of the same what each transaction paid for its gas: its logs are passed over, however many there are. */
export function unpackPayments(packed: Uint8Array): GasPayment[] {
  let gasBefore = 0n
  return itemsAt(packed, 0).map((record) => {
    const fields = itemsAt(packed, record.from)
    const number = ({ start, end }: Item) => toBigint(packed.subarray(start, end))
    const cumulativeGas = number(fields[CUMULATIVE_GAS]!)
    const gasUsed = cumulativeGas - gasBefore
    gasBefore = cumulativeGas
    return { gasUsed, effectiveGasPrice: number(fields[GAS_PRICE]!) }
  })
}

/** Where a packed receipt has them. */
const CUMULATIVE_GAS = 3
const GAS_PRICE = 7

type PackedLog = [Uint8Array, Uint8Array[], Uint8Array]
type PackedReceipt = [
  hash: Uint8Array,
  type: Uint8Array,
  status: Uint8Array,
  cumulativeGas: Uint8Array,
  from: Uint8Array,
  to: Uint8Array,
  contract: Uint8Array,
  gasPrice: Uint8Array,
  logs: PackedLog[],
]

function unpack([hash, type, status, cumulativeGas, from, to, contract, gasPrice, logs]: PackedReceipt): ReceiptRecord {
  return {
    transactionHash: bytesToHex(hash),
    type: Number(toBigint(type)),
    status: status.length === 0 ? 0 : 1,
    cumulativeGasUsed: toBigint(cumulativeGas),
    from: bytesToHex(from),
    to: addressOrNone(to),
    contractAddress: addressOrNone(contract),
    effectiveGasPrice: toBigint(gasPrice),
    logs,
  }
}

/** Receipts with what follows from their order in the block. */
export function positioned(records: readonly ReceiptRecord[], keccak: Keccak): ChainReceipt[] {
  let gasBefore = 0n
  let logsBefore = 0
  return records.map((record, transactionIndex) => {
    const gasUsed = record.cumulativeGasUsed - gasBefore
    const logs = record.logs.map((log, i) => ({ ...hexLog(log), index: logsBefore + i }))
    gasBefore = record.cumulativeGasUsed
    logsBefore += logs.length
    return { ...record, transactionIndex, gasUsed, logs, logsBloom: bytesToHex(bloomOf(record.logs, keccak)) }
  })
}

/** A log for people and JSON. */
export function hexLog([address, topics, data]: RawLog): Omit<ChainLog, 'index'> {
  return { address: bytesToHex(address), topics: topics.map((topic) => bytesToHex(topic)), data: bytesToHex(data) }
}

const logItems = ([address, topics, data]: RawLog) => [address, topics, data]
const addressOrNone = (bytes: Uint8Array): Address | undefined => (bytes.length === 0 ? undefined : (bytesToHex(bytes) as Hex))
