import { concatBytes, utf8 } from '@opengradient/protocol'
import { encode } from 'cborg'
import { digest } from '../../../src/crypto/hash.ts'
import { azureEvidence } from '../../../src/testkit/azure.testkit.ts'
import { AUTHORITY, DAY, issue, LEAF, NOW } from '../../../src/testkit/ca.testkit.ts'
import {
  collateral,
  intelKeys,
  intelRoot,
  intelRoots,
  pck,
  pckCa,
  pckCrl,
  pem,
  qeIdentity,
  quote,
  rootCrl,
  sgxBody,
  signedFile,
  tcbInfo,
  tcbSigner,
  tdBody,
} from '../../../src/testkit/dcap.testkit.ts'
import { bits, extension, ia5, int, NULL, name, octets, oid, seq, set, text, time, tlv, wrap } from '../../../src/testkit/der.testkit.ts'
import { rsaKey } from '../../../src/testkit/keys.testkit.ts'
import {
  nitroEvidence,
  nitroKeys,
  nitroMembers,
  nitroMessage,
  nitroRoot,
  nitroRoots,
  nitroZone,
  PCR0,
} from '../../../src/testkit/nitro.testkit.ts'
import { block, FIRMWARE, field, gpuReport } from '../../../src/testkit/nvidia.testkit.ts'
import { ark, arkCrl, ask, CHIP, snpEndorsements, snpKeys, snpReport, vcek } from '../../../src/testkit/snp.testkit.ts'
import { attest, REGISTERS, tpmCrl, tpmEvidence, tpmKeys, tpmRoot, tpmRoots } from '../../../src/testkit/tpm.testkit.ts'
import { type CertificateParts, craft, NO_AUTHORITY, usage } from '../cast.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const bad = (change: Case, code: Story['code'] = 'MALFORMED'): Case => ({ ...change, code: code! })

const tdx = tell(HONEST.tdx)
const sgx = tell(HONEST.sgx)
const tcb = { statuses: ['UpToDate'] as const, graceDays: 0, minEvaluation: 0, minSvn: {} }
const padded = (size: number): Case => ({ evidence: quote({ auth: new Uint8Array(size - quote({ auth: new Uint8Array() }).length) }) })
const elsewhere = issue({ subject: 'Elsewhere', issuer: 'Elsewhere', key: intelKeys.other, by: intelKeys.other, ...AUTHORITY })
const twoRoots = { intel: { anchors: [...intelRoots.intel.anchors, { certificate: elsewhere, trust: 'development' as const }] } }
const signers = [tcbSigner({ issuer: 'Elsewhere', by: intelKeys.other }), elsewhere]
type Level = { tcb: object; tcbStatus: string; tcbDate: string }
const info = tcbInfo('TDX') as { tcbLevels: Level[]; tdxModuleIdentities: { tcbLevels: Level[] }[] }
const [best, behind] = info.tcbLevels as [Level, Level]
const [module] = info.tdxModuleIdentities as [{ tcbLevels: Level[] }]
const levels = (status: string, ofModule: string): Case => ({
  endorsements: collateral({
    tcbInfo: signedFile(
      tcbInfo('TDX', {
        tcbLevels: [{ ...best, tcbStatus: status }, behind],
        tdxModuleIdentities: [{ ...module, tcbLevels: [{ ...module.tcbLevels[0]!, tcbStatus: ofModule }] }],
      }),
    ),
  }),
})
const oldPce = quote({ certificates: pem(pck({ pceSvn: 10 }), pckCa, intelRoot) })

const snp = tell(HONEST.snp)
const AMD = '1.3.6.1.4.1.3704.1'
const versions = Object.entries({ 1: 7, 2: 0, 3: 14, 8: 72 }).map(([part, version]) => extension(`${AMD}.3.${part}`, int(version)))
const chip = (subject: Uint8Array): Case => {
  const extensions = wrap(3, seq(NO_AUTHORITY, extension(`${AMD}.2`, ia5('Genoa-B1')), ...versions, extension(`${AMD}.4`, CHIP)))
  const certificate = craft({ by: snpKeys.ask, key: snpKeys.vcek, issuer: name('SEV-Genoa'), subject, extensions })
  return { endorsements: { certificates: [certificate, ask('Genoa'), ark('Genoa')], crls: [arkCrl('Genoa')] } }
}
const CN = oid('2.5.4.3')

