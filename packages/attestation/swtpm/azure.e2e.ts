import { sha256 } from '@noble/hashes/sha2.js'
import { boundToData, hclReport, pem } from '@opengradient/attestation-dev/make'
import { base64url, bytesToHex, concatBytes, utf8 } from '@opengradient/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AZURE_AK, HCL_REPORT_INDEX } from '../src/attest/azure/attester.ts'
import { serveMetadata } from '../src/attest/azure/azure.testkit.ts'
import { detectAttester } from '../src/attest/index.ts'
import { readPublicKey } from '../src/attest/tpm/key.ts'
import { azureSnpVerifier } from '../src/azure/verify.ts'
import { NOW } from '../src/testkit/ca.testkit.ts'
import { codeOf } from '../src/testkit/flip.testkit.ts'
import { ark, arkCrl, ask, snpReport, snpRoots, vcek } from '../src/testkit/snp.testkit.ts'
import { extend, filled, OWNER_READS, persist, RSA_TEMPLATE, store } from './commands.testkit.ts'
import { type Swtpm, startSwtpm } from './swtpm.testkit.ts'

const DATA = Uint8Array.from({ length: 64 }, (_, i) => 255 - i)
const NOTHING = { nitro: { socket: '/nowhere' }, dstack: { socket: '/nowhere' }, tsm: { folder: '/nowhere' } }

let tpm: Swtpm
let metadata: Awaited<ReturnType<typeof serveMetadata>>
beforeEach(async () => {
  tpm = await startSwtpm()
  const [vcekCert, certificateChain] = [pem(vcek()), pem(ask('Genoa'), ark('Genoa'))].map((bytes) => new TextDecoder().decode(bytes))
  const body = JSON.stringify({ vcekCert, tcbm: '4818000000000007', certificateChain })
  metadata = await serveMetadata({ '/metadata/THIM/amd/certification': () => ({ body }) })
})
afterEach(async () => {
  metadata.stop()
  await tpm.stop()
})

/** Does what Azure's paravisor does at boot: a key in the TPM, and a report of the hardware about it. */
async function boot(reported?: string): Promise<void> {
  const key = readPublicKey(await persist(tpm.place, AZURE_AK, RSA_TEMPLATE))
  if (key.kind !== 'rsa') throw new Error('not an RSA key')
  const n = reported ?? base64url(key.modulus)
  const data = utf8(JSON.stringify({ keys: [{ kid: 'HCLAkPub', kty: 'RSA', e: 'AQAB', n }] }))
  const report = hclReport({ kind: 'snp', data, report: snpReport({ 80: boundToData(data) }) })
  await store(tpm.place, HCL_REPORT_INDEX, report, OWNER_READS)
}

const detect = (want: 'auto' | 'azure') =>
  detectAttester({
    want,
    ...NOTHING,
    azure: { place: tpm.place, metadata: metadata.at, endorsements: { crls: [arkCrl('Genoa')] } },
    tpm: { place: tpm.place },
  })

async function claimsNow() {
  const { evidence, endorsements } = await (await detect('azure')).attest(DATA)
  return azureSnpVerifier.verify(evidence, { now: NOW, roots: snpRoots('Genoa'), endorsements })
}

describe('a virtual TPM as in Azure', () => {
  it('is found by itself, and quotes what is asked and measured with the key that the hardware vouches for', async () => {
    await boot()
    expect(await detect('auto')).toMatchObject({ platform: 'azure-snp-vtpm', trust: 'hardware' })
    expect(await claimsNow()).toMatchObject({ ok: true, reportData: sha256(DATA), measurements: { pcr4: bytesToHex(filled(0)) } })
    await extend(tpm.place, 4, filled(0xc0))
    const pcr4 = bytesToHex(sha256(concatBytes(filled(0), filled(0xc0))))
    expect(await claimsNow()).toMatchObject({ ok: true, measurements: { pcr4 } })
  })

  it('is not believed under a report about another key', async () => {
    await boot(base64url(new Uint8Array(256).fill(0xab)))
    expect(codeOf(await claimsNow())).toBe('SIGNATURE_INVALID')
  })

  it('is none without the report: a plain TPM is not taken for a machine that hides its memory', async () => {
    await expect(detect('auto')).rejects.toMatchObject({
      code: 'ATTESTER_UNAVAILABLE',
      message: expect.stringContaining('no confidential machine of Azure'),
    })
  })
})
