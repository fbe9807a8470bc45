import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { silentLog } from '../log.ts'
import { startTee } from './start.ts'
import { digestOf, LIFE, START } from './tee.testkit.ts'

const DAY = 86_400

/** A node that offers nothing, with the envelope of a keyset that began at `START`. */
async function scene() {
  const dataDir = await mkdtemp(join(tmpdir(), 'og-tee-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const time = { node: START, chain: START as number | undefined }
  const tee = await startTee({
    dataDir,
    attester: () => Promise.reject(new Error('nobody asks')),
    registry: { current: async () => undefined, find: async () => undefined, register: async () => {} },
    domain: { chainId: 5n, settlement: `0x${'11'.repeat(20)}` },
    node: `0x${'22'.repeat(20)}`,
    engines: [],
    models: async () => [],
    recent: () => Promise.reject(new Error('nobody asks')),
    random: () => new Uint8Array(32),
    now: () => time.node,
    chainTime: () => time.chain,
    checkClock: () => {},
    log: silentLog,
  })
  onTestFinished(() => tee.stop())
  const evidence = { platform: 'nitro', evidence: Uint8Array.of(1), endorsements: {}, gpus: [], keyset: Uint8Array.of(2) }
  await tee.shelf.keep(digestOf(1), { ...evidence, nonce: new Uint8Array(32) }, START + LIFE)
  const prune = vi.spyOn(tee.shelf, 'prune')
  /** After two looks from now on, the first of which may have begun before. */
  const looked = async () => {
    const { length } = prune.mock.results
    const count = () => {
      tee.kick()
      return prune.mock.settledResults.length
    }
    await expect.poll(count, { timeout: 10_000, interval: 5 }).toBeGreaterThan(length + 1)
  }
  return { tee, time, looked }
}

test('an envelope is kept until clock and chain say that its keyset has been over for two days: it shows whose registration that was', async () => {
  const { tee, time, looked } = await scene()
  tee.begin()
  time.node = START + 400 * DAY
  await looked()
  time.chain = undefined
  await looked()
  expect(tee.shelf.has(digestOf(1))).toBe(true)
  time.chain = START + 400 * DAY
  await looked()
  expect(tee.shelf.has(digestOf(1))).toBe(false)
})
