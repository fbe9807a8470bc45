import { readFileSync } from 'node:fs'
import { canonicalJson, encodeBundle, parseBundle, presets } from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { describe, expect, it } from 'vitest'
import { TAMPERINGS } from './tamper.ts'

const vector = JSON.parse(readFileSync(new URL('../../../vectors/valid/071-zk-proved.json', import.meta.url), 'utf8'))
const bundle = parseBundle(new TextEncoder().encode(canonicalJson(vector.bundle)))

describe('the lies that the page offers', () => {
  it.each(TAMPERINGS)('change $label of a copy, and are refused', async ({ applies, apply }) => {
    const before = encodeBundle(bundle)
    expect(applies(bundle)).toBe(true)
    const verdict = await verify(apply(bundle), presets.zk, vector.trust, vector.now)
    expect(verdict.ok).toBe(false)
    expect(encodeBundle(bundle)).toEqual(before)
  })

  it('are not offered where there is nothing to change', () => {
    const { request: _, response: __, zk: ___, ...withheld } = bundle
    const free = { ...withheld, receipt: { ...bundle.receipt, price: 0n } }
    expect(TAMPERINGS.filter(({ applies }) => applies(free)).map(({ id }) => id)).toEqual(['model', 'time'])
  })
})
