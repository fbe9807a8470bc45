import { concatBytes, utf8 } from '@opengradient/protocol'
import { AUTHORITY, DAY, issue, issueCrl, NOW, strange } from '../../../src/testkit/ca.testkit.ts'
import { extension, int, octets } from '../../../src/testkit/der.testkit.ts'
import { flip } from '../../../src/testkit/flip.testkit.ts'
import { ecKey } from '../../../src/testkit/keys.testkit.ts'
import { ark, arkCrl, ask, CHIP, snpEndorsements, snpKeys, snpReport, snpRoots, vcek } from '../../../src/testkit/snp.testkit.ts'
import { type Case, type Story, tell } from '../story.ts'

const EVIDENCE = snpReport()
const ENDORSEMENTS = snpEndorsements()
const story = tell({ platform: 'snp', evidence: EVIDENCE, endorsements: ENDORSEMENTS, roots: snpRoots('Genoa') })
const report = (patches: Parameters<typeof snpReport>[0], by = snpKeys.vcek): Case => ({ evidence: snpReport(patches, by) })
const certified = (leaf: Uint8Array, crls = [arkCrl('Genoa')]): Case => ({
  endorsements: { certificates: [leaf, ask('Genoa'), ark('Genoa')], crls },
})
const listed = (...crls: readonly Uint8Array[]): Case => ({ endorsements: { ...ENDORSEMENTS, crls } })
const at = (offset: number, code: Story['code'] = 'SIGNATURE_INVALID', bit = 0): Case => ({
  evidence: flip(EVIDENCE, offset, bit),
  code: code!,
})
const VERSION2 = { 0: [2], 392: new Uint8Array(3) }
const milan = {
  policy: { deniedFamilies: [], tcb: { statuses: ['Unrated'] as const, graceDays: 0, minEvaluation: 0, minSvn: { Milan: {} } } },
}
const TURIN_TCB = Uint8Array.of(3, 7, 0, 14, 0, 0, 0, 72)
const TURIN_CHIP = concatBytes(CHIP.subarray(0, 8), new Uint8Array(56))
const turinLeaf = vcek({ family: 'Turin', chip: CHIP.subarray(0, 8), versions: { 1: 7, 2: 0, 3: 14, 8: 72, 9: 3 } })
const turin = (patches: Parameters<typeof snpReport>[0] = {}, leaf = turinLeaf): Case => ({
  ...report({ 384: TURIN_TCB, 480: TURIN_TCB, 416: TURIN_CHIP, 392: [0x1a, 0x11, 1], ...patches }),
  endorsements: snpEndorsements('Turin', leaf),
  roots: snpRoots('Turin'),
})
const vlekLeaf = vcek({ kind: 'VLEK' })
const vlek = (patches: Parameters<typeof snpReport>[0] = {}): Case => ({
  ...report({ 72: [4], 416: new Uint8Array(64), ...patches }),
  endorsements: { certificates: [vlekLeaf, ask('Genoa', 'SEV-VLEK'), ark('Genoa')], crls: [arkCrl('Genoa')] },
})
const other = ecKey('P-384', 'other')
const small = ecKey('P-256', 'small chip')
const list = (o: object): Uint8Array => issueCrl({ issuer: 'ARK-Genoa', by: snpKeys.ark, ...o })
const authority = (o: object): Uint8Array =>
  issue({
    subject: 'SEV-Genoa',
    issuer: 'ARK-Genoa',
    key: snpKeys.ask,
    by: snpKeys.ark,
    ...AUTHORITY,
    pathLength: 0,
    serial: 0x10001,
    ...o,
  })
const above = (certificate: Uint8Array): Case => ({
  endorsements: { certificates: [vcek(), certificate, ark('Genoa')], crls: [arkCrl('Genoa')] },
})
const AMD = '1.3.6.1.4.1.3704.1'
const withExtensions = (extensions: readonly Uint8Array[]): Case => certified(vcek({ extensions }))
const versions = { 1: 7, 2: 0, 3: 14, 8: 72 }
const parts = (o: { product?: Uint8Array; chip?: Uint8Array; boot?: Uint8Array }): Uint8Array[] => [
  ...(o.product ? [extension(`${AMD}.2`, o.product)] : []),
  ...(o.boot ? [extension(`${AMD}.3.1`, o.boot)] : []),
  ...Object.entries(versions)
    .filter(([part]) => part !== '1' || !o.boot)
    .map(([part, version]) => extension(`${AMD}.3.${part}`, int(version))),
  ...(o.chip ? [extension(`${AMD}.4`, o.chip)] : []),
]
const PRODUCT = concatBytes(Uint8Array.of(0x16, 8), utf8('Genoa-B1'))

