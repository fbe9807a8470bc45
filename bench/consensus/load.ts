import { setTimeout as sleep } from 'node:timers/promises'
import { bytesToHex, keccak256 } from '@opengradient/protocol'
import { quantile } from '../measure/stats.ts'
import { fresh, type Wallet } from '../measure/wallet.ts'
import type { Validator } from './validator.ts'

/** What a steady stream of transfers to all validators has come to. */
export interface LoadResult {
  /** Transfers a second that were in blocks of the node they were sent to. */
  readonly tps: number
  /** Milliseconds from sending to the block, on the node it was sent to. */
  readonly finality: { readonly p50: number; readonly p99: number }
  /** Transfers that were in no block ten seconds after the last was sent. */
  readonly lost: number
  /** Every ten seconds and at the end. */
  readonly memory: readonly MemoryMb[]
  /** Of all of them, for 1,000 transfers. */
  readonly cpuSeconds: number
}

/** Of all nodes, and of all CometBFTs. */
export interface MemoryMb {
  readonly nodes: number
  readonly engines: number
}

/** Milliseconds from one batch to the next. */
const STEP = 100
const STEPS_BETWEEN_MEMORY = 100

/** Sends `rate` transfers a second for so many seconds, evenly to all validators, whether the network keeps up or not. */
export async function load(
  validators: readonly Validator[],
  senders: readonly Wallet[],
  rate: number,
  seconds: number,
): Promise<LoadResult> {
  const perStep = Math.round((rate * STEP) / 1_000 / validators.length)
  const steps = (seconds * 1_000) / STEP
  const bodies = await prepare(validators.length, senders, steps, perStep)
  const sentTo = validators.map(() => new Map<string, number>())
  const waited: number[] = []
  for (const [index, validator] of validators.entries()) {
    const sentAt = sentTo[index]!
    validator.onBlock = (hashes) => {
      const now = performance.now()
      for (const hash of hashes) {
        const at = sentAt.get(hash)
        if (at === undefined) continue
        sentAt.delete(hash)
        waited.push(now - at)
      }
    }
  }
  const memory: MemoryMb[] = []
  const measureMemory = () => {
    const each = validators.map((validator) => validator.memoryMb())
    const sum = (of: keyof MemoryMb) => Math.round(each.reduce((total, mb) => total + mb[of], 0))
    memory.push({ nodes: sum('nodes'), engines: sum('engines') })
  }
  const cpu = () => validators.reduce((sum, validator) => sum + validator.cpuSeconds(), 0)
  const cpuBefore = cpu()
  const failures: string[] = []
  const sending: Promise<void>[] = []
  const started = performance.now()
  for (let step = 0; step < steps; step++) {
    await sleep(Math.max(0, started + step * STEP - performance.now()))
    if (step % STEPS_BETWEEN_MEMORY === 0) measureMemory()
    for (const [index, validator] of validators.entries()) {
      const { body, hashes } = bodies[index]![step]!
      const now = performance.now()
      for (const hash of hashes) sentTo[index]!.set(hash, now)
      const post = validator.rpc.post(body).then((answer) => {
        if (answer.includes('"error"')) failures.push(answer.slice(0, 300))
      })
      sending.push(post)
    }
  }
  await Promise.all(sending)
  const took = (performance.now() - started) / 1_000
  const included = waited.length
  measureMemory()
  const left = () => sentTo.reduce((sum, { size }) => sum + size, 0)
  for (const end = Date.now() + 10_000; left() > 0 && Date.now() < end; ) await sleep(50)
  if (failures.length > 0) throw new Error(`${failures.length} batches were refused: ${failures[0]}`)
  return {
    tps: included / took,
    finality: { p50: quantile(waited, 0.5), p99: quantile(waited, 0.99) },
    lost: left(),
    memory,
    cpuSeconds: ((cpu() - cpuBefore) / waited.length) * 1_000,
  }
}

interface Batch {
  readonly body: string
  readonly hashes: readonly string[]
}

/** For each validator one batch a step. A sender sends to one validator alone, so that its nonces stay in order. */
async function prepare(validators: number, senders: readonly Wallet[], steps: number, perStep: number): Promise<Batch[][]> {
  const result: Batch[][] = []
  for (let index = 0; index < validators; index++) {
    const own = senders.filter((_, at) => at % validators === index)
    const batches: Batch[] = []
    let next = 0
    for (let step = 0; step < steps; step++) {
      const raws: Uint8Array[] = []
      for (let i = 0; i < perStep; i++) raws.push(await own[next++ % own.length]!.send({ to: fresh(), value: 1n, gas: 21_000n }))
      const calls = raws.map((raw, id) => ({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [bytesToHex(raw)] }))
      batches.push({ body: JSON.stringify(calls), hashes: raws.map((raw) => bytesToHex(keccak256(raw))) })
    }
    result.push(batches)
  }
  return result
}
