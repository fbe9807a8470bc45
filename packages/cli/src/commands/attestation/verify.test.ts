import { DEFAULT_POLICY, PLATFORMS, type Platform, REJECTION_MEANINGS } from '@opengradient/attestation'
import { base64, bytesToHex, concatBytes, encodeCmw, encodeKeyset, reportDataOf, utf8 } from '@opengradient/protocol'
import { afterAll, describe, expect, it } from 'vitest'
import { azureEvidence } from '../../../../attestation/src/testkit/azure.testkit.ts'
import { NOW } from '../../../../attestation/src/testkit/ca.testkit.ts'
import { collateral, intelRoot, quote, sgxBody } from '../../../../attestation/src/testkit/dcap.testkit.ts'
import { nitroEvidence, nitroRoot } from '../../../../attestation/src/testkit/nitro.testkit.ts'
import { gpuReport } from '../../../../attestation/src/testkit/nvidia.testkit.ts'
import { ark, arkCrl, ask, snpReport, vcek } from '../../../../attestation/src/testkit/snp.testkit.ts'
import { tpmEvidence } from '../../../../attestation/src/testkit/tpm.testkit.ts'
import { InProcess } from '../../attestation/og.testkit.ts'
import { REMEDIES } from '../../attestation/remedies.ts'
import { COMMANDS } from '../table.ts'

interface Judged {
  ok: boolean
  level: string
  code?: string
  message?: string
  remedy?: string
  at: number
  checks: { id: string; status: string }[]
  claims?: { platform: string; trust: string; measurements: Record<string, string>; reportData: string }
  unproven?: string[]
}

const home = new InProcess()
afterAll(() => home.remove())
const AT = ['--at', new Date(NOW * 1000).toISOString()]
const pem = (label: string, ...ders: Uint8Array[]): string =>
  ders.map((der) => `-----BEGIN ${label}-----\n${base64(der).replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`).join('')

home.file('nitro.cose', nitroEvidence())
home.file('nitro-root.der', nitroRoot)
home.file('snp.bin', snpReport())
home.file('snp-chain.pem', pem('CERTIFICATE', vcek(), ask('Genoa')))
home.file('snp-root.pem', pem('CERTIFICATE', ark('Genoa')))
home.file('snp.crl', arkCrl('Genoa'))
const SNP = ['snp.bin', '--platform', 'snp', '--certificates', 'snp-chain.pem', '--roots', 'snp-root.pem']
const verify = (...args: string[]) => home.json<Judged>('attestation', 'verify', ...args)
const nitro = (...args: string[]) => verify('nitro.cose', '--platform', 'nitro', ...AT, ...args)
const trusted = (...args: string[]) => nitro('--roots', 'nitro-root.der', ...args)
const SAMPLES: Readonly<Record<Platform, Uint8Array>> = {
  nitro: nitroEvidence(),
  snp: snpReport(),
  tdx: quote(),
  sgx: quote({ version: 3, body: sgxBody() }),
  'azure-snp-vtpm': azureEvidence(),
  'azure-tdx-vtpm': azureEvidence({ kind: 'tdx' }),
  tpm: tpmEvidence(),
  'nvidia-gpu': gpuReport(),
}

