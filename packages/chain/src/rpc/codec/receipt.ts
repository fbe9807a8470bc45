import type { ChainHeader, ChainLog, ChainReceipt, StoredReceipt } from '../../chain.ts'
import type { Keccak } from '../../crypto/keccak.ts'
import { addLogToBloom, hexLog } from '../../executor/receipt.ts'
import { data, quantity } from './hex.ts'

/** A receipt of a committed block as JSON-RPC answers it, in pieces of text: one for each of its logs. */
export function* receiptText(found: ChainHeader, receipt: StoredReceipt, keccak: Keccak): Generator<string, void, void> {
  const head = {
    blockHash: found.hash,
    blockNumber: quantity(found.height),
    contractAddress: receipt.contractAddress ?? null,
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    from: receipt.from,
    gasUsed: quantity(receipt.gasUsed),
  }
  yield `${JSON.stringify(head).slice(0, -1)},"logs":[`
  const bloom = new Uint8Array(256)
  let index = receipt.firstLog
  for (const log of receipt.logs()) {
    addLogToBloom(bloom, log, keccak)
    const comma = index === receipt.firstLog ? '' : ','
    yield comma + JSON.stringify(logJson(found, receipt, { ...hexLog(log), index: index++ }))
  }
  const rest = {
    logsBloom: data(bloom),
    ...(receipt.stateRoot ? { root: receipt.stateRoot } : { status: quantity(receipt.status) }),
    to: receipt.to ?? null,
    transactionHash: receipt.transactionHash,
    transactionIndex: quantity(receipt.transactionIndex),
    type: quantity(receipt.type),
  }
  yield `],${JSON.stringify(rest).slice(1)}`
}

/** A log of a committed block; `removed` is never true because committed blocks are final. */
export function logJson(
  found: ChainHeader,
  receipt: Pick<ChainReceipt, 'transactionHash' | 'transactionIndex'>,
  log: ChainLog,
): Record<string, unknown> {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: quantity(found.height),
    transactionHash: receipt.transactionHash,
    transactionIndex: quantity(receipt.transactionIndex),
    blockHash: found.hash,
    blockTimestamp: quantity(found.header.timestamp),
    logIndex: quantity(log.index),
    removed: false,
  }
}
