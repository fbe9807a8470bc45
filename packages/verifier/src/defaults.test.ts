import { readFileSync } from 'node:fs'
import { parseBundle, presets } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import type { BundleVector } from '../test/vectors/build.ts'
import { bytesOf } from '../test/vectors/replay.ts'
import { noTrust, presetFor } from './defaults.ts'
import { verify } from './verify.ts'

const vector: BundleVector = JSON.parse(readFileSync(new URL('../../../vectors/valid/001-paid-and-settled.json', import.meta.url), 'utf8'))
const bundle = parseBundle(bytesOf(vector))
const { inclusion: _, ...unbatched } = bundle
const { chain: __, ...bare } = bundle

it('judges a bundle by what it claims to show', () => {
  expect(presetFor(bundle)).toBe('settled')
  expect(presetFor(unbatched)).toBe('answer')
  expect(presetFor(bare)).toBe('archive')
})

it('without a network checks hashes and signature and reaches no level', async () => {
  expect(await verify(bundle, presets.archive, noTrust(bundle), vector.now)).toMatchObject({ ok: true, level: 'none' })
  expect(await verify(bundle, presets.answer, noTrust(bundle), vector.now)).toMatchObject({ ok: false, level: 'none' })
})
