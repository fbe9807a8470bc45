import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextOf } from '../context.ts'
import { CHECKS } from '../doctor/checks.ts'
import { homeAt } from '../home/paths.ts'
import { processIo } from '../io.ts'
import { aheadOf } from './chainClock.ts'
import { localGenesis } from './genesisFile.ts'
import { start } from './services/chain.ts'

const NOW = Date.UTC(2027, 0, 1)
const at = (seconds: number) => aheadOf(NOW / 1000 + seconds, NOW)

describe('a chain that was made while the clock was ahead', () => {
  let root: string
  const hours = 3
  const madeAt = Date.now() + hours * 3_600_000
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'og ahead '))
    await localGenesis(homeAt(root), madeAt)
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  const from = new Date(Math.floor(madeAt / 1000) * 1000 - 600_000).toISOString().replace('.000', '')
  const clock = (off = 0) =>
    CHECKS.find(({ name }) => name === 'clock')!.look(contextOf({ ...processIo(), now: () => Date.now() + off }, homeAt(root), {}))

  it('does not start, and says how far ahead it is, when it will start, and what else helps', async () => {
    const failed: Error[] = []
    const host = { log: { info: () => {}, error: () => {} }, fail: (error: Error) => void failed.push(error) } as never
    await expect(start({ home: root, port: 0 }, host)).rejects.toMatchObject({
      code: 'CHAIN_AHEAD',
      message: expect.stringMatching(new RegExp(`\\d h \\d+ min ahead.*timedatectl.*starts again from ${from} on, or \`og reset\``)),
    })
    expect(failed).toEqual([])
  })

  it('is seen by the doctor while it does not run; once the time has come, all is well', async () => {
    expect(await clock()).toMatchObject({
      status: 'bad',
      says: expect.stringMatching(/dated \d h \d+ min ahead/),
      remedy: expect.stringContaining(`starts again from ${from} on, or \`og reset\``),
    })
    expect(await clock(hours * 3_600_000)).toMatchObject({ status: 'good' })
  })

  it('is one from the eleventh minute on', () => {
    expect([at(-5), at(0), at(600)]).toEqual([undefined, undefined, undefined])
    expect(at(601)?.says).toContain('10 min 1 s')
    expect(at(3 * 86_400 + 7_300)?.says).toContain('3 d 2 h')
  })
})
