import { bytesToHex, concatBytes, utf8 } from '@opengradient/protocol'
import { decode, encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import { nobleCheck } from '../crypto/noble.ts'
import { VENDOR_ROOTS } from '../roots/vendors.ts'
import { AUTHORITY, issue, LEAF, NOW } from '../testkit/ca.testkit.ts'
import { codeOf, flip } from '../testkit/flip.testkit.ts'
import { ecKey } from '../testkit/keys.testkit.ts'
import {
  indefinite,
  nitroEvidence,
  nitroKeys,
  nitroLeaf,
  nitroMembers,
  nitroMessage,
  nitroRoot,
  nitroRoots,
  nitroZone,
  PCR0,
} from '../testkit/nitro.testkit.ts'
import { nitroVerifier } from './verify.ts'

const verify = (bytes: Uint8Array, now = NOW) => nitroVerifier.verify(bytes, { now, roots: nitroRoots })
const code = async (bytes: Uint8Array, now = NOW): Promise<string> => codeOf(await verify(bytes, now))

describe('Nitro evidence', () => {
  it('is refused with the name of what is wrong', async () => {
    const says = async (payload: unknown) => verify(nitroMessage(encode(payload)))
    expect(await says([1])).toMatchObject({ code: 'MALFORMED', message: 'Nitro: the document is not a map.' })
    const list = 'Nitro: cabundle is not a list of up to 7 certificates.'
    expect(await says(nitroMembers({ cabundle: 'root' }))).toMatchObject({ code: 'MALFORMED', message: list })
    const registers = 'Nitro: pcrs is not a map of registers.'
    expect(await says(nitroMembers({ pcrs: [PCR0] }))).toMatchObject({ code: 'MALFORMED', message: registers })
  })

  it('is refused when any of its regions has a bit changed', async () => {
    const evidence = nitroEvidence()
    for (let at = 0; at < evidence.length; at += 7) expect(await code(flip(evidence, at, at % 8)), `byte ${at}`).not.toBe('ok')
  })

  it('is refused when it is cut or has a byte more', async () => {
    const evidence = nitroEvidence()
    for (const length of [0, 1, 8, 100, evidence.length - 1]) expect(await code(evidence.subarray(0, length))).toBe('MALFORMED')
    expect(await code(concatBytes(evidence, Uint8Array.of(0)))).toBe('MALFORMED')
  })

  it('is refused under the vendor root, and when no root is trusted', async () => {
    expect(codeOf(await nitroVerifier.verify(nitroEvidence(), { now: NOW, roots: VENDOR_ROOTS }))).toBe('UNTRUSTED_ROOT')
    expect(codeOf(await nitroVerifier.verify(nitroEvidence(), { now: NOW, roots: {} }))).toBe('UNTRUSTED_ROOT')
  })

  it('is refused under a root that only has the right name', async () => {
    const fake = ecKey('P-384', 'fake root')
    const root = issue({ subject: 'nitro root', issuer: 'nitro root', key: fake, by: fake, ...AUTHORITY })
    const zone = issue({ subject: 'zone', issuer: 'nitro root', key: nitroKeys.zone, by: fake, ...AUTHORITY })
    expect(await code(nitroEvidence({ cabundle: [root, zone] }))).toBe('UNTRUSTED_ROOT')
    expect(await code(nitroEvidence({ cabundle: [nitroRoot, zone] }))).toBe('CHAIN_INVALID')
    expect(await code(nitroEvidence({ cabundle: [nitroRoot] }))).toBe('CHAIN_INVALID')
    expect(await code(nitroEvidence({ cabundle: [nitroZone, nitroRoot] }))).not.toBe('ok')
  })

  it('is refused when another key signed, also one with a certificate of its own', async () => {
    const other = ecKey('P-384', 'other')
    expect(await code(nitroMessage(encode(nitroMembers()), other))).toBe('SIGNATURE_INVALID')
    const own = issue({ subject: 'enclave', issuer: 'zone', key: other, by: other, ...LEAF })
    expect(await code(nitroMessage(encode(nitroMembers({ certificate: own })), other))).toBe('CHAIN_INVALID')
  })

  it('is refused when the key on P-256 or the header names another algorithm', async () => {
    const small = ecKey('P-256', 'small')
    const certificate = issue({ subject: 'enclave', issuer: 'zone', key: small, by: nitroKeys.zone, ...LEAF })
    expect(await code(nitroMessage(encode(nitroMembers({ certificate })), small))).toBe('SIGNATURE_INVALID')
    expect(await code(nitroMessage(encode(nitroMembers()), nitroKeys.leaf, Uint8Array.of(0xa1, 1, 0x26)))).toBe('UNSUPPORTED')
  })

  it('is refused outside the life of its certificate', async () => {
    expect(await code(nitroEvidence(), NOW + 7201)).toBe('CERT_EXPIRED')
    expect(await code(nitroEvidence(), NOW - 3601)).toBe('CERT_EXPIRED')
  })

  it('is refused with fields that are missing, unknown, of another type or twice', async () => {
    const { digest: _, ...without } = nitroMembers()
    const broken: Record<string, unknown>[] = [
      { module_id: '' },
      { timestamp: 0 },
      { timestamp: 'now' },
      { pcrs: new Map() },
      { pcrs: new Map([[1, PCR0]]) },
      { pcrs: new Map([[0, new Uint8Array(32)]]) },
      {
        pcrs: new Map([
          [0, PCR0],
          [32, PCR0],
        ]),
      },
      { certificate: new Uint8Array() },
      { cabundle: [] },
      { cabundle: 'root' },
      { user_data: 'text' },
      { user_data: new Uint8Array(1025) },
      { surprise: 1 },
    ]
    for (const changes of broken) expect(await code(nitroEvidence(changes)), JSON.stringify(Object.keys(changes))).toBe('MALFORMED')
    expect(await code(nitroMessage(encode(without)))).toBe('MALFORMED')
    expect(await code(nitroEvidence({ digest: 'SHA256' }))).toBe('UNSUPPORTED')
    const twice = indefinite(nitroMembers()).subarray(0, -1)
    expect(await code(nitroMessage(concatBytes(twice, encode('nonce'), encode(utf8('other')), Uint8Array.of(0xff))))).toBe('MALFORMED')
  })

  it('is refused in another frame than the four parts with an empty unprotected header', async () => {
    const [header, , payload, signature] = decode(nitroEvidence(), { useMaps: true }) as [Uint8Array, unknown, Uint8Array, Uint8Array]
    expect(await code(encode([header, new Map(), payload, signature]))).toBe('ok')
    for (const parts of [
      [header, new Map([[4, header]]), payload, signature],
      [header, new Map(), payload, signature, 0],
      [header, [], payload, signature],
      {},
    ])
      expect(await code(encode(parts))).toBe('MALFORMED')
  })

  it('is refused in another encoding of the same message', async () => {
    const evidence = nitroEvidence()
    expect(await code(concatBytes(Uint8Array.of(0xd2), evidence))).toBe('MALFORMED')
    expect(await code(concatBytes(Uint8Array.of(0x98, 4), evidence.subarray(1)))).toBe('MALFORMED')
    expect(await code(concatBytes(Uint8Array.of(0x9f), evidence.subarray(1), Uint8Array.of(0xff)))).toBe('MALFORMED')
  })

  it('says what it holds, the same through both implementations of signatures', async () => {
    const claims = await verify(nitroMessage(indefinite(nitroMembers())))
    expect(claims).toMatchObject({
      ok: true,
      trust: 'development',
      issuedAt: NOW - 60,
      reportData: utf8('report data'),
      nonce: utf8('nonce'),
      measurements: { pcr0: bytesToHex(PCR0) },
      debug: false,
      revocation: 'unpublished',
      platformId: bytesToHex(utf8('i-0123456789abcdef0')),
      validUntil: NOW + 7200,
    })
    const again = await nitroVerifier.verify(nitroMessage(indefinite(nitroMembers())), { now: NOW, roots: nitroRoots, check: nobleCheck })
    expect(again).toEqual(claims)
    expect(nitroLeaf.length).toBeLessThan(1024)
  })

  it('says that an enclave of zero registers runs in debug mode', async () => {
    expect(await verify(nitroEvidence({ pcrs: new Map([[0, new Uint8Array(48)]]) }))).toMatchObject({ ok: true, debug: true })
  })
})
