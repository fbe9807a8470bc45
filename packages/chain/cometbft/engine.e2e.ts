import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { type AbciServer, startAbciServer } from '../src/consensus/cometbft/server.ts'
import { Counter } from './counter.ts'
import { Engine, initHome } from './engine.ts'

let binary: string
const cleanups: (() => Promise<void> | void)[] = []

beforeAll(() => {
  binary = buildCometbft()
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'og-abci-'))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function serve(address: string, application: Counter): Promise<{ server: AbciServer; faults: string[] }> {
  const faults: string[] = []
  const server = await startAbciServer({ address, application, onFault: ({ message }) => faults.push(message) })
  cleanups.push(() => server.close())
  return { server, faults }
}

function start(home: string): Engine {
  const engine = new Engine(binary, home)
  cleanups.push(() => engine.kill())
  return engine
}

const ask = async (rpc: string, path: string) => ((await (await fetch(`${rpc}/${path}`)).json()) as { result: never }).result

describe('CometBFT over the socket', () => {
  it('makes blocks, carries transactions, queries and vote extensions, goes on after kill -9, and replays to an application that lost everything', async () => {
    const home = folder()
    const address = `unix://${join(home, 'abci.sock')}`
    const counter = new Counter()
    const { server, faults } = await serve(address, counter)
    const rpc = await initHome(binary, home, address)

    const first = start(home)
    await first.until(() => counter.committed.height >= 5n)
    // v0.39.3 and v0.40.0 both name themselves 0.39.0.
    expect(counter.engine).toMatchObject({ version: expect.stringMatching(/^0\.39\./), abciVersion: '2.0.0' })
    expect(counter.initialized).toMatchObject({ initialHeight: 1n, validators: [{ power: 10n, pubKey: { secp256k1: undefined } }] })
    expect(counter.initialized!.validators[0]!.pubKey.ed25519).toHaveLength(32)
    expect(counter.initialized!.time.seconds).toBeGreaterThan(1_700_000_000n)

    expect(await ask(rpc, 'broadcast_tx_commit?tx="hello"')).toMatchObject({
      check_tx: { code: 0, gas_wanted: '1' },
      tx_result: {
        data: Buffer.from('hello').toString('base64'),
        gas_used: '21',
        events: [{ type: 'counted', attributes: [{ key: 'count', value: '1', index: true }] }],
      },
    })
    expect(await ask(rpc, `broadcast_tx_sync?tx="${'x'.repeat(200)}"`)).toMatchObject({ code: 7, log: 'too long', codespace: 'counter' })
    expect(await ask(rpc, 'abci_query?path="where"')).toMatchObject({
      response: { log: 'asked', key: Buffer.from('where').toString('base64') },
    })
    const second = counter.finalized.find(({ height }) => height === 2n)!
    expect(second.decidedLastCommit.votes).toMatchObject([{ blockIdFlag: 'commit', validator: { power: 10n } }])
    expect(second.hash).toHaveLength(32)
    expect(second.proposerAddress).toEqual(second.decidedLastCommit.votes[0]!.validator.address)
    expect(counter.calls.get('extendVote')).toBeGreaterThan(0)

    // The engine is killed: it comes back to an application that has gone as far as it has.
    await first.kill()
    const height = counter.committed.height
    const again = start(home)
    await again.until(() => counter.committed.height >= height + 3n)
    expect(counter.calls.get('initChain')).toBe(1)
    await again.kill()

    // The application loses everything: the handshake brings every block again, and the same app hashes, or CometBFT would halt.
    await server.close()
    const fresh = new Counter()
    const replayed = await serve(address, fresh)
    const last = start(home)
    await last.until(() => fresh.committed.height >= counter.committed.height + 3n)
    expect(fresh.finalized.map(({ height }) => height)).toEqual(fresh.finalized.map((_, index) => BigInt(index + 1)))
    expect(fresh.committed.count).toBe(1)
    expect([...faults, ...replayed.faults]).toEqual([])
  })

  it('ends with the reason when the application fails, over tcp', async () => {
    const home = folder()
    const counter = new Counter()
    const broken = Object.assign(counter, {
      commit: () => {
        throw new Error('the disk is gone')
      },
    })
    const { server, faults } = await serve('tcp://127.0.0.1:0', broken)
    await initHome(binary, home, server.address)
    const engine = start(home)
    await engine.exit()
    expect(faults).toEqual(['The application failed: the disk is gone'])
    expect(engine.said).toContain('the disk is gone')
  })
})
