import { createChain, makeGenesis } from '@opengradient/chain'
import { DEV_ACCOUNTS, devAccount, isOgError } from '@opengradient/protocol'
import { quantile } from '../measure/stats.ts'
import { CHAIN_ID, GENESIS_TIME } from '../measure/wallet.ts'
import { transactions } from './transactions.ts'

/** What it costs a node to refuse a transaction of who has no money. */
export interface Refusal {
  readonly bytes: number
  readonly ms: number
  /** CPU a byte, ns: with this and its network a node knows how much of it a stranger can take. */
  readonly ns_per_byte: number
  readonly reason: string
}

const RUNS = 15
/** What a transaction of more than a few hundred bytes may cost: three times what its two hashes do. */
const MOST_NS_PER_BYTE = 30

export async function run({ progress }: { progress: (line: string) => void }): Promise<Record<string, Refusal>> {
  const validator = devAccount(CHAIN_ID, DEV_ACCOUNTS.validator)
  const genesis = await makeGenesis({ chainId: CHAIN_ID, validator: validator.address, faucets: [], time: GENESIS_TIME })
  const clock = { now: () => Number(GENESIS_TIME) * 1_000, after: () => () => {} }
  const chain = await createChain({ memory: true, genesis, validatorKey: validator.privateKey, clock })
  const results: Record<string, Refusal> = {}
  for (const [name, raw] of Object.entries(await transactions())) {
    progress(name)
    const times: number[] = []
    let reason = ''
    const calls = raw.length < 1_000 ? 200 : 1
    for (let i = 0; i < RUNS; i++) {
      const before = process.cpuUsage()
      for (let j = 0; j < calls; j++) reason = await refusal(chain.submit(raw))
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1_000 / calls)
    }
    const ms = quantile(times, 0.25)
    results[name] = { bytes: raw.length, ms, ns_per_byte: (ms * 1e6) / raw.length, reason }
  }
  await chain.close()
  return results
}

async function refusal(submitted: Promise<unknown>): Promise<string> {
  const error = await submitted.then(
    () => new Error('it was accepted'),
    (thrown: unknown) => thrown,
  )
  if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
  return error.message
}

export function table(results: Record<string, Refusal>): string[] {
  return [
    `a transaction of who has no money          bytes        ms   ns a byte (at most ${MOST_NS_PER_BYTE})   refused with`,
    ...Object.entries(results).map(([name, { bytes, ms, ns_per_byte, reason }]) => {
      const tooMuch = bytes > 1_000 && ns_per_byte > MOST_NS_PER_BYTE ? ' TOO MUCH' : ''
      const cells = [name.padEnd(38), String(bytes).padStart(9), ms.toFixed(3).padStart(9), ns_per_byte.toFixed(1).padStart(11)]
      return `${cells.join(' ')}${tooMuch.padEnd(14)} ${reason.slice(0, 60)}`
    }),
  ]
}
