import { type Address, bytesToHex, concatBytes, type Hex, hexToBytes } from '@opengradient/protocol'
import type { ChainLog, ChainReceipt, GasPayment, StoredReceipt } from '../chain.ts'
import type { Keccak } from '../crypto/keccak.ts'
import { toBigint } from '../state/account.ts'
import { encodeRlp } from '../trie/encode.ts'
import { encodeList, type Item, itemAt, itemsAt } from '../trie/rlp.ts'

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

/** The same of a receipt in the store, whose logs are encoded already. */
export function encodeStored({ type, status, stateRoot, cumulativeGasUsed, logsRlp }: StoredReceipt, bloom: Uint8Array): Uint8Array {
  const success = status ? Uint8Array.of(1) : new Uint8Array()
  const outcome = [stateRoot ? hexToBytes(stateRoot) : success, cumulativeGasUsed, bloom].map((item) => encodeRlp(item))
  const body = encodeList([...outcome, logsRlp])
  return type === 0 ? body : concatBytes(Uint8Array.of(type), body)
}

/** A receipt with its logs written out as one that is read log by log. */
export function storedReceipt({ logs, logsBloom: _, ...receipt }: ChainReceipt): StoredReceipt {
  const raw = logs.map(
    ({ address, topics, data }): RawLog => [hexToBytes(address), topics.map((topic) => hexToBytes(topic)), hexToBytes(data)],
  )
  return { ...receipt, firstLog: logs[0]?.index ?? 0, logsRlp: encodeRlp(raw.map(logItems)), logs: () => raw }
}

/** The bloom of some logs: three bits for each address and topic (yellow paper, 4.3.1). */
export function bloomOf(logs: readonly RawLog[], keccak: Keccak): Uint8Array {
  const bloom = new Uint8Array(256)
  for (const log of logs) addLogToBloom(bloom, log, keccak)
  return bloom
}

/** Adds the bits of one log to a bloom. */
export function addLogToBloom(bloom: Uint8Array, [address, topics]: RawLog, keccak: Keccak): void {
  addToBloom(bloom, keccak(address))
  for (const topic of topics) addToBloom(bloom, keccak(topic))
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
  return [...eachReceipt(packed)].map(({ logs: read, firstLog, logsRlp: _, ...receipt }) => {
    const raw = [...read()]
    const logs = raw.map((log, i) => ({ ...hexLog(log), index: firstLog + i }))
    return { ...receipt, logs, logsBloom: bytesToHex(bloomOf(raw, keccak)) }
  })
}

/** The receipts in what `packReceipts` made, one by one; of their logs, of which there may be a hundred thousand, nothing is read before it is asked for. */
export function* eachReceipt(packed: Uint8Array): Generator<StoredReceipt, void, void> {
  let gasBefore = 0n
  let logsBefore = 0
  for (const [transactionIndex, record] of itemsAt(packed, 0).entries()) {
    const fields = itemsAt(packed, record.from)
    const bytes = (index: number): Uint8Array => packed.subarray(fields[index]!.start, fields[index]!.end)
    const logsRlp = packed.subarray(fields[LOGS]!.from, fields[LOGS]!.end)
    const cumulativeGasUsed = toBigint(bytes(CUMULATIVE_GAS))
    yield {
      transactionHash: bytesToHex(bytes(0)),
      transactionIndex,
      type: Number(toBigint(bytes(1))),
      status: bytes(2).length === 0 ? 0 : 1,
      gasUsed: cumulativeGasUsed - gasBefore,
      cumulativeGasUsed,
      from: bytesToHex(bytes(4)),
      to: addressOrNone(bytes(5)),
      contractAddress: addressOrNone(bytes(6)),
      effectiveGasPrice: toBigint(bytes(GAS_PRICE)),
      firstLog: logsBefore,
      logsRlp,
      logs: () => eachLog(logsRlp),
    }
    gasBefore = cumulativeGasUsed
    logsBefore += countItems(logsRlp)
  }
}

function* eachLog(logsRlp: Uint8Array): Generator<RawLog, void, void> {
  const { start, end } = itemAt(logsRlp, 0)
  for (let at = start; at < end; ) {
    const [address, topics, data] = itemsAt(logsRlp, at)
    const bytes = (item: Item | undefined): Uint8Array => logsRlp.subarray(item!.start, item!.end)
    yield [bytes(address), itemsAt(logsRlp, topics!.from).map(bytes), bytes(data)]
    at = data!.end
  }
}

function countItems(list: Uint8Array): number {
  const { start, end } = itemAt(list, 0)
  let count = 0
  for (let at = start; at < end; count++) at = itemAt(list, at).end
  return count
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
const LOGS = 8

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

/** The runtime's own conversion: a block may hold megabytes of logs. */
const hexOf = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`

/** A log for people and JSON. */
export function hexLog([address, topics, data]: RawLog): Omit<ChainLog, 'index'> {
  return { address: hexOf(address), topics: topics.map(hexOf), data: hexOf(data) }
}

const logItems = ([address, topics, data]: RawLog) => [address, topics, data]
const addressOrNone = (bytes: Uint8Array): Address | undefined => (bytes.length === 0 ? undefined : (bytesToHex(bytes) as Hex))