describe('og attestation verify refuses, with 1, a code and a remedy,', () => {
  it.each(PLATFORMS)('development evidence of %s under the roots of this release', async (platform) => {
    home.file('sample.bin', SAMPLES[platform])
    const { code, json } = await verify('sample.bin', '--platform', platform, ...AT)
    expect({ code, ok: json.ok, level: json.level }).toEqual({ code: 1, ok: false, level: 'none' })
    expect(['UNTRUSTED_ROOT', 'CHAIN_INVALID', 'CRL_MISSING', 'COLLATERAL_MISSING']).toContain(json.code)
    expect(json.remedy).toBe(REMEDIES[json.code as keyof typeof REMEDIES])
  })

  it('a changed byte, bytes left over, and bytes cut off', async () => {
    const flipped = nitroEvidence()
    flipped[flipped.length - 1]! ^= 1
    const cases = [
      [flipped, 'SIGNATURE_INVALID'],
      [concatBytes(nitroEvidence(), Uint8Array.of(0)), 'MALFORMED'],
      [nitroEvidence().subarray(0, -1), 'MALFORMED'],
    ] as const
    for (const [bytes, reason] of cases) {
      home.file('wrong.cose', bytes)
      const { code, json } = await verify('wrong.cose', '--platform', 'nitro', ...AT, '--roots', 'nitro-root.der')
      expect({ code, reason: json.code, claims: json.claims }).toEqual({ code: 1, reason, claims: undefined })
    }
  })

  it('evidence of another time than its certificates', async () => {
    const { code, json } = await verify('nitro.cose', '--platform', 'nitro', '--at', `${NOW + 30 * 86_400}`, '--roots', 'nitro-root.der')
    expect([code, json.code, json.at]).toEqual([1, 'CERT_EXPIRED', NOW + 30 * 86_400])
  })

  it('what is bound to other data, or to another nonce', async () => {
    expect((await trusted('--report-data', '00')).json.code).toBe('BINDING_MISMATCH')
    expect((await trusted('--nonce', '0x00')).json.code).toBe('NONCE_MISMATCH')
  })

  it('SNP whose least versions nobody named, and whose revocation nobody checked', async () => {
    const { json } = await verify(...SNP, ...AT, '--crls', 'snp.crl')
    expect(json.code).toBe('TCB_REJECTED')
    home.file('genoa.json', JSON.stringify({ ...genoa }))
    expect((await verify(...SNP, ...AT, '--policy', 'genoa.json')).json.code).toBe('CRL_MISSING')
  })

  it('what the policy of a file does not accept', async () => {
    home.file('strict.json', '{"allowDevelopment":true}')
    expect((await trusted('--policy', 'strict.json')).json.code).toBe('MEASUREMENT_UNKNOWN')
    home.file('none.json', '{"allowDevelopment":true,"measurements":"any","platforms":["tdx"]}')
    expect((await trusted('--policy', 'none.json')).json.code).toBe('PLATFORM_DENIED')
    home.file('production.json', '{"measurements":"any"}')
    expect((await trusted('--policy', 'production.json')).json.code).toBe('DEV_EVIDENCE')
  })

  it('in words, too, which no text of a stranger can disturb', async () => {
    const { code, out } = await home.og('attestation', 'verify', 'nitro.cose', '--platform', 'nitro', ...AT)
    expect(code).toBe(1)
    expect(out).toMatch(/^REFUSED: UNTRUSTED_ROOT\n/)
    expect(out.replace(/\s+/g, ' ')).toContain('name its root with --roots')
    home.file('escape.cose', nitroEvidence({ module_id: 'i-\u001b[2Jx' }))
    const said = await home.og('attestation', 'verify', 'escape.cose', '--platform', 'nitro', ...AT, '--roots', 'nitro-root.der')
    expect(said.out).not.toContain('\u001b')
    const unknown = await home.og('attestation', 'verify', 'nitro.cose', '--platform', '\u001b]0;x\u0007nitro')
    expect([unknown.code, unknown.err.includes('nitro'), unknown.err.includes('\u001b'), unknown.err.includes('\u0007')]).toEqual([
      2,
      true,
      false,
      false,
    ])
  })

  it('what is dated as no calendar is, in words as well', async () => {
    home.file('far.cose', nitroEvidence({ timestamp: Number.MAX_SAFE_INTEGER }))
    const { code, out, err } = await home.og('attestation', 'verify', 'far.cose', '--platform', 'nitro', ...AT, '--roots', 'nitro-root.der')
    expect([code, err]).toEqual([1, ''])
    expect(out).toMatch(/^REFUSED: STALE_EVIDENCE\n/)
  })
})

const genoa = {
  ...DEFAULT_POLICY,
  allowDevelopment: true,
  measurements: 'any',
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { Genoa: { snp: 14 } } },
}

describe('og attestation verify asks, with 2,', () => {
  it.each([
    ['which platform', ['nitro.cose'], /which platform is it of\? Give --platform; there are nitro, snp/],
    ['for one that there is', ['nitro.cose', '--platform', 'sev'], /--platform sev; there are/],
    ['for a file that is there', ['absent.bin', '--platform', 'nitro'], /cannot read absent\.bin/],
    ['for a time with a zone', ['nitro.cose', '--platform', 'nitro', '--at', '2026-02-12'], /with its zone/],
    ['for a policy without a slip', ['nitro.cose', '--platform', 'nitro', '--policy', 'slip.json'], /policy\.alowDebug/],
    ['for collateral that is some', ['nitro.cose', '--platform', 'tdx', '--collateral', 'slip.json'], /no text root_ca_crl/],
    ['for certificates', ['snp.bin', '--platform', 'snp', '--certificates', 'crl.pem'], /found "X509 CRL"/],
  ])('%s', async (_, args, message) => {
    home.file('slip.json', '{"alowDebug":false}')
    home.file('crl.pem', pem('X509 CRL', arkCrl('Genoa')))
    const { code, err } = await home.og('attestation', 'verify', ...args)
    expect({ code, err: err.replace(/\s+/g, ' ') }).toMatchObject({ code: 2, err: expect.stringMatching(message) })
  })
})