const nitro = tell(HONEST.nitro)
const raw = (...parts: readonly Uint8Array[]): Case => ({
  evidence: nitroMessage(concatBytes(Uint8Array.of(0xbf), ...parts, Uint8Array.of(0xff))),
})
const members = (changes: Record<string, Uint8Array>): Uint8Array[] =>
  Object.entries(nitroMembers()).flatMap(([key, value]) => [encode(key), changes[key] ?? encode(value)])
/** A leaf of exactly this many bytes; those of its signature vary. */
const sized = (size: number): Uint8Array => {
  const life = { notBefore: NOW - 3600, notAfter: NOW + 7200 }
  for (let serial = 1; serial < 100; serial++) {
    const o = { subject: 'x'.repeat(size - 371), issuer: 'zone', key: nitroKeys.leaf, by: nitroKeys.zone, ...LEAF, ...life }
    const certificate = issue({ ...o, serial })
    if (certificate.length === size) return certificate
  }
  throw new Error(`There is no certificate of ${size} bytes.`)
}

const tpm = tell({ platform: 'tpm', evidence: tpmEvidence(), roots: tpmRoots })
const base = { by: tpmKeys.root, key: tpmKeys.ak, issuer: name('tpm root') }
const leaf = (parts: Partial<CertificateParts>, code?: Story['code']): Case => ({
  endorsements: { certificates: [craft({ ...base, ...parts }), tpmRoot], crls: [tpmCrl()] },
  ...(code ? { code } : {}),
})
const extensions = (...items: readonly Uint8Array[]): Partial<CertificateParts> => ({
  extensions: wrap(3, seq(NO_AUTHORITY, usage(0x80, 7), ...items)),
})
const unknown = (id: Uint8Array, value: Uint8Array = octets(NULL)): Partial<CertificateParts> => extensions(seq(tlv(6, id), value))
const END = time(NOW + 100 * DAY)
const banks = [11, 12, 13].map((hash) => [hash, [255, 255, 255, 255]] as const)
const wide = [32, 48, 64].flatMap((size) => Array.from({ length: 32 }, (_, i) => new Uint8Array(size).fill(i)))
const quoted = (o: Parameters<typeof attest>[0], registers: readonly Uint8Array[]): Case => ({
  evidence: tpmEvidence(attest(o), tpmKeys.ak, registers),
  endorsements: { certificates: [craft(base), tpmRoot], crls: [tpmCrl()] },
})
const pss = rsaKey('pss', 'pss authority')
const SHA384 = seq(oid('2.16.840.1.101.3.4.2.2'), NULL)
const pssWith = (...params: readonly Uint8Array[]): Case => ({
  endorsements: {
    certificates: [
      craft({ ...base, by: pss, issuer: name('middle'), algorithm: seq(oid('1.2.840.113549.1.1.10'), seq(...params)) }),
      craft({
        ...base,
        key: pss,
        subject: name('middle'),
        extensions: wrap(3, seq(extension('2.5.29.19', seq(tlv(1, Uint8Array.of(255))), true))),
      }),
      tpmRoot,
    ],
    crls: [tpmCrl()],
  },
  code: 'MALFORMED',
})
const HASH = wrap(0, SHA384)
const MASK = seq(oid('1.2.840.113549.1.1.8'), SHA384)

const azureSnp = tell(HONEST.azureSnp)
const azureTdx = tell(HONEST.azureTdx)
const nvidia = tell(HONEST.nvidia)

