import { readFileSync } from 'node:fs'
import { canonicalJson, encodeBundle, parseBundle, presets } from '@opengradient/protocol'
import { verify } from '@opengradient/verifier'
import { describe, expect, it } from 'vitest'
import { TAMPERINGS } from './tamper.ts'

const read = (name: string) => {
  const vector = JSON.parse(readFileSync(new URL(`../../../vectors/valid/${name}.json`, import.meta.url), 'utf8'))
  return { ...vector, bundle: parseBundle(new TextEncoder().encode(canonicalJson(vector.bundle))) }
}
const proved = { ...read('071-zk-proved'), policy: presets.zk }
const attested = { ...read('085-tee-development'), policy: presets.development }
const { bundle } = proved

describe('the lies that the page offers', () => {
  it.each(TAMPERINGS)('change $label of a copy, and are refused', async ({ applies, apply }) => {
    const { bundle, policy, trust, now } = [proved, attested].find(({ bundle }) => applies(bundle))!
    const before = encodeBundle(bundle)
    expect((await verify(bundle, policy, trust, now)).ok).toBe(true)
    const verdict = await verify(apply(bundle), policy, trust, now)
    expect(verdict.ok).toBe(false)
    expect(encodeBundle(bundle)).toEqual(before)
  })

  it('are not offered where there is nothing to change', () => {
    const { request: _, response: __, zk: ___, ...withheld } = bundle
    const free = { ...withheld, receipt: { ...bundle.receipt, price: 0n } }
    expect(TAMPERINGS.filter(({ applies }) => applies(free)).map(({ id }) => id)).toEqual(['model', 'time'])
    const unreadable = { ...free, tee: { cmw: new Uint8Array(8) } }
    expect(TAMPERINGS.filter(({ applies }) => applies(unreadable)).map(({ id }) => id)).toEqual(['model', 'time'])
  })
})
