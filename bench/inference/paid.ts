import { Agent, request } from 'node:http'
import { cpuSeconds } from '../measure/processTree.ts'
import { quantile } from '../measure/stats.ts'
import { paymentHeaders } from './payments.ts'
import { type NodeService, type Scene, startScene } from './scene.ts'

/** What payment adds to a warm request, and how fast payments are settled while they come. */
export interface PaidResult {
  p50_extra_ms: number
  p99_extra_ms: number
  settle_per_s: number
}

const OPG = 10n ** 18n
const PRICE = OPG / 10_000n
const [FREE_NODE, PAID_NODE, FIRST_PAYER, PAYERS] = [5, 6, 10, 8]
/** Payments that a payer is introduced with, and so may have open. */
const CREDIT = 128
const ROUNDS = 15
const PER_ROUND = 100
const LOAD_SECONDS = 60
/** Requests a second; a little more than the goal, so that a settlement that keeps up is seen to. */
const LOAD_PER_S = 165

const BODY = Buffer.from(
  JSON.stringify({
    inputs: [{ name: 'input', shape: [1, 16], datatype: 'FP32', data: Array.from({ length: 16 }, (_, i) => (i % 5) / 4 - 0.5) }],
  }),
)

export async function paid(progress: (line: string) => void): Promise<PaidResult> {
  const scene = await startScene(FIRST_PAYER + PAYERS)
  try {
    const payers = Array.from({ length: PAYERS }, (_, i) => FIRST_PAYER + i)
    await Promise.all(payers.map((index) => scene.wrap(index, 1000n * OPG)))
    const free = await scene.node(FREE_NODE, 0n)
    const node = await scene.node(PAID_NODE, PRICE)
    await Promise.all(payers.map((index) => introduce(scene, node, index)))
    const latency = await latencies(scene, free, node, progress)
    return { ...latency, settle_per_s: await sustained(scene, node, payers, progress) }
  } finally {
    await scene.close()
  }
}

/** Payments of a payer, settled: the node gives credit for as much as it has collected, or for one payment. */
async function introduce(scene: Scene, node: NodeService, index: number): Promise<void> {
  for (let paid = 0; paid < CREDIT; paid += paid || 1) {
    const headers = headersOf(scene, node, index, paid || 1)
    await Promise.all(headers.map((header) => post(node.url, scene.modelId, { 'payment-signature': header, prefer: 'wait=settled' })))
  }
}

function headersOf(scene: Scene, node: NodeService, index: number, count: number): string[] {
  return paymentHeaders(count, scene.account(index), node.till, PRICE, scene.network.chainId)
}

/** One after the other, free and paid in turn (ABBA), so that the machine's moods hit both alike. */
async function latencies(scene: Scene, free: NodeService, node: NodeService, progress: (line: string) => void) {
  const headers = headersOf(scene, node, FIRST_PAYER, (ROUNDS + 1) * PER_ROUND)
  const times = { free: [] as number[], paid: [] as number[] }
  const runFree = async (): Promise<number> => post(free.url, scene.modelId, {})
  const runPaid = async (): Promise<number> => post(node.url, scene.modelId, { 'payment-signature': headers.pop()! })
  for (let round = 0; round <= ROUNDS; round++) {
    const found = { free: [] as number[], paid: [] as number[] }
    for (let i = 0; i < PER_ROUND; i += 2) {
      found.free.push(await runFree())
      found.paid.push(await runPaid(), await runPaid())
      found.free.push(await runFree())
    }
    await settledAll(node)
    if (round === 0) continue
    times.free.push(...found.free)
    times.paid.push(...found.paid)
  }
  const at = (q: number) => [quantile(times.free, q), quantile(times.paid, q)] as const
  for (const q of [0.5, 0.99]) progress(`p${q * 100}: free ${at(q)[0].toFixed(2)} ms, paid ${at(q)[1].toFixed(2)} ms`)
  return { p50_extra_ms: at(0.5)[1] - at(0.5)[0], p99_extra_ms: at(0.99)[1] - at(0.99)[0] }
}

/** A steady load for a minute; settled a second, counted until nothing is left. */
async function sustained(scene: Scene, node: NodeService, payers: readonly number[], progress: (line: string) => void): Promise<number> {
  const total = LOAD_SECONDS * LOAD_PER_S
  const headers = payers.map((index) => headersOf(scene, node, index, Math.ceil(total / payers.length)))
  const pids = [scene.chainPid, node.process.pid!]
  const cpuBefore = pids.map((pid) => cpuSeconds([pid]))
  const started = performance.now()
  let [answered, refused] = [0, 0]
  const under: Promise<void>[] = []
  for (let i = 0; i < total; i++) {
    const due = started + (i * 1000) / LOAD_PER_S
    const ahead = due - performance.now()
    if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead))
    const header = headers[i % payers.length]!.pop()!
    under.push(
      post(node.url, scene.modelId, { 'payment-signature': header }).then(
        () => void answered++,
        () => void refused++,
      ),
    )
  }
  await Promise.all(under)
  await settledAll(node)
  const seconds = (performance.now() - started) / 1000
  progress(`${answered} of ${total} answered and settled in ${seconds.toFixed(1)} s, ${refused} refused`)
  const [chain, own] = pids.map((pid, i) => (((cpuSeconds([pid]) - cpuBefore[i]!) * 1e6) / answered).toFixed(0))
  progress(`CPU of each: node ${own} µs, chain ${chain} µs`)
  return answered / seconds
}

async function settledAll(node: NodeService): Promise<void> {
  for (;;) {
    const { open, queued, submitted } = await node.pending()
    if (open + queued + submitted === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** Milliseconds that one request took. @throws unless it was answered with 200 */
function post(url: string, modelId: string, headers: Record<string, string>): Promise<number> {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const call = request(`${url}/v2/models/${modelId}/infer`, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': BODY.length, ...headers },
    })
    call.on('response', async (reply) => {
      const parts: Buffer[] = []
      for await (const part of reply) parts.push(part as Buffer)
      if (reply.statusCode === 200) resolve(performance.now() - started)
      else reject(new Error(`${reply.statusCode}: ${Buffer.concat(parts).toString()}`))
    })
    call.on('error', reject)
    call.end(BODY)
  })
}
