import { readFileSync, writeFileSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { makeNetwork } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { expectSameBlocks, Validator } from './validator.testkit.ts'

const shared = testNodes()
const { cleanups } = shared

interface Commit {
  readonly height: string
  readonly signatures: readonly { readonly validator_address: string }[]
}

/** The height of the newest commit that is in a block, if it has a signature of this key, else 0. What a node saw beyond that may be in none. */
async function signed(rpc: string, address: string): Promise<bigint> {
  const commitOf = async (where: string): Promise<Commit> => {
    const { result } = (await (await fetch(`${rpc}/commit${where}`)).json()) as { result: { signed_header: { commit: Commit } } }
    return result.signed_header.commit
  }
  const { height: seen } = await commitOf('')
  const { height, signatures } = await commitOf(`?height=${BigInt(seen) - 1n}`)
  return signatures.some(({ validator_address }) => validator_address === address) ? BigInt(height) : 0n
}

describe('a validator that is restored from a backup', () => {
  it('halts with what to do before it votes with a record older than its votes, and votes again once that is ahead of the chain', async () => {
    const network = await makeNetwork(4, { commitTimeout: 200, proposeTimeout: 500 })
    cleanups.push(network.remove)
    const all = network.places.map((_, index) => new Validator(buildCometbft(), shared.program, network, index))
    cleanups.push(() => Promise.all(all.map((validator) => validator.kill())))
    await Promise.all(all.map((validator) => validator.start()))
    const [first, second, third, victim] = all as [Validator, Validator, Validator, Validator]
    const others = [first, second, third]
    await first.reaches(3n)

    // Both processes are stopped while the home is copied, as docs/operate.md says.
    const { home } = network.places[3]!
    const record = join(home, 'data', 'priv_validator_state.json')
    const recorded = () => BigInt((JSON.parse(readFileSync(record, 'utf8')) as { height: string }).height)
    const { address } = JSON.parse(readFileSync(join(home, 'config', 'priv_validator_key.json'), 'utf8')) as { address: string }
    const backup = `${home}-backup`
    await victim.kill()
    const before = recorded()
    await cp(home, backup, { recursive: true, filter: (path) => !path.endsWith('.sock') })
    await victim.start()
    // Beyond its record, and in a commit that the others keep: a node that has just caught up votes too late for some.
    await first.engine!.until(async () => (await signed(network.places[0]!.rpc, address)) > before)
    await victim.kill()
    // It votes once it has the blocks of the peers that it sees, and cannot see a vote that is in none of them yet.
    const last = recorded()
    for (const other of others) await other.reaches(last + 3n)
    await rm(home, { recursive: true })
    await cp(backup, home, { recursive: true })

    const old = readFileSync(record, 'utf8')
    await victim.start()
    const why = /CONSENSUS_VOTE_UNRECORDED .* signed block \d+, and its record .* ends at \d+: /
    await victim.engine!.until(() => victim.complaints().some((line) => why.test(line)))
    expect(readFileSync(record, 'utf8')).toBe(old)
    await victim.kill()

    const height = await first.height()
    const ahead = height + 8n
    writeFileSync(record, JSON.stringify({ height: String(ahead), round: 0, step: 0 }))
    await victim.start()
    await first.reaches(ahead)
    await victim.engine!.until(() => recorded() > ahead)
    await expectSameBlocks(all, ahead)
  })
})
