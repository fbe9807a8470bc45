import { within } from '@opengradient/client/within'

/** One JSON-RPC call to a local node; undefined when it does not answer within two seconds. For status lines only: nothing is proved. */
async function ask(port: number, method: string, params: unknown[]): Promise<unknown> {
  try {
    return await within(2_000, async (signal) => {
      const response = await fetch(`http://127.0.0.1:${port}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal,
      })
      return ((await response.json()) as { result?: unknown }).result
    })
  } catch {
    return undefined
  }
}

/** Height of the head. */
export async function headHeight(port: number): Promise<number | undefined> {
  const result = await ask(port, 'eth_blockNumber', [])
  return typeof result === 'string' ? Number(result) : undefined
}

/** Unix seconds of the head. */
export async function headTime(port: number): Promise<number | undefined> {
  const block = (await ask(port, 'eth_getBlockByNumber', ['latest', false])) as { timestamp?: unknown } | undefined
  return typeof block?.timestamp === 'string' ? Number(block.timestamp) : undefined
}

/** A block as screens show it. */
export interface BlockSummary {
  height: number
  hash: string
  /** Account of the proposer. */
  proposer: string
  /** Unix seconds. */
  time: number
  transactions: number
}

/** The head; undefined when the node does not answer. */
export async function headBlock(port: number): Promise<BlockSummary | undefined> {
  const block = (await ask(port, 'eth_getBlockByNumber', ['latest', false])) as
    | Record<'number' | 'hash' | 'miner' | 'timestamp' | 'transactions', unknown>
    | undefined
  if (typeof block?.number !== 'string' || typeof block.hash !== 'string' || typeof block.miner !== 'string') return undefined
  const transactions = Array.isArray(block.transactions) ? block.transactions.length : 0
  return { height: Number(block.number), hash: block.hash, proposer: block.miner, time: Number(block.timestamp), transactions }
}
