import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes } from '@opengradient/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Attestation } from '../src/attest/attester.ts'
import { detectAttester, GOOGLE_AK, tpmAttester } from '../src/attest/index.ts'
import { AK_TEMPLATE } from '../src/attest/tpm/key.ts'
import { verifyEvidence } from '../src/index.ts'
import { codeOf } from '../src/testkit/flip.testkit.ts'
import { certificateOf, endorsementsOf, NOW, roots } from './certify.testkit.ts'
import { extend, filled, RSA_TEMPLATE, startUp, store } from './commands.testkit.ts'
import { type Swtpm, startSwtpm } from './swtpm.testkit.ts'

const DATA = Uint8Array.from({ length: 64 }, (_, i) => 255 - i)
const verify = ({ evidence, endorsements }: Attestation) =>
  verifyEvidence({ platform: 'tpm', bytes: evidence }, { now: NOW, roots, endorsements })

let tpm: Swtpm
beforeEach(async () => {
  tpm = await startSwtpm()
})
afterEach(() => tpm.stop())

/** An attester whose key the operator has certified. */
const certified = async () => {
  const key = await tpmAttester({ place: tpm.place }).attestationKey()
  return tpmAttester({ place: tpm.place, endorsements: endorsementsOf(key) })
}

describe('a TPM', () => {
  it('gives evidence that is refused while nobody vouches for its key, or for the key of another TPM', async () => {
    const attester = tpmAttester({ place: tpm.place })
    const bare = await attester.attest(DATA)
    expect(codeOf(await verify(bare))).toBe('CHAIN_INVALID')
    const other = await startSwtpm()
    try {
      const key = await tpmAttester({ place: other.place }).attestationKey()
      expect(codeOf(await verify({ ...bare, endorsements: endorsementsOf(key) }))).toBe('SIGNATURE_INVALID')
    } finally {
      await other.stop()
    }
  })

  it('quotes the data that it is given, and all its registers as they are', async () => {
    const attester = await certified()
    const before = await verify(await attester.attest(DATA))
    expect(before).toMatchObject({
      ok: true,
      reportData: sha256(DATA),
      revocation: 'checked',
      measurements: { pcr4: bytesToHex(filled(0)) },
    })
    await extend(tpm.place, 4, filled(0xc0))
    const after = await verify(await attester.attest(DATA.subarray(0, 1)))
    const expected = bytesToHex(sha256(concatBytes(filled(0), filled(0xc0))))
    expect(after).toMatchObject({ ok: true, reportData: DATA.subarray(0, 1), measurements: { pcr4: expected } })
  })

  it('has the same attestation key every time', async () => {
    const attester = tpmAttester({ place: tpm.place })
    expect(await attester.attestationKey()).toEqual(await attester.attestationKey())
  })

  it('gets every object flushed again, when something fails, too', async () => {
    const attester = await certified()
    const absent = tpmAttester({ place: tpm.place, key: { certificateIndex: GOOGLE_AK.certificateIndex } })
    // A TPM has room for three transient objects.
    for (let i = 0; i < 5; i++) {
      await expect(absent.attest(DATA)).rejects.toMatchObject({
        code: 'ATTESTER_FAILED',
        message: expect.stringContaining('TPM_RC_HANDLE'),
      })
      expect((await verify(await attester.attest(DATA))).ok).toBe(true)
    }
  })

  it.each([
    ['ECDSA', AK_TEMPLATE],
    ['RSASSA', RSA_TEMPLATE],
  ])('uses the %s key and the certificate that a cloud stored in it', async (_, template) => {
    const { templateIndex, certificateIndex } = GOOGLE_AK
    await store(tpm.place, templateIndex, template)
    const key = await tpmAttester({ place: tpm.place, key: { templateIndex } }).attestationKey()
    expect(key.kind).toBe(template === AK_TEMPLATE ? 'ec' : 'rsa')
    await store(tpm.place, certificateIndex, certificateOf(key))
    const { crls } = endorsementsOf(key)
    const attester = tpmAttester({ place: tpm.place, endorsements: { crls: crls! } })
    expect(await attester.attestationKey()).toEqual(key)
    expect(await verify(await attester.attest(DATA))).toMatchObject({ ok: true, reportData: sha256(DATA) })
  })

  it('is reported as not answering when it stands still, and as absent when it is gone', async () => {
    const attester = await certified()
    tpm.process.kill('SIGSTOP')
    const slow = tpmAttester({ place: tpm.place, timeout: 300 })
    await expect(slow.attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: expect.stringContaining('300 ms') })
    tpm.process.kill('SIGCONT')
    expect((await verify(await attester.attest(DATA))).ok).toBe(true)
    await tpm.stop()
    await expect(attester.attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })

  it('says that it was not started', async () => {
    await tpm.stop()
    tpm = await startSwtpm({ started: false })
    const attester = tpmAttester({ place: tpm.place })
    await expect(attester.attest(DATA)).rejects.toMatchObject({ message: expect.stringContaining('TPM_RC_INITIALIZE') })
    await startUp(tpm.place)
    expect((await attester.attest(DATA)).evidence.length).toBeGreaterThan(800)
  })

  it('is found when it is asked for by name, and never taken for a machine that hides its memory', async () => {
    const attester = await detectAttester({ want: 'tpm', tpm: { place: tpm.place } })
    expect(attester).toMatchObject({ platform: 'tpm', trust: 'hardware' })
    const nothing = { nitro: { socket: '/nowhere' }, dstack: { socket: '/nowhere' }, tsm: { folder: '/nowhere' } }
    await expect(detectAttester({ want: 'auto', ...nothing, tpm: { place: tpm.place } })).rejects.toMatchObject({
      code: 'ATTESTER_UNAVAILABLE',
    })
  })
})
