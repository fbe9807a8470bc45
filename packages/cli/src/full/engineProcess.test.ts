import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { LogFile } from '../network/logfile.ts'
import { EngineProcess } from './engineProcess.ts'

/** It ends only when it is killed. */
const DEAF = 'trap "" TERM; while true; do sleep 0.1; done'

const cleanups: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function start(script: string): { engine: EngineProcess; ends: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'og-engine-'))
  cleanups.push(() => rmSync(folder, { recursive: true }))
  const log = new LogFile(join(folder, 'cometbft.log'))
  cleanups.push(() => log.close())
  const ends: string[] = []
  return { engine: new EngineProcess('bash', ['-c', script], log, (how) => ends.push(how)), ends }
}

it('a CometBFT that does not end after its node is killed, and that is told', async () => {
  const { engine, ends } = start(DEAF)
  await engine.endsWithin(200)
  expect(ends).toEqual(['SIGKILL'])
})

it('one that ends by itself is left to', async () => {
  const { engine, ends } = start('exit 3')
  await engine.endsWithin(60_000)
  await engine.endsWithin(60_000)
  expect(ends).toEqual(['code 3'])
})

it('one that was asked to end and does not is killed, and nobody is told', async () => {
  const { engine, ends } = start(DEAF)
  await engine.stop(200)
  expect(ends).toEqual([])
})

it('one that was left without a block after a snapshot is known by its last words', async () => {
  const words = 'panic: state (20) and store (0) height mismatch, stores were left in an inconsistent state'
  const { engine, ends } = start(`echo '${words}' >&2; exit 2`)
  expect(engine.stranded).toBe(false)
  await engine.endsWithin(60_000)
  expect([engine.stranded, ends]).toEqual([
    true,
    ['code 2: state (20) and store (0) height mismatch, stores were left in an inconsistent state'],
  ])
  const other = start('echo panic: something else; exit 2').engine
  await other.endsWithin(60_000)
  expect(other.stranded).toBe(false)
})
