import { readdirSync, readFileSync } from 'node:fs'
import { bytesToHex, concatBytes, utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { nodeCheck } from '../src/crypto/node.ts'
import { nobleCheck, PLATFORMS, REJECTION_MEANINGS, type SignatureCheck, webCryptoCheck } from '../src/index.ts'
import { buildAttestationVectors } from './vectors/build.ts'
import { type AttestationVector, replay } from './vectors/vector.ts'

const FOLDER = new URL('../../../vectors/', import.meta.url)
const read = (group: string): [file: string, vector: AttestationVector][] =>
  readdirSync(new URL(`attestation/${group}`, FOLDER))
    .sort()
    .map((name) => [`attestation/${group}/${name}`, JSON.parse(readFileSync(new URL(`attestation/${group}/${name}`, FOLDER), 'utf8'))])

const valid = read('valid')
const rejected = read('rejected')
const all = [...valid, ...rejected]

/** Most signatures are in many vectors: each is checked once, which saves a minute with plain JavaScript. */
function once(check: SignatureCheck): SignatureCheck {
  const known = new Map<string, Promise<boolean>>()
  return (claim) => {
    const { key, scheme, hash, signature, message } = claim
    const material = key.kind === 'ec' ? concatBytes(utf8(key.curve), key.point) : key.modulus
    const id = [material, signature, message].map(bytesToHex).join() + scheme + hash
    const verdict = known.get(id) ?? check(claim)
    known.set(id, verdict)
    return verdict
  }
}

describe('the published vectors of evidence', () => {
  it('are what their stories give, byte for byte', async () => {
    const built = await buildAttestationVectors()
    expect(built.map(({ path }) => path).sort()).toEqual(all.map(([file]) => file).sort())
    for (const { path, text } of built) expect(readFileSync(new URL(path, FOLDER), 'utf8') === text, path).toBe(true)
  })

  it('hold every platform, accepted and rejected', () => {
    for (const group of [valid, rejected]) expect(group.map(([, { platform }]) => platform)).toEqual(expect.arrayContaining([...PLATFORMS]))
    expect(valid.length).toBeGreaterThanOrEqual(100)
    expect(rejected.length).toBeGreaterThanOrEqual(3 * valid.length)
  })

  it('hold every reason for which evidence is refused here', () => {
    // Those of a channel, a receipt and of fetching are given elsewhere.
    const elsewhere = ['CHANNEL_MISMATCH', 'RECEIPT_INVALID', 'FETCH_FAILED']
    const codes = new Set(rejected.map(([, { verdict }]) => verdict.code as string))
    expect(Object.keys(REJECTION_MEANINGS).filter((code) => !codes.has(code) && !elsewhere.includes(code))).toEqual([])
  })

  it('never reach the level tee with anything under a development root', () => {
    for (const [file, { roots, verdict }] of all) {
      if (verdict.level !== 'tee') continue
      const claims = [verdict.claims, ...(verdict.gpus ?? [])] as { trust: string }[]
      expect(new Set(claims.map(({ trust }) => trust)), file).toEqual(new Set(['hardware']))
      const anchors = roots === 'vendors' ? [] : Object.values(roots).flatMap(({ anchors }) => anchors)
      expect(anchors.map(({ trust }) => trust)).toContain('hardware')
    }
  })
})

describe.each([
  ['Web Cryptography', webCryptoCheck],
  ['plain JavaScript', nobleCheck],
  ['node:crypto', nodeCheck],
])('every vector has its verdict through %s', (_, check) => {
  const checked = once(check)
  it.each([
    ['valid', valid],
    ['rejected', rejected],
  ] as const)('%s', async (_, vectors) => {
    for (const [file, vector] of vectors) expect(await replay(vector, checked), file).toEqual(vector.verdict)
  })
})