/** What stands just inside and just outside of a limit, and forgeries that only one check sees. */
export const edges: readonly Story[] = [
  tdx('longest', 'Evidence of exactly 65,536 bytes.', padded(65_536)),
  tdx('too-long', 'Evidence of 65,537 bytes, right in everything else.', bad(padded(65_537))),
  tdx('half-a-second', 'A time of verification between two seconds.', bad({ now: NOW + 0.5 })),
  tdx(
    'pem-eight',
    'Eight certificates are read, and lead nowhere.',
    bad({ evidence: quote({ certificates: pem(...Array.from({ length: 8 }, () => intelRoot)) }) }, 'CHAIN_INVALID'),
  ),
  tdx(
    'version-6-whole',
    'A quote of version 6 in the form of version 5.',
    bad({ evidence: quote({ version: 5, header: { 0: [6, 0, 2, 0, 0x81] } }) }, 'UNSUPPORTED'),
  ),
  sgx(
    'version-2-whole',
    'A quote of version 2 in the form of version 4.',
    bad({ evidence: quote({ body: sgxBody(), header: { 0: [2, 0, 2, 0, 0] } }) }, 'UNSUPPORTED'),
  ),
  tdx('enclave-debug-unrated', 'The quoting enclave runs in debug mode, and no file of Intel’s says that it may not.', {
    evidence: quote({ qe: { 48: [0x13] } }),
    endorsements: { crls: [rootCrl(), pckCrl()] },
    policy: { tcb: { ...tcb, statuses: ['Unknown'] } },
    code: 'TCB_REJECTED',
  }),
  tdx('info-elsewhere', 'The signer of the TCB info is under another trusted root, whose list is missing.', {
    endorsements: collateral({ tcbInfo: signedFile(tcbInfo('TDX'), intelKeys.tcb, signers) }),
    roots: twoRoots,
    code: 'CRL_MISSING',
  }),
  tdx('identity-elsewhere', 'The signer of the QE identity is under another trusted root, whose list is missing.', {
    endorsements: collateral({ qeIdentity: signedFile(qeIdentity('TD_QE'), intelKeys.tcb, signers) }),
    roots: twoRoots,
    code: 'CRL_MISSING',
  }),
  tdx('platform-revoked', 'The platform’s level was revoked; the module is behind.', {
    ...levels('Revoked', 'OutOfDate'),
    policy: { tcb: { ...tcb, statuses: ['OutOfDate'] } },
    code: 'TCB_REJECTED',
  }),
  tdx('grace-for-hardening', 'Days of grace do not help where the level needs hardening.', {
    evidence: oldPce,
    endorsements: collateral({ tcbInfo: signedFile(tcbInfo('TDX', { tcbLevels: [best, { ...behind, tcbStatus: 'SWHardeningNeeded' }] })) }),
    policy: { tcb: { ...tcb, graceDays: 400 } },
    code: 'TCB_REJECTED',
  }),
  tdx('least-evaluation', 'Exactly the least evaluation that the policy asks for.', { policy: { tcb: { ...tcb, minEvaluation: 16 } } }),
  tdx('module-exactly', 'A module of exactly the version of its level.', { evidence: quote({ body: tdBody({ 0: [4, 1, 2] }) }) }),
  tdx('highest-versions', 'The highest versions that there are.', {
    evidence: quote({ certificates: pem(pck({ components: Array.from({ length: 16 }, () => 255), pceSvn: 65_535 }), pckCa, intelRoot) }),
  }),
  tdx(
    'info-digits',
    'A status that is a list of one.',
    bad({ endorsements: collateral({ tcbInfo: signedFile(tcbInfo('TDX', { id: ['TDX'] })) }) }, 'COLLATERAL_INVALID'),
  ),

  snp('leaf-name', 'A chip’s certificate that is called what those of clouds are.', bad(chip(name('SEV-VLEK')), 'CHAIN_INVALID')),
  snp(
    'leaf-name-octets',
    'The name of the chip’s certificate is not a text.',
    bad(chip(seq(set(seq(CN, octets(utf8('SEV-VCEK')))))), 'CHAIN_INVALID'),
  ),
  snp(
    'leaf-name-twice',
    'The chip’s certificate has two names.',
    bad(chip(seq(set(seq(CN, text('SEV-VCEK'))), set(seq(CN, text('SEV-VLEK'))))), 'CHAIN_INVALID'),
  ),
  snp(
    'leaf-organization',
    'The name of the chip’s certificate is that of its organization.',
    bad(chip(seq(set(seq(oid('2.5.4.10'), text('SEV-VCEK'))))), 'CHAIN_INVALID'),
  ),
  snp('leaf-crafted', 'The certificate that these change.', chip(name('SEV-VCEK'))),
  snp('product-alone', 'The name of the product without a stepping.', {
    endorsements: snpEndorsements('Genoa', vcek({ product: 'Genoa' })),
  }),
  snp('smt-by-policy', 'The guest’s policy allows multithreading that the platform has off.', { evidence: snpReport({ 64: [0x24] }) }),
  snp('entry-of-azure', 'The entry is for another platform, whose measurement has the same name.', {
    policy: {
      measurements: [
        {
          platform: 'azure-snp-vtpm',
          values: { measurement: `0x${'3e'.repeat(48)}` },
          notAfter: NOW + 1,
          build: 'https://example.org/builds/1',
        },
      ],
    },
    code: 'MEASUREMENT_UNKNOWN',
  }),
  snp('entry', 'The same entry for this platform.', {
    policy: {
      measurements: [
        { platform: 'snp', values: { measurement: `0x${'3e'.repeat(48)}` }, notAfter: NOW + 1, build: 'https://example.org/builds/1' },
      ],
    },
  }),

  nitro('crafted', 'The document that the following ones change.', raw(...members({}))),
  nitro('timestamp-digits', 'The time as digits in a text.', bad(raw(...members({ timestamp: encode('1772323140000') })))),
  nitro('public-key-true', 'A truth value in place of the public key.', bad(raw(...members({ public_key: Uint8Array.of(0xf5) })))),
  nitro(
    'key-with-mark',
    'A key with a byte order mark before it.',
    bad(raw(...members({}).map((part, i) => (i === 16 ? encode('\ufeffnonce') : part)))),
  ),
  nitro(
    'non-minimal-20',
    'The number 20 in two bytes.',
    bad(raw(...members({ pcrs: concatBytes(Uint8Array.of(0xa2, 0), encode(PCR0), Uint8Array.of(0x18, 20), encode(PCR0)) }))),
  ),
  nitro(
    'non-minimal-200',
    'A length of 200 in three bytes.',
    bad(raw(...members({ user_data: concatBytes(Uint8Array.of(0x59, 0, 200), new Uint8Array(200)) }))),
  ),
  nitro('certificate-1024', 'A certificate of exactly 1,024 bytes.', {
    evidence: nitroEvidence({ certificate: sized(1024), cabundle: [nitroRoot, nitroZone] }),
  }),
  nitro(
    'certificate-1025',
    'A certificate of 1,025 bytes.',
    bad({ evidence: nitroEvidence({ certificate: sized(1025), cabundle: [nitroRoot, nitroZone] }) }),
  ),

  tpm('registers-96', 'As many registers as three banks have.', quoted({ banks, digest: digest('SHA-256', concatBytes(...wide)) }, wide)),
  tpm(
    'register-more',
    'One register more than the quote selects.',
    bad(quoted({ digest: digest('SHA-256', concatBytes(...REGISTERS, REGISTERS[0]!)) }, [...REGISTERS, REGISTERS[0]!])),
  ),
  tpm(
    'x509-tag-in-name',
    'A tag of more than one byte in a name.',
    leaf({ subject: seq(set(seq(oid('2.5.4.10'), Uint8Array.of(0x1f, 1, 65)))) }, 'MALFORMED'),
  ),
  tpm(
    'x509-length-80',
    'The indefinite length, which is not 128.',
    leaf(unknown(Uint8Array.of(0x2a, 3), concatBytes(Uint8Array.of(4, 0x80), new Uint8Array(128))), 'MALFORMED'),
  ),
  tpm('x509-oid-64', 'An identifier of 64 bytes.', leaf(unknown(new Uint8Array(64).fill(1)))),
  tpm('x509-oid-zero-inside', 'An identifier with zeros inside of a number.', leaf(unknown(Uint8Array.of(0x2a, 0x81, 0x80, 1)))),
  tpm(
    'x509-oid-ends-in-80',
    'An identifier that ends inside a number, in zeros.',
    leaf(unknown(Uint8Array.of(0x2a, 0x83, 0x80)), 'MALFORMED'),
  ),
  tpm(
    'x509-oid-begins-with-80',
    'An identifier whose first number takes a byte too many.',
    leaf(unknown(Uint8Array.of(0x80, 3)), 'MALFORMED'),
  ),
  tpm('x509-serial-128', 'Serial 128, which needs a zero before it.', leaf({ serial: int(128) })),
  tpm(
    'x509-usage-four-bytes',
    'KeyUsage of four bytes.',
    leaf({ extensions: wrap(3, seq(NO_AUTHORITY, extension('2.5.29.15', bits(Uint8Array.of(0x80, 0, 0, 0)), true))) }),
  ),
  tpm(
    'x509-constraints-false',
    'BasicConstraints that say it is no authority.',
    leaf({ extensions: wrap(3, seq(extension('2.5.29.19', seq(tlv(1, Uint8Array.of(0))), true), usage(0x80, 7))) }),
  ),
  tpm(
    'x509-constraints-01',
    'BasicConstraints with a truth value of 01.',
    leaf({ extensions: wrap(3, seq(extension('2.5.29.19', seq(tlv(1, Uint8Array.of(1))), true), usage(0x80, 7))) }, 'MALFORMED'),
  ),
  tpm(
    'x509-date-long-in-text',
    'A date of the long form in a text.',
    leaf({ validity: seq(time(NOW), tlv(0x0c, utf8('20500101000000Z'))) }, 'MALFORMED'),
  ),
  tpm('x509-1950', 'Valid since 1950, the first year of the short form.', leaf({ validity: seq(tlv(0x17, utf8('500101000000Z')), END) })),
  tpm('x509-pss-salt-trailing', 'Something after the length of the salt.', pssWith(HASH, wrap(1, MASK), wrap(2, int(48), NULL))),
  tpm(
    'x509-pss-salt-beyond',
    'The length of the salt takes more bytes than there are.',
    pssWith(HASH, wrap(1, MASK), wrap(2, Uint8Array.of(2, 2, 48))),
  ),
  tpm('x509-pss-mask-after', 'Something after the mask.', pssWith(HASH, wrap(1, MASK, NULL), wrap(2, int(48)))),
  tpm(
    'x509-pss-trailer-trailing',
    'Something after the trailer field.',
    pssWith(HASH, wrap(1, MASK), wrap(2, int(48)), wrap(3, int(1), NULL)),
  ),

  azureSnp(
    'bound-and-more',
    'The report data goes on after the digest.',
    bad(
      { evidence: azureEvidence({ hardware: (reportData) => snpReport({ 80: reportData.map((byte, i) => (i === 63 ? 1 : byte)) }) }) },
      'BINDING_MISMATCH',
    ),
  ),
  azureSnp(
    'registers-32',
    '32 registers of two banks.',
    bad({
      evidence: azureEvidence({
        message: attest({
          banks: [
            [11, [255, 255, 255]],
            [12, [255]],
          ],
          digest: digest('SHA-256', concatBytes(...REGISTERS, ...wide.slice(32, 40))),
        }),
        registers: [...REGISTERS, ...wide.slice(32, 40)],
      }),
    }),
  ),
  azureTdx('nul', 'A TD quote whose certificates end in a NUL of their own.', {
    evidence: azureEvidence({
      kind: 'tdx',
      hardware: (reportData) =>
        quote({ body: tdBody({ 520: reportData }), certificates: concatBytes(pem(pck(), pckCa, intelRoot), Uint8Array.of(0)) }),
    }),
  }),
  nvidia('driver-empty', 'A driver’s version that begins with a NUL.', {
    evidence: gpuReport({ blocks: [block(1)], fields: [field(3, utf8('\x00550')), field(20, FIRMWARE)] }),
  }),
  tell({ platform: 'toString' as never, evidence: nitroEvidence(), roots: nitroRoots })(
    'unknown-platform',
    'A platform by a name that objects have anyway.',
    { code: 'UNSUPPORTED' },
  ),
  tdx(
    'info-february',
    'A date that there is in no year.',
    bad(
      { endorsements: collateral({ tcbInfo: signedFile(tcbInfo('TDX', { nextUpdate: '2027-02-30T00:00:00Z' })) }) },
      'COLLATERAL_INVALID',
    ),
  ),
  tpm('epoch', 'At the first second of Unix time.', atEpoch()),
  tpm('x509-longest', 'A certificate of exactly 16,384 bytes.', leaf(filled(16_384))),
  tpm('x509-a-byte-too-long', 'A certificate of 16,385 bytes.', leaf(filled(16_385), 'MALFORMED')),
  tpm(
    'x509-oid-2-52',
    'An identifier with the number 2^52.',
    leaf(unknown(Uint8Array.of(0x2a, 0x88, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0)), 'MALFORMED'),
  ),
]

/** The attestation key's certificate with an extension that makes it this long. */
function filled(size: number): Partial<CertificateParts> {
  const made = (length: number): Partial<CertificateParts> => extensions(extension('1.2.3.4', new Uint8Array(length)))
  return made(size - craft({ ...base, ...made(10_000) }).length + 10_000)
}

/** Everything valid since 1970, and nothing listed. */
function atEpoch(): Case {
  const { root } = tpmKeys
  const certificate = issue({ subject: 'tpm root', issuer: 'tpm root', key: root, by: root, ...AUTHORITY, notBefore: 0 })
  return {
    endorsements: { certificates: [craft({ ...base, validity: seq(time(0), END) }), certificate] },
    roots: { tpm: { anchors: [{ certificate, trust: 'development' }] } },
    now: 0,
    policy: { revocation: 'optional' },
  }
}