describe('og attestation verify accepts', () => {
  it('evidence under a root that the caller vouches for, as development and never as hardware', async () => {
    const { code, json } = await trusted()
    expect({ code, ok: json.ok, level: json.level, trust: json.claims?.trust }).toEqual({
      code: 0,
      ok: true,
      level: 'development',
      trust: 'development',
    })
    expect(json.unproven).toContain('That any hardware protects anything (development: no hardware protection).')
    const { out } = await home.og('attestation', 'verify', 'nitro.cose', '--platform', 'nitro', ...AT, '--roots', 'nitro-root.der')
    expect(out).toMatch(/^ACCEPTED as development: no hardware protection\n/)
    expect(out).not.toMatch(/genuine/)
    expect(out).toMatch(/none {2}measurement .*asks nothing/)
    expect(json.checks).toContainEqual({ id: 'measurement', status: 'absent' })
    expect(json.checks).toContainEqual({ id: 'debug', status: 'pass' })
  })

  it('what is bound as expected, against a list of measurements', async () => {
    const first = await trusted()
    const { pcr0 } = first.json.claims!.measurements
    home.file(
      'listed.json',
      JSON.stringify({
        allowDevelopment: true,
        measurements: [{ platform: 'nitro', values: { pcr0 }, notAfter: NOW + 1, build: 'https://example.org' }],
      }),
    )
    const data = bytesToHex(utf8('report data'))
    const { code, json } = await trusted('--policy', 'listed.json', '--report-data', data, '--nonce', bytesToHex(utf8('nonce')))
    expect([code, json.unproven]).toEqual([0, ['That any hardware protects anything (development: no hardware protection).']])
    for (const id of ['measurement', 'binding']) expect(json.checks).toContainEqual({ id, status: 'pass' })
  })

  it('every form of the same files', async () => {
    const bytes = nitroEvidence()
    for (const text of [base64(bytes), bytesToHex(bytes), base64(bytes).replace(/.{76}/g, '$&\n')]) {
      home.file('as.txt', text)
      expect((await verify('as.txt', '--platform', 'nitro', ...AT, '--roots', 'nitro-root.der')).json.ok).toBe(true)
    }
    home.file('genoa.json', JSON.stringify(genoa))
    home.file('vcek.der', vcek())
    home.file('ask.der', ask('Genoa'))
    home.file('crl.pem', pem('X509 CRL', arkCrl('Genoa')))
    const chain = ['--certificates', 'vcek.der', 'ask.der', '--roots', 'snp-root.pem', '--crls', 'crl.pem', '--policy', 'genoa.json']
    expect((await verify('snp.bin', '--platform', 'snp', ...chain, ...AT)).json).toMatchObject({ ok: true, level: 'development' })
  })

  it("a TDX quote with Intel's collateral as providers pass it on", async () => {
    const { crls = [], tcbInfo, qeIdentity } = collateral()
    const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2)
    const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
    home.file('quote.bin', quote())
    home.file('intel.der', intelRoot)
    home.file(
      'collateral.json',
      JSON.stringify({
        root_ca_crl: hex(crls[0]!),
        pck_crl: hex(crls[1]!),
        tcb_info: text(tcbInfo!.body),
        tcb_info_signature: hex(tcbInfo!.signature),
        tcb_info_issuer_chain: pem('CERTIFICATE', ...tcbInfo!.certificates),
        qe_identity: text(qeIdentity!.body),
        qe_identity_signature: hex(qeIdentity!.signature),
        qe_identity_issuer_chain: pem('CERTIFICATE', ...qeIdentity!.certificates),
      }),
    )
    const args = ['quote.bin', '--platform', 'tdx', ...AT, '--roots', 'intel.der']
    expect((await verify(...args, '--collateral', 'collateral.json')).json).toMatchObject({ ok: true, level: 'development' })
    expect((await verify(...args)).json.ok).toBe(false)
  })
})