export const snp: readonly Story[] = [
  story('genoa', 'A report of version 3 by a Genoa, with the chip’s key.'),
  story('hardware', 'Under a root that stands for hardware it reaches the level tee.', {
    roots: { amd: { anchors: [{ certificate: ark('Genoa'), trust: 'hardware' }] } },
    policy: { allowDevelopment: false },
  }),
  story('version-2', 'A report of version 2, which does not name the processor.', report(VERSION2)),
  story('milan', 'A Milan, under a policy that does not deny it.', {
    ...report({ 392: [0x19, 1, 1] }),
    endorsements: snpEndorsements('Milan'),
    roots: snpRoots('Milan'),
    ...milan,
  }),
  story('milan-last-model', 'The last model of Milan.', {
    ...report({ 392: [0x19, 0x0f, 1] }),
    endorsements: snpEndorsements('Milan'),
    roots: snpRoots('Milan'),
    ...milan,
  }),
  story('turin', 'A Turin: another layout of versions, a chip id of eight bytes.', turin()),
  story('genoa-first-model', 'The first model of Genoa.', report({ 392: [0x19, 0x10, 1] })),
  story('genoa-last-model', 'The last model of the first series of Genoa.', report({ 392: [0x19, 0x1f, 1] })),
  story('bergamo', 'A processor of the same family with other cores.', report({ 392: [0x19, 0xa0, 1] })),
  story('bergamo-last', 'The last of them.', report({ 392: [0x19, 0xaf, 1] })),
  story('vlek', 'Signed by the key that was loaned to a cloud; the chip is not named.', vlek()),
  story('vlek-names-chip', 'The same with the chip named.', vlek({ 416: CHIP })),
  story('root-left-out', 'Authority and root come from the verifier’s own trust.', {
    endorsements: { certificates: [vcek()], crls: [arkCrl('Genoa')] },
    roots: { amd: { ...snpRoots('Genoa').amd, intermediates: [ask('Genoa', 'SEV-VLEK'), ask('Genoa')] } },
  }),
  story('three-roots', 'Three roots are trusted; the path leads to the second.', { roots: snpRoots('Milan', 'Genoa', 'Turin') }),
  story('bits-of-platform', 'No multithreading; the memory was looked at for aliases.', {
    ...report({ 8: [0, 0, 2], 64: [0x20] }),
    policy: { allowSmt: false, requireAliasCheck: true },
  }),
  story(
    'smt-by-platform',
    'The policy of the guest allows no multithreading, but the platform has it on.',
    report({ 8: [0, 0, 2], 64: [1] }),
  ),
  story('least-versions', 'Exactly the least versions that the policy asks for.', {
    policy: {
      tcb: { statuses: ['Unrated'], graceDays: 0, minEvaluation: 0, minSvn: { Genoa: { bootloader: 7, snp: 14, microcode: 72 } } },
    },
  }),
  story('least-versions-by-platform', 'Least versions for every family.', {
    policy: { tcb: { statuses: ['Unrated'], graceDays: 0, minEvaluation: 0, minSvn: { snp: { snp: 14 } } } },
  }),
  story('vmpl-allowed', 'Asked for by privilege level 2, as the policy allows.', { ...report({ 48: [2] }), policy: { maxVmpl: 2 } }),
  story('debug-allowed', 'Debug and migration, under a policy that allows both.', {
    ...report({ 8: [0, 0, 0x0f] }),
    policy: { allowDebug: true, allowMigration: true },
  }),
  story('list-first-second', 'In the first second of the revocation list.', listed(list({ thisUpdate: NOW }))),
  story('list-last-second', 'In the last second of the revocation list.', listed(list({ nextUpdate: NOW }))),
  story(
    'two-lists',
    'Two lists of the root; what they say ends with the earlier one.',
    listed(list({ nextUpdate: NOW + 3 * DAY }), list({ nextUpdate: NOW + 2 * DAY })),
  ),
  story('list-names-others', 'The list names other certificates than those of the path.', listed(arkCrl('Genoa', [1, 2, 3]))),
  story(
    'foreign-list',
    'A list of somebody else beside the right one: nobody looks at it.',
    listed(arkCrl('Genoa'), list({ issuer: 'ARK-Milan', nextUpdate: NOW - DAY })),
  ),
  story('no-list-needed', 'Without a list, under a policy that does not ask for one.', { ...listed(), policy: { revocation: 'optional' } }),
  story('extension-unknown', 'An extension that nobody knows, not critical.', above(authority({ extensions: [strange(false)] }))),

  ...[
    ['guest-svn', 4],
    ['policy-abi', 8],
    ['family-id', 16],
    ['image-id', 32],
    ['vmpl', 48],
    ['current-tcb', 56],
    ['platform-info', 64],
    ['report-data', 80],
    ['measurement', 144],
    ['host-data', 192],
    ['id-key-digest', 224],
    ['author-key-digest', 272],
    ['report-id', 320],
    ['committed-tcb', 480],
    ['launch-tcb', 496],
    ['signature-r', 672],
    ['signature-s', 744],
  ].map(([name, offset]) => story(`flip-${name}`, `One bit of the report is another: ${name}.`, at(Number(offset)))),
  story('flip-version', 'The version of the report is another.', at(0, 'MALFORMED')),
  story('flip-algorithm', 'The algorithm of the signature is another.', at(52, 'UNSUPPORTED')),
  story('flip-reported-tcb', 'The versions are others than those of the certificate.', at(384, 'CHAIN_INVALID')),
  story('flip-processor', 'The processor is another than that of the certificate.', at(393, 'CHAIN_INVALID', 4)),
  story('flip-chip', 'The chip is another than that of the certificate.', at(416, 'CHAIN_INVALID')),
  story('flip-reserved', 'A reserved bit is set.', at(600, 'MALFORMED')),
  story('flip-after-signature', 'A reserved bit after the signature is set.', at(1000, 'MALFORMED')),
  story('flip-after-r', 'A reserved bit after r is set.', at(725, 'MALFORMED')),
  story('flip-policy-bit-17', 'Bit 17 of the policy, which is always one, is not.', at(10, 'MALFORMED', 1)),

  story('cut', 'The last byte is missing.', { evidence: EVIDENCE.subarray(0, -1), code: 'MALFORMED' }),
  story('trailing', 'One byte after the report.', { evidence: concatBytes(EVIDENCE, Uint8Array.of(0)), code: 'MALFORMED' }),
  story('version-1', 'A report of version 1.', { ...report({ 0: [1] }), code: 'UNSUPPORTED' }),
  story('version-4', 'A report of version 4.', { ...report({ 0: [4] }), code: 'UNSUPPORTED' }),
  ...[
    ['policy', 14],
    ['platform-info', 68],
    ['flags', 76],
    ['version-3', 396],
    ['after-build', 491],
    ['after-committed', 495],
    ['tail', 504],
    ['tail-end', 671],
  ].map(([name, offset]) =>
    story(`reserved-${name}`, `A reserved byte is signed along and is not zero: ${name}.`, {
      ...report({ [offset!]: [1] }),
      code: 'MALFORMED',
    }),
  ),
  story('reserved-version-2', 'The processor in a report of version 2, where it is reserved.', {
    ...report({ 0: [2] }),
    code: 'MALFORMED',
  }),
  story('signer-unknown', 'Signed by a key of a kind that nobody knows.', { ...report({ 72: [8] }), code: 'UNSUPPORTED' }),
  story('signer-none', 'Not signed, so it says.', { ...report({ 72: [28] }), code: 'UNSUPPORTED' }),
  story('flags-unknown', 'A flag that nobody knows.', { ...report({ 72: [0x20] }), code: 'UNSUPPORTED' }),
  story('versions-reserved', 'A reserved byte of the versions is not zero.', {
    ...report({ 384: Uint8Array.of(7, 0, 1, 0, 0, 0, 14, 72) }),
    code: 'MALFORMED',
  }),
  story('signed-by-another', 'Another key has signed.', { ...report({}, snpKeys.other), code: 'SIGNATURE_INVALID' }),
  story('signed-on-p256', 'The key of the certificate is on P-256.', {
    ...report({}),
    ...certified(vcek({ key: small })),
    code: 'SIGNATURE_INVALID',
  }),
  story('signed-by-rsa', 'The key of the certificate is an RSA key.', {
    ...certified(vcek({ key: snpKeys.ask })),
    code: 'SIGNATURE_INVALID',
  }),
  story('signature-zero', 'A signature of zeros.', {
    evidence: concatBytes(EVIDENCE.subarray(0, 672), new Uint8Array(512)),
    code: 'SIGNATURE_INVALID',
  }),

  story('vendor-roots', 'Development evidence under the roots of the vendors.', { roots: 'vendors', code: 'UNTRUSTED_ROOT' }),
  story('no-certificates', 'No certificates.', { endorsements: { crls: [arkCrl('Genoa')] }, code: 'CHAIN_INVALID' }),
  story('vcek-of-another-chip', 'The certificate of another chip.', {
    ...certified(vcek({ chip: new Uint8Array(64).fill(9) })),
    code: 'CHAIN_INVALID',
  }),
  story('vcek-other-versions', 'The certificate of the same chip before an update.', {
    ...certified(vcek({ versions: { ...versions, 8: 71 } })),
    code: 'CHAIN_INVALID',
  }),
  story('vcek-version-missing', 'The certificate does not name the version of the microcode.', {
    ...certified(vcek({ versions: { 1: 7, 2: 0, 3: 14 } })),
    code: 'CHAIN_INVALID',
  }),
  story('vcek-of-another-product', 'The certificate of a Milan under the authority of Genoa.', {
    ...certified(vcek({ product: 'Milan-B0' })),
    code: 'CHAIN_INVALID',
  }),
  story('product-unknown', 'A processor that nobody knows.', { ...certified(vcek({ product: 'Venice-A0' })), code: 'UNSUPPORTED' }),
  story('product-beginning', 'A product that only begins like a known one.', {
    ...certified(vcek({ product: 'Genoax' })),
    code: 'UNSUPPORTED',
  }),
  story('product-missing', 'The certificate does not name the product.', {
    ...withExtensions(parts({ chip: CHIP })),
    code: 'CHAIN_INVALID',
  }),
  story('product-trailing', 'A byte after the name of the product.', {
    ...withExtensions(parts({ product: concatBytes(PRODUCT, Uint8Array.of(0)), chip: CHIP })),
    code: 'MALFORMED',
  }),
  story('product-octets', 'The name of the product as bytes.', {
    ...withExtensions(parts({ product: octets(utf8('Genoa-B1')), chip: CHIP })),
    code: 'MALFORMED',
  }),
  story('version-trailing', 'A byte after a version.', {
    ...withExtensions(parts({ product: PRODUCT, chip: CHIP, boot: concatBytes(int(7), Uint8Array.of(0)) })),
    code: 'MALFORMED',
  }),
  story('chip-missing', 'The certificate does not name the chip.', {
    ...withExtensions(parts({ product: PRODUCT })),
    code: 'CHAIN_INVALID',
  }),
  story('chip-short', 'The certificate names eight bytes of the chip, as Turin’s do.', {
    ...certified(vcek({ chip: CHIP.subarray(0, 8) })),
    code: 'CHAIN_INVALID',
  }),
  story('chip-masked', 'The report hides the chip, and was signed by the chip’s key.', { ...report({ 72: [2] }), code: 'CHAIN_INVALID' }),
  story('processor-of-another-family', 'The report of a Milan under the certificate of a Genoa.', {
    ...report({ 392: [0x19, 1, 1] }),
    code: 'CHAIN_INVALID',
  }),
  story('processor-unknown', 'A processor of a family that nobody knows.', { ...report({ 392: [0x1b, 0x11, 1] }), code: 'CHAIN_INVALID' }),
  story('processor-between', 'A model between the series of Genoa.', { ...report({ 392: [0x19, 0x20, 1] }), code: 'CHAIN_INVALID' }),
  story('processor-before-bergamo', 'A model before the second series of Genoa.', {
    ...report({ 392: [0x19, 0x9f, 1] }),
    code: 'CHAIN_INVALID',
  }),
  story('processor-after-bergamo', 'A model after the second series of Genoa.', {
    ...report({ 392: [0x19, 0xb0, 1] }),
    code: 'CHAIN_INVALID',
  }),
  story('turin-processor-unknown', 'A model after those of Turin.', { ...turin({ 392: [0x1a, 0x12, 1] }), code: 'CHAIN_INVALID' }),
  story('turin-chip', 'A Turin whose chip id does not end in zeros.', {
    ...turin({ 416: concatBytes(CHIP.subarray(0, 9), new Uint8Array(55)) }),
    code: 'CHAIN_INVALID',
  }),
  story('turin-other-chip', 'The certificate of another Turin.', {
    ...turin({}, vcek({ family: 'Turin', chip: new Uint8Array(8), versions: { 1: 7, 2: 0, 3: 14, 8: 72, 9: 3 } })),
    code: 'CHAIN_INVALID',
  }),
  story('turin-reserved', 'A Turin with a reserved byte among its versions.', {
    ...turin({ 384: Uint8Array.of(3, 7, 0, 14, 1, 0, 0, 72) }),
    code: 'MALFORMED',
  }),
  story('vlek-with-vcek', 'Signed by a key of a cloud, so it says, with the certificate of a chip.', {
    ...report({ 72: [4] }),
    code: 'CHAIN_INVALID',
  }),
  story('vcek-with-vlek', 'Signed by the chip’s key, so it says, with the certificate of a cloud.', {
    ...vlek(),
    ...report({}),
    code: 'CHAIN_INVALID',
  }),
  story('vlek-under-ask', 'The certificate of a cloud under the authority for chips.', {
    ...vlek(),
    endorsements: { certificates: [vcek({ kind: 'VLEK', issuer: 'SEV-Genoa' }), ask('Genoa'), ark('Genoa')], crls: [arkCrl('Genoa')] },
    code: 'CHAIN_INVALID',
  }),
  story('vlek-without-cloud', 'A certificate of a cloud that does not name it.', {
    ...vlek(),
    endorsements: {
      certificates: [vcek({ kind: 'VLEK', extensions: parts({ product: PRODUCT }) }), ask('Genoa', 'SEV-VLEK'), ark('Genoa')],
      crls: [arkCrl('Genoa')],
    },
    code: 'CHAIN_INVALID',
  }),
  story('authority-of-another-family', 'A Genoa’s certificate under the authority of Milan.', {
    endorsements: { certificates: [vcek({ issuer: 'SEV-Milan' }), ask('Milan'), ark('Milan')], crls: [arkCrl('Milan')] },
    roots: snpRoots('Genoa', 'Milan'),
    code: 'CHAIN_INVALID',
  }),
  story('authority-missing', 'The authority between chip and root is left out, and the root has issued the certificate.', {
    endorsements: { certificates: [vcek({ issuer: 'ARK-Genoa', by: snpKeys.ark }), ark('Genoa')], crls: [arkCrl('Genoa')] },
    code: 'CHAIN_INVALID',
  }),
  story('chain-swapped', 'Authority and root in the other order.', {
    endorsements: { certificates: [vcek(), ark('Genoa'), ask('Genoa')], crls: [arkCrl('Genoa')] },
    code: 'CHAIN_INVALID',
  }),
  story('leaf-by-another', 'A certificate that another key than the authority’s has signed.', {
    ...certified(vcek({ by: other })),
    code: 'CHAIN_INVALID',
  }),
  story('authority-by-another', 'An authority that another key than the root’s has signed.', {
    ...above(authority({ by: snpKeys.ask })),
    code: 'CHAIN_INVALID',
  }),
  story('authority-without-ca', 'The authority’s certificate does not say that it is one.', {
    ...above(authority({ ca: false, pathLength: undefined })),
    code: 'CHAIN_INVALID',
  }),
  story('authority-critical', 'The authority has a critical extension that nobody knows.', {
    ...above(authority({ extensions: [strange(true)] })),
    code: 'CHAIN_INVALID',
  }),
  story('authority-expired', 'The authority expired a second ago.', { ...above(authority({ notAfter: NOW - 1 })), code: 'CERT_EXPIRED' }),
  story('authority-not-yet', 'The authority is valid from the next second.', {
    ...above(authority({ notBefore: NOW + 1 })),
    code: 'CERT_EXPIRED',
  }),

  story('list-missing', 'Without the revocation list of the root.', { ...listed(), code: 'CRL_MISSING' }),
  story('list-of-another', 'The list of another family.', { ...listed(arkCrl('Milan')), code: 'CRL_MISSING' }),
  story('list-stale', 'The list was to be replaced a second ago.', { ...listed(list({ nextUpdate: NOW - 1 })), code: 'CRL_STALE' }),
  story('list-from-the-future', 'The list is valid from the next second.', { ...listed(list({ thisUpdate: NOW + 1 })), code: 'CRL_STALE' }),
  story('list-forged', 'Another key has signed the list.', { ...listed(list({ by: snpKeys.ask })), code: 'CRL_INVALID' }),
  story('list-flipped', 'One bit of the list’s signature is another.', { ...listed(flip(arkCrl('Genoa'), -1)), code: 'CRL_INVALID' }),
  story('list-garbage', 'Garbage in place of the list.', { ...listed(utf8('garbage')), code: 'CRL_INVALID' }),
  story('list-empty', 'No bytes in place of the list.', { ...listed(new Uint8Array()), code: 'CRL_INVALID' }),
  story('garbage-beside-the-list', 'Garbage beside the right list.', { ...listed(arkCrl('Genoa'), utf8('garbage')), code: 'CRL_INVALID' }),
  story('forged-beside-the-list', 'A forged list beside the right one.', {
    ...listed(arkCrl('Genoa'), list({ by: snpKeys.ask })),
    code: 'CRL_INVALID',
  }),
  story('revoked-authority', 'The authority was revoked.', { ...listed(arkCrl('Genoa', [5, 0x10001])), code: 'CERT_REVOKED' }),
  story('revoked-by-second-list', 'The second list of the root revokes the authority.', {
    ...listed(arkCrl('Genoa'), arkCrl('Genoa', [0x10001])),
    code: 'CERT_REVOKED',
  }),

  story('debug', 'The guest’s policy allows debugging.', { ...report({ 8: [0, 0, 0x0b] }), code: 'DEBUG_ENABLED' }),
  story('migration', 'The guest’s policy allows migration.', { ...report({ 8: [0, 0, 7] }), code: 'POLICY_BITS' }),
  story('vmpl', 'Asked for by privilege level 1.', { ...report({ 48: [1] }), code: 'POLICY_BITS' }),
  story('smt', 'Multithreading is on, and the policy allows none.', { policy: { allowSmt: false }, code: 'POLICY_BITS' }),
  story('smt-by-platform-denied', 'The guest’s policy allows no multithreading; the platform has it on.', {
    ...report({ 8: [0, 0, 2], 64: [1] }),
    policy: { allowSmt: false },
    code: 'POLICY_BITS',
  }),
  story('alias-check', 'The memory was not looked at for aliases.', {
    ...report({ 64: [5] }),
    policy: { requireAliasCheck: true },
    code: 'POLICY_BITS',
  }),
  story('milan-denied', 'A Milan, under the policy that denies it.', {
    ...report({ 392: [0x19, 1, 1] }),
    endorsements: snpEndorsements('Milan'),
    roots: snpRoots('Milan'),
    code: 'PLATFORM_DENIED',
  }),
  story('family-unlisted', 'The policy names no least versions for this family.', {
    policy: { tcb: { ...milan.policy.tcb } },
    code: 'TCB_REJECTED',
  }),
  story('old-microcode', 'Microcode one below the least version.', {
    policy: { tcb: { ...milan.policy.tcb, minSvn: { Genoa: { microcode: 73 } } } },
    code: 'TCB_REJECTED',
  }),
  story('version-unknown', 'The policy asks for a version of a part that there is not.', {
    policy: { tcb: { ...milan.policy.tcb, minSvn: { Genoa: { fmc: 0 } } } },
    code: 'TCB_REJECTED',
  }),
]
