import { setTimeout as sleep } from 'node:timers/promises'
import { median, spread } from '../measure/stats.ts'
import { type PeerNode, type StartNode, sendBody, startAnvil, startOurs } from './nodes.ts'
import { KINDS, type Kind, type Workload, workload } from './workloads.ts'

/** One kind of transaction from JSON-RPC into a block. `cpu_s` is CPU seconds of the node for 1,000 transactions. */
export interface EndToEnd {
  /** Transactions a second. */
  readonly ours: number
  readonly anvil: number
  readonly ratio: number
  readonly mgas_per_s: { readonly ours: number; readonly anvil: number }
  readonly cpu_s: { readonly ours: number; readonly anvil: number }
}

const ROUNDS = 5
/** Thousands of transactions in one round. */
const THOUSANDS = { transfer: 3, erc20: 2, storage: 1 }
/** Transactions that wait when a block is made, or all that are left. */
const BLOCK = 1_000
/** Transactions in one HTTP request, and requests under way at a time. */
const BATCH = 100
const AT_A_TIME = 4

interface Side {
  readonly node: PeerNode
  readonly work: Workload
  readonly perSecond: number[]
  readonly gasPerSecond: number[]
  readonly cpu: number[]
}

/** Both nodes at once on the same machine; they take turns, so that what disturbs one disturbs the other. */
export async function measureEndToEnd(progress: (line: string) => void): Promise<Record<Kind, EndToEnd>> {
  const result = {} as Record<Kind, EndToEnd>
  for (const kind of KINDS) {
    const [ours, anvil] = [await begin(kind, startOurs), await begin(kind, startAnvil)]
    try {
      // The first round warms up.
      for (let round = 0; round <= ROUNDS; round++) {
        for (const side of round % 2 ? [ours, anvil] : [anvil, ours]) await play(side, THOUSANDS[kind], round > 0)
      }
    } finally {
      await Promise.all([ours.node.stop(), anvil.node.stop()])
    }
    for (const [name, side] of Object.entries({ ours, anvil })) {
      const cpu = `${spread(side.cpu, 3)} s of CPU per 1,000`
      progress(`${kind}, ${name}: ${spread(side.perSecond, 0)} a second, ${spread(side.gasPerSecond.map(mega), 1)} Mgas/s, ${cpu}`)
    }
    const both = (of: (side: Side) => number) => ({ ours: of(ours), anvil: of(anvil) })
    const rate = both(({ perSecond }) => Math.round(median(perSecond)))
    result[kind] = {
      ...rate,
      ratio: rate.ours / rate.anvil,
      mgas_per_s: both(({ gasPerSecond }) => mega(median(gasPerSecond))),
      cpu_s: both(({ cpu }) => median(cpu)),
    }
  }
  return result
}

const mega = (gas: number) => gas / 1e6

async function begin(kind: Kind, start: StartNode): Promise<Side> {
  const work = await workload(kind)
  const node = await start(work.senders)
  const side = { node, work, perSecond: [], gasPerSecond: [], cpu: [] }
  if (work.preparation.length > 0) await throughput(node, work.preparation)
  return side
}

async function play({ node, work, perSecond, gasPerSecond, cpu }: Side, thousands: number, counts: boolean): Promise<void> {
  const raws: Uint8Array[] = []
  for (let i = 0; i < thousands; i++) raws.push(...(await work.next()))
  const cpuBefore = node.cpuSeconds()
  const { seconds, gas } = await throughput(node, raws)
  if (!counts) return
  perSecond.push(raws.length / seconds)
  gasPerSecond.push(gas / seconds)
  cpu.push(((node.cpuSeconds() - cpuBefore) / raws.length) * 1_000)
}

/** Sends transactions as fast as the node takes them, while a block is made of each thousand, until all are in blocks. */
async function throughput({ rpc }: PeerNode, raws: readonly Uint8Array[]): Promise<{ seconds: number; gas: number }> {
  const bodies: string[] = []
  for (let at = 0; at < raws.length; at += BATCH) bodies.push(sendBody(raws.slice(at, at + BATCH)))
  const started = performance.now()
  const send = async () => {
    for (let body = bodies.shift(); body; body = bodies.shift()) {
      const answer = await rpc.post(body)
      if (answer.includes('"error"')) throw new Error(`a transaction was refused: ${answer.slice(answer.indexOf('"error"'), 300)}`)
    }
  }
  const sending = Promise.all(Array.from({ length: AT_A_TIME }, send))
  let failed: unknown
  sending.catch((error) => {
    failed = error
  })
  let included = 0
  let gas = 0
  for (let idle = 0; included < raws.length; ) {
    if (failed) throw failed
    const { pending } = (await rpc.call('txpool_status', [])) as { pending: string }
    if (Number(pending) < Math.min(BLOCK, raws.length - included)) {
      if (idle++ > 2_000) throw new Error(`${included} of ${raws.length} transactions were included`)
      await sleep(5)
      continue
    }
    await rpc.call('evm_mine', [])
    const block = (await rpc.call('eth_getBlockByNumber', ['latest', false])) as unknown as { transactions: string[]; gasUsed: string }
    included += block.transactions.length
    gas += Number(block.gasUsed)
    idle = 0
  }
  await sending
  return { seconds: (performance.now() - started) / 1_000, gas }
}