describe('og attestation verify takes the envelope that a node serves, and', () => {
  const keyset = {
    v: 1 as const,
    chainId: 5n,
    node: `0x${'0d'.repeat(20)}` as const,
    notBefore: BigInt(NOW - 60),
    notAfter: BigInt(NOW + 600),
    sign: `0x${'51'.repeat(20)}` as const,
    hpke: `0x${'09'.repeat(32)}` as const,
    modelIds: [`0x${'aa'.repeat(32)}` as const],
    runtimeDigest: `0x${'bb'.repeat(32)}` as const,
  }
  const bytes = encodeKeyset(keyset)
  const nonce = new Uint8Array(32).fill(7)
  const evidence = nitroEvidence({ user_data: reportDataOf(bytes, nonce), nonce: null })
  const envelope = { platform: 'nitro', evidence, endorsements: {}, gpus: [], keyset: bytes, nonce }
  home.file('envelope.json', `${new TextDecoder().decode(encodeCmw(envelope))}\n`)
  const roots = ['--roots', 'nitro-root.der']

  it('shows whose keyset it is, and that the evidence is bound to it', async () => {
    const { code, json } = await verify('envelope.json', ...AT, ...roots)
    expect({ code, level: json.level, platform: json.claims?.platform }).toEqual({ code: 0, level: 'development', platform: 'nitro' })
    expect(json.checks).toContainEqual({ id: 'binding', status: 'pass' })
    const { out } = await home.og('attestation', 'verify', 'envelope.json', ...AT, ...roots)
    expect(out).toMatch(/of +node 0x0d0d.*chain 5, 1 models/)
  })

  it('refuses another keyset, another nonce, a keyset that is over, and another platform than named', async () => {
    const other = encodeKeyset({ ...keyset, sign: `0x${'52'.repeat(20)}` })
    home.file('other.json', encodeCmw({ ...envelope, keyset: other }))
    expect((await verify('other.json', ...AT, ...roots)).json.code).toBe('BINDING_MISMATCH')
    expect((await verify('envelope.json', ...AT, ...roots, '--nonce', '00'.repeat(32))).json.code).toBe('NONCE_MISMATCH')
    expect((await verify('envelope.json', ...AT, ...roots, '--report-data', '00')).json.code).toBe('BINDING_MISMATCH')
    expect((await verify('envelope.json', '--at', `${NOW + 600}`, ...roots)).json.code).toBe('KEYSET_EXPIRED')
    expect((await home.og('attestation', 'verify', 'envelope.json', '--platform', 'tdx')).code).toBe(2)
  })

  it('refuses a keyset of a time that no calendar holds, in words as well', async () => {
    const far = encodeKeyset({ ...keyset, notBefore: 2n ** 64n - 2n, notAfter: 2n ** 64n - 1n })
    home.file('far.json', encodeCmw({ ...envelope, keyset: far }))
    const { code, out, err } = await home.og('attestation', 'verify', 'far.json', ...AT, ...roots)
    expect([code, err]).toEqual([1, ''])
    expect(out).toContain('second 18446744073709551615')
  })

  it('refuses what the policy expects otherwise, as with raw evidence', async () => {
    const expecting = (expect: object) =>
      home.file('expecting.json', JSON.stringify({ allowDevelopment: true, measurements: 'any', expect }))
    const judged = async () => (await verify('envelope.json', ...AT, ...roots, '--policy', 'expecting.json')).json.code
    expecting({ nonce: `0x${'00'.repeat(32)}` })
    expect(await judged()).toBe('NONCE_MISMATCH')
    expecting({ reportData: '0x00' })
    expect(await judged()).toBe('BINDING_MISMATCH')
    expecting({ nonce: bytesToHex(nonce) })
    expect(await judged()).toBeUndefined()
  })

  it('refuses one that is not in its one form', async () => {
    home.file('spaced.json', new TextDecoder().decode(encodeCmw(envelope)).replace(',', ', '))
    const { code, err } = await home.og('attestation', 'verify', 'spaced.json', ...AT, ...roots)
    expect([code, /ATTESTATION_MALFORMED/.test(err)]).toEqual([3, true])
  })
})

it('every reason to refuse has a remedy', () => {
  expect(
    Object.keys(REMEDIES)
      .filter((code) => !code.startsWith('KEYSET_') || code === 'KEYSET_EXPIRED')
      .sort(),
  ).toEqual(Object.keys(REJECTION_MEANINGS).sort())
})

it('the examples of its help are commands that it understands', () => {
  const spec = COMMANDS.find(({ usage }) => usage === 'attestation')?.children?.find(({ usage }) => usage.startsWith('verify'))
  const known = new Set(['--json', ...(spec?.options ?? []).map(([flags]) => flags.split(' ')[0])])
  for (const example of spec?.examples ?? [])
    for (const flag of example.match(/--[a-z-]+/g) ?? []) expect(known.has(flag), `${example}: ${flag}`).toBe(true)
})
