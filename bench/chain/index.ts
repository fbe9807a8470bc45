import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Chain, createChain, makeGenesis } from '@opengradient/chain'
import { DEV_ACCOUNTS, devAccount } from '@opengradient/protocol'
import { median, spread } from '../measure/stats.ts'
import { CHAIN_ID, GENESIS_TIME, type Kind, WORKLOADS } from './workloads.ts'

/** What blocks cost, from signed bytes to durable commit, without JSON-RPC. One process, one core for JavaScript. */
export interface ChainResult {
  readonly [kind: string]: { readonly per_s: number; readonly cpu_us: number; readonly gas: number }
}

const BLOCKS = 9
/** CPU per settlement that leaves more than half a core at 150 settlements a second. */
const MOST_CPU_US = { settlement: 3_000 }

export async function run({ progress }: { progress: (line: string) => void }): Promise<ChainResult> {
  const result: Record<string, ChainResult[string]> = {}
  for (const kind of Object.keys(WORKLOADS) as Kind[]) {
    const dataDir = mkdtempSync(join(tmpdir(), 'og-bench-chain-'))
    try {
      result[kind] = await measure(kind, dataDir, progress)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  }
  return result
}

async function measure(kind: Kind, dataDir: string, progress: (line: string) => void): Promise<ChainResult[string]> {
  const { faucets, begin, units } = WORKLOADS[kind]
  const validator = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)
  const genesis = await makeGenesis({ chainId: CHAIN_ID, validator: validator.address, faucets, time: GENESIS_TIME })
  const clock = { now: () => Number(GENESIS_TIME) * 1_000, after: () => () => {} }
  const chain = await createChain({ dataDir, genesis, validatorKey: validator.privateKey, clock })
  const next = await begin(chain)
  const seconds: number[] = []
  const cpu: number[] = []
  let gas = 0
  // The first block warms up the compiler.
  for (let i = 0; i <= BLOCKS; i++) {
    const raws = await next()
    const cpuBefore = process.cpuUsage()
    const started = performance.now()
    await submitAll(chain, raws)
    const block = await chain.mine!()
    const took = (performance.now() - started) / 1_000
    const { user, system } = process.cpuUsage(cpuBefore)
    if (block.block.transactions.length !== raws.length)
      throw new Error(`${block.block.transactions.length} of ${raws.length} were included`)
    if (chain.receipts(block.height)!.some(({ status }) => status === 0)) throw new Error('a transaction failed')
    if (i === 0) continue
    seconds.push(took / units)
    cpu.push((user + system) / units)
    gas = Number(block.block.header.gasUsed) / units
  }
  await chain.close()
  progress(
    `${kind}: ${spread(
      seconds.map((s) => 1 / s),
      0,
    )} a second, CPU ${spread(cpu, 0)} µs each`,
  )
  return { per_s: Math.round(1 / median(seconds)), cpu_us: Math.round(median(cpu)), gas: Math.round(gas) }
}

async function submitAll(chain: Chain, raws: readonly Uint8Array[]): Promise<void> {
  for (const raw of raws) await chain.submit(raw)
}

export function table(result: ChainResult): string[] {
  const lines = ['what          a second   CPU µs each   gas each']
  for (const [kind, { per_s, cpu_us, gas }] of Object.entries(result)) {
    lines.push(`${kind.padEnd(12)} ${String(per_s).padStart(9)} ${String(cpu_us).padStart(13)} ${String(gas).padStart(10)}`)
  }
  const { settlement } = result
  if (settlement && settlement.cpu_us > MOST_CPU_US.settlement) {
    lines.push(`settlement takes more CPU than the goal of ${MOST_CPU_US.settlement} µs`)
  }
  return lines
}
