import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOgError } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { MODELS } from '../server/folderSource.testkit.ts'
import { validateOnnx } from './validate.ts'
import { doubler, hoarder, sleeper } from './writer.testkit.ts'

const ROUNDS = 3_000

/** A small generator of numbers from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** One damaged copy: bytes flipped, set, cut out, repeated, inserted, or the file cut short. Most damage near the start, where structure is. */
function mutate(bytes: Uint8Array, next: () => number): Uint8Array {
  const concat = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))
  let out: Uint8Array = Uint8Array.from(bytes)
  const times = 1 + Math.floor(next() * 4)
  for (let i = 0; i < times; i++) {
    const span = next() < 0.7 ? Math.min(out.length, 600) : out.length
    const at = Math.floor(next() * span)
    const length = Math.floor(next() * 16)
    const kind = Math.floor(next() * 7)
    if (kind === 0) out[at]! ^= 1 << Math.floor(next() * 8)
    else if (kind === 1) out[at] = Math.floor(next() * 256)
    else if (kind === 2) out.fill(0xff, at, at + length)
    else if (kind === 3) out = concat(out.subarray(0, at), out.subarray(at + length))
    else if (kind === 4) out = concat(out.subarray(0, at + length), out.subarray(at))
    else if (kind === 5)
      out = concat(
        out.subarray(0, at),
        Uint8Array.from({ length }, () => Math.floor(next() * 256)),
        out.subarray(at),
      )
    else out = out.subarray(0, at)
  }
  return out
}

describe('damaged files', () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  const sources: [string, Uint8Array][] = [
    ...[
      'volatility_mlp_16_32_32_1',
      'credit_logistic_12_ml',
      'credit_gbt_200x4_regressor',
      'digits_mlp_int8_matmulinteger',
      'transformer_d64_l2_t16_opset17',
    ].map((name): [string, Uint8Array] => [name, readFileSync(join(MODELS, name, 'model.onnx'))]),
    ['doubler', doubler()],
    ['sleeper', sleeper()],
    ['hoarder', hoarder()],
  ]

  it.each(sources)(`of %s are accepted or refused with a typed error, in bounded time (seed ${seed})`, (_, bytes) => {
    const next = random(seed)
    let refused = 0
    let slowest = 0
    for (let round = 0; round < ROUNDS; round++) {
      const damaged = mutate(bytes, next)
      const before = process.cpuUsage()
      try {
        validateOnnx(damaged)
      } catch (error) {
        if (!isOgError(error, 'MODEL_INVALID')) throw new Error(`round ${round}, seed ${seed}: ${String(error)}`, { cause: error })
        expect(typeof error.details.field).toBe('string')
        refused++
      }
      const { user, system } = process.cpuUsage(before)
      slowest = Math.max(slowest, (user + system) / 1_000)
    }
    expect(refused).toBeGreaterThan(ROUNDS / 4)
    expect(slowest).toBeLessThan(2_000)
  })

  it('of every length are refused when cut short', () => {
    const bytes = doubler()
    for (let length = 0; length < bytes.length; length++) expect(() => validateOnnx(bytes.subarray(0, length))).toThrow()
  })
})
