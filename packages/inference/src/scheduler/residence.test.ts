import { OgError, sha256Hex, utf8 } from '@opengradient/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { onnxEngine } from '../engine/onnx.ts'
import { MemoryBudget } from './budget.ts'
import { Quarantine } from './quarantine.ts'
import { Residence } from './residence.ts'
import { ModelStats } from './stats.ts'

/** A model whose file is no ONNX file, and how often it was fetched to be looked at. */
function broken(fetch: () => void = () => {}) {
  const engine = onnxEngine()
  onTestFinished(() => engine.close())
  const bytes = utf8('no model')
  const sha256 = sha256Hex(bytes)
  const clock = { ms: 0, opened: 0 }
  const open = async () => {
    clock.opened++
    fetch()
    return { bytes, sha256 }
  }
  const described = { inputs: [], outputs: [], golden: [], closeness: 'equal', batch: { invariant: false, max: 1 } } as const
  const residence = new Residence(
    { modelId: sha256, engine, sha256, size: bytes.length, open, ...described },
    {
      budget: new MemoryBudget(2 ** 30),
      quarantine: new Quarantine(),
      memoryLimitBytes: 2 ** 30,
      loadTimeoutMs: 60_000,
      stats: new ModelStats(),
      unused: () => true,
      log: () => {},
      now: () => clock.ms,
    },
  )
  const opened: number[] = []
  const askAt = async (ms: number, code: string) => {
    clock.ms = ms
    await expect(residence.acquire()).rejects.toMatchObject({ code })
    opened.push(clock.opened)
  }
  return { askAt, opened }
}

test('a file that is no model is looked through less and less often, however often somebody asks', async () => {
  const { askAt, opened } = broken()
  for (const seconds of [0, 9, 10, 29, 30, 69, 70, 149, 150, 309, 310, 629, 630, 1_229, 1_230])
    await askAt(1_000 * seconds, 'MODEL_INVALID')
  expect(opened).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8])
})

test('a file that no store has is asked for again as often as before', async () => {
  const { askAt, opened } = broken(() => {
    throw new OgError('STORE_UNREACHABLE', 'no store answers')
  })
  for (const seconds of [0, 9, 10, 19, 20, 30]) await askAt(1_000 * seconds, 'STORE_UNREACHABLE')
  expect(opened).toEqual([1, 1, 2, 2, 3, 4])
})
