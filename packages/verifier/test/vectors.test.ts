import { readdirSync, readFileSync } from 'node:fs'
import { CHECK_IDS, TEE_CHECK_IDS, ZK_CHECK_IDS } from '@opengradient/protocol'
import { installFastCrypto, removeFastCrypto } from '@opengradient/protocol/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CHECK_CODES, verify } from '../src/index.ts'
import { type BundleVector, buildVectors, type SlashVector } from './vectors/build.ts'
import { replay, replaySlash } from './vectors/replay.ts'

const FOLDER = new URL('../../../vectors/', import.meta.url)
const read = <Vector>(group: string): [file: string, vector: Vector][] =>
  readdirSync(new URL(group, FOLDER))
    .sort()
    .map((name) => [`${group}/${name}`, JSON.parse(readFileSync(new URL(`${group}/${name}`, FOLDER), 'utf8'))])

const valid = read<BundleVector>('valid')
const forged = read<BundleVector>('forged')
const slash = read<SlashVector>('slash')

describe('the published vectors', () => {
  it('are what their stories give, byte for byte', async () => {
    // Told with what a server signs and hashes with; judged again below with what a browser has.
    await installFastCrypto()
    onTestFinished(removeFastCrypto)
    const built = await buildVectors()
    const published = [...valid, ...forged, ...slash].map(([file]) => file)
    expect(built.map(({ path }) => path).sort()).toEqual(published.sort())
    for (const { path, text } of built) expect(readFileSync(new URL(path, FOLDER), 'utf8'), path).toBe(text)
  }, 600_000)

  it('are at least 20 honest and 60 forged ones', () => {
    expect(valid.length).toBeGreaterThanOrEqual(20)
    expect(forged.length).toBeGreaterThanOrEqual(60)
    expect(forged.length).toBeGreaterThanOrEqual(2 * valid.length)
  })

  it('refute every check, with every code that a check can fail with', () => {
    const found = forged.flatMap(([, { verdict }]) => Object.entries(verdict.checks)).filter(([, result]) => /^[A-Z]/.test(result))
    expect(new Set(found.map(([id]) => id))).toEqual(new Set([...CHECK_IDS, ...TEE_CHECK_IDS, ...ZK_CHECK_IDS]))
    const codes = new Set(found.map(([, code]) => code))
    // A fault of the verifier itself: no bundle causes it.
    expect(CHECK_CODES.filter((code) => code !== 'INTERNAL' && !codes.has(code))).toEqual([])
  })

  it('hold an honest answer that is accepted for every check', () => {
    const passed = valid.flatMap(([, { verdict }]) => Object.entries(verdict.checks)).filter(([, result]) => result === 'pass')
    expect(new Set(passed.map(([id]) => id))).toEqual(new Set([...CHECK_IDS, ...TEE_CHECK_IDS, ...ZK_CHECK_IDS]))
  })

  it('say ok for the honest and not for the forged, which prove nothing', () => {
    for (const [file, { verdict }] of valid) expect(verdict.ok, file).toBe(true)
    for (const [file, { verdict }] of forged) expect(verdict, file).toMatchObject({ ok: false, level: 'none', proves: [], assumes: [] })
  })
})

describe('verify', () => {
  it.each([...valid, ...forged])('agrees with %s', async (_, vector) => {
    expect(await replay(vector, verify)).toEqual(vector.verdict)
  })

  it('agrees with them all with the hashes and signatures of Node, which the SDK and nodes use', async () => {
    await installFastCrypto()
    onTestFinished(removeFastCrypto)
    for (const [file, vector] of [...valid, ...forged]) expect(await replay(vector, verify), file).toEqual(vector.verdict)
  })
})

describe('isEquivocation', () => {
  it.each(slash)('agrees with %s', (_, vector) => {
    expect(replaySlash(vector)).toBe(vector.equivocation)
  })
})
