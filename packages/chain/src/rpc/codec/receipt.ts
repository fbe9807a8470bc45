import type { ChainHeader, ChainLog, ChainReceipt } from '../../chain.ts'
import { quantity } from './hex.ts'

/** A receipt of a committed block as JSON-RPC answers it. */
export function receiptJson(found: ChainHeader, receipt: ChainReceipt): Record<string, unknown> {
  return {
    blockHash: found.hash,
    blockNumber: quantity(found.height),
    contractAddress: receipt.contractAddress ?? null,
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    from: receipt.from,
    gasUsed: quantity(receipt.gasUsed),
    logs: receipt.logs.map((log) => logJson(found, receipt, log)),
    logsBloom: receipt.logsBloom,
    ...(receipt.stateRoot ? { root: receipt.stateRoot } : { status: quantity(receipt.status) }),
    to: receipt.to ?? null,
    transactionHash: receipt.transactionHash,
    transactionIndex: quantity(receipt.transactionIndex),
    type: quantity(receipt.type),
  }
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
