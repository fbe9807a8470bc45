import { concatBytes, utf8 } from '@opengradient/protocol'
import { AUTHORITY, DAY, issue, issueCrl, NOW } from '../../../src/testkit/ca.testkit.ts'
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
import { extension, int, octets, oid, seq } from '../../../src/testkit/der.testkit.ts'
import { flip, patched } from '../../../src/testkit/flip.testkit.ts'
import { ecKey } from '../../../src/testkit/keys.testkit.ts'
import { find } from '../cast.ts'
import { type Case, type Story, tell } from '../story.ts'

const EVIDENCE = quote()
const ENDORSEMENTS = collateral()
const story = tell({ platform: 'tdx', evidence: EVIDENCE, endorsements: ENDORSEMENTS, roots: intelRoots })
const made = (o: Parameters<typeof quote>[0]): Case => ({ evidence: quote(o) })
const domain = (patches: Parameters<typeof tdBody>[0], size = 584): Case => made({ body: tdBody(patches, size) })
const platform = (o: Parameters<typeof pck>[0]): Case => made({ certificates: pem(pck(o), pckCa, intelRoot) })
const chain = (...ders: readonly Uint8Array[]): Case => made({ certificates: pem(...ders) })
const beside = (changes: Parameters<typeof collateral>[0]): Case => ({ endorsements: collateral(changes) })
const info = (changes: object): Case => beside({ tcbInfo: signedFile(tcbInfo('TDX', changes)) })
const identity = (changes: object): Case => beside({ qeIdentity: signedFile(qeIdentity('TD_QE', changes)) })
const at = (offset: number, code: Story['code'] = 'SIGNATURE_INVALID', bit = 0): Case => ({
  evidence: flip(EVIDENCE, offset, bit),
  code: code!,
})
const tcb = { statuses: ['UpToDate'] as const, graceDays: 0, minEvaluation: 0, minSvn: {} }
const levels = (...statuses: readonly string[]): Case['policy'] & object => ({ tcb: { ...tcb, statuses: statuses as never } })
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const other = ecKey('P-256', 'other')
const { root, ca, pck: platformKey, tcb: signer } = intelKeys
const rootList = (o: object): Uint8Array => issueCrl({ issuer: 'Intel SGX Root CA', by: root, ...o })
const caList = (o: object): Uint8Array => issueCrl({ issuer: 'Intel SGX PCK Platform CA', by: ca, ...o })
const lists = (...crls: readonly Uint8Array[]): Case => beside({ crls })
const rejected = (change: Case, code: Story['code']): Case => ({ ...change, code: code! })

type Level = { tcb: Record<string, unknown>; tcbStatus: string; tcbDate: string; advisoryIDs?: readonly string[] }
const published = tcbInfo('TDX') as { tcbLevels: Level[]; tdxModule: object; tdxModuleIdentities: { tcbLevels: Level[] }[] }
const [best, behind] = published.tcbLevels as [Level, Level]
const module = published.tdxModuleIdentities[0]!
const moduleLevel = (tcbStatus: string): Level => ({ ...module.tcbLevels[0]!, tcbStatus })
/** TCB info whose platform and module are of these levels. */
const rated = (status: string, ofModule = 'UpToDate', tcbDate = best.tcbDate): Case =>
  info({
    tcbLevels: [{ ...best, tcbStatus: status, tcbDate }, behind],
    tdxModuleIdentities: [{ ...module, tcbLevels: [moduleLevel(ofModule)] }],
  })
const qeAt = find(EVIDENCE, sgxBody({ 320: EVIDENCE.subarray(0, 0) }).subarray(0, 300))
const signatureAt = 48 + 584 + 4
const header = published.tdxModule
const SGX = '1.2.840.113741.1.13.1'
const pair = (arc: string, value: Uint8Array): Uint8Array => seq(oid(`${SGX}.${arc}`), value)
const svns = Array.from({ length: 16 }, (_, i) => pair(`2.${i + 1}`, int(i < 2 ? 5 : 2)))
/** Intel's extension from its fields; `undefined` leaves one out. */
const fields = (o: {
  ppid?: Uint8Array
  tcb?: Uint8Array
  pceId?: Uint8Array
  fmspc?: Uint8Array
  more?: Uint8Array
  whole?: Uint8Array
}): Case => {
  const value = seq(
    pair('1', o.ppid ?? octets(new Uint8Array(16).fill(0x77))),
    pair('2', o.tcb ?? seq(...svns, pair('2.17', int(11)))),
    pair('3', o.pceId ?? octets(new Uint8Array(2))),
    pair('4', o.fmspc ?? octets(Uint8Array.of(0xb0, 0xc0, 0x6f, 0, 0, 0))),
    o.more ?? new Uint8Array(),
  )
  return platform({ extensions: [extension(SGX, o.whole ?? value)] })
}
const body = (name: 'tcbInfo' | 'qeIdentity', change: (file: NonNullable<typeof ENDORSEMENTS.tcbInfo>) => object): Case => {
  const file = ENDORSEMENTS[name]!
  return beside({ [name]: { ...file, ...change(file) } })
}
const text = (json: string): Case =>
  beside({ tcbInfo: { body: utf8(json), signature: signer.raw(utf8(json)), certificates: [tcbSigner(), intelRoot] } })
const without = (file: object, name: string): object => Object.fromEntries(Object.entries(file).filter(([key]) => key !== name))
const fileWithout = (name: string): Case => beside({ tcbInfo: signedFile(without(tcbInfo('TDX'), name)) })
const parts = (count: number): object[] => Array.from({ length: count }, () => ({ svn: 0 }))

export const tdx: readonly Story[] = [
  story('v4', 'A quote of version 4 with all of Intel’s collateral.'),
  story('v5', 'A quote of version 5 with a body of the first kind.', made({ version: 5 })),
  story(
    'v5-long',
    'A quote of version 5 with the longer body, of a domain that another one services.',
    made({ version: 5, body: tdBody({ 584: new Uint8Array(64).fill(0x5e) }, 648) }),
  ),
  story('hardware', 'Under a root that stands for hardware it reaches the level tee.', {
    roots: { intel: { anchors: [{ certificate: intelRoot, trust: 'hardware' }] } },
    policy: { allowDevelopment: false },
  }),
  story('root-left-out', 'The chain ends below the root, which the verifier has.', chain(pck(), pckCa)),
  story(
    'nul',
    'The certificates end in a NUL, as the quoting enclave writes them.',
    made({ certificates: concatBytes(pem(pck(), pckCa, intelRoot), Uint8Array.of(0)) }),
  ),
  story(
    'crlf',
    'The certificates have lines of another system.',
    made({ certificates: utf8(new TextDecoder().decode(pem(pck(), pckCa, intelRoot)).replaceAll('\n', '\r\n')) }),
  ),
  story('processor-ca', 'The platform’s certificate is by the other of Intel’s two authorities.', {
    ...chain(
      pck({ issuer: 'Intel SGX PCK Processor CA' }),
      issue({
        subject: 'Intel SGX PCK Processor CA',
        issuer: 'Intel SGX Root CA',
        key: ca,
        by: root,
        ...AUTHORITY,
        pathLength: 0,
        serial: 11,
      }),
      intelRoot,
    ),
    ...lists(rootCrl(), issueCrl({ issuer: 'Intel SGX PCK Processor CA', by: ca })),
  }),
  story('first-module', 'A module of the first generation, which has no levels of its own.', domain({ 0: [5, 0, 2] })),
  story('auth-data', 'The quoting enclave signs no data of its own along.', made({ auth: new Uint8Array() })),
  story('no-collateral', 'Without Intel’s files, under a policy that takes any level.', {
    ...beside({ tcbInfo: undefined, qeIdentity: undefined } as never),
    endorsements: { crls: [rootCrl(), pckCrl()] },
    policy: levels('Unknown'),
  }),
  story('nothing-beside', 'Without anything beside the quote, under a policy that takes that.', {
    endorsements: {},
    policy: { ...levels('Unknown'), revocation: 'optional' },
  }),
  story('file-first-second', 'In the first second of both files.', {
    ...beside({
      tcbInfo: signedFile(tcbInfo('TDX', { issueDate: iso(NOW) })),
      qeIdentity: signedFile(qeIdentity('TD_QE', { issueDate: iso(NOW) })),
    }),
  }),
  story('file-last-second', 'In the last second of the TCB info.', info({ nextUpdate: iso(NOW) })),
  story('identity-last-second', 'In the last second of the QE identity.', identity({ nextUpdate: iso(NOW) })),
  story(
    'signer-ends-first',
    'Of everything, the signer of Intel’s files expires first.',
    beside({ tcbInfo: signedFile(tcbInfo('TDX'), signer, [tcbSigner({ notAfter: NOW + 60 }), intelRoot]) }),
  ),
  story('identity-behind', 'The evaluation is the lower one of both files.', info({ tcbEvaluationDataNumber: 12 })),
  story('unknown-members', 'Members of Intel’s files that nobody knows, and no advisories.', info({ surprise: { deep: [1, 2] } })),
  story('no-later-modules', 'TCB info that knows the first generation of modules only.', {
    ...info({ tdxModuleIdentities: undefined }),
    ...domain({ 0: [5, 0, 2] }),
  }),
  story('module-lower-case', 'The name of the module in lower case.', info({ tdxModuleIdentities: [{ ...module, id: 'tdx_01' }] })),
  story('module-ten', 'A module of generation 10, which hex calls 0A.', {
    ...info({ tdxModuleIdentities: [{ ...module, id: 'TDX_0A' }] }),
    ...domain({ 0: [5, 10, 2] }),
  }),
  story(
    'second-module',
    'The module is the second that Intel names.',
    info({ tdxModuleIdentities: [{ ...module, id: 'TDX_03' }, module] }),
  ),
  story(
    'more-than-enough',
    'All versions above those of the level.',
    platform({ components: Array.from({ length: 16 }, () => 9), pceSvn: 12 }),
  ),
  story('out-of-date-grace', 'Behind for ten days, under a policy with eleven days of grace.', {
    ...platform({ pceSvn: 10 }),
    policy: { tcb: { ...tcb, graceDays: 11 } },
  }),
  story('out-of-date-allowed', 'Behind, under a policy that allows it.', {
    ...platform({ pceSvn: 10 }),
    policy: levels('UpToDate', 'OutOfDate'),
  }),
  story('module-behind', 'The module is behind, with an advisory; the policy allows it.', {
    ...domain({ 0: [3, 1, 2] }),
    policy: levels('OutOfDate'),
  }),
  story('enclave-behind', 'The quoting enclave is behind; the policy allows it.', {
    ...made({ qe: { 258: [3, 0] } }),
    policy: levels('OutOfDate'),
  }),
  story('platform-and-enclave-behind', 'Platform and quoting enclave are behind, since different days.', {
    ...made({ qe: { 258: [3, 0] }, certificates: pem(pck({ pceSvn: 10 }), pckCa, intelRoot) }),
    ...identity({
      tcbLevels: [
        { tcb: { isvsvn: 4 }, tcbDate: iso(NOW - 50 * DAY), tcbStatus: 'UpToDate' },
        { tcb: { isvsvn: 2 }, tcbDate: iso(NOW - 400 * DAY), tcbStatus: 'OutOfDate', advisoryIDs: ['INTEL-SA-2'] },
      ],
    }),
    policy: levels('OutOfDate'),
  }),
  ...(
    [
      ['SWHardeningNeeded', 'UpToDate', 'SWHardeningNeeded'],
      ['UpToDate', 'SWHardeningNeeded', 'SWHardeningNeeded'],
      ['SWHardeningNeeded', 'SWHardeningNeeded', 'SWHardeningNeeded'],
      ['ConfigurationNeeded', 'UpToDate', 'ConfigurationNeeded'],
      ['ConfigurationNeeded', 'ConfigurationNeeded', 'ConfigurationNeeded'],
      ['ConfigurationNeeded', 'SWHardeningNeeded', 'ConfigurationAndSWHardeningNeeded'],
      ['SWHardeningNeeded', 'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded'],
      ['ConfigurationAndSWHardeningNeeded', 'ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded'],
      ['ConfigurationNeeded', 'ConfigurationAndSWHardeningNeeded', 'ConfigurationAndSWHardeningNeeded'],
      ['ConfigurationNeeded', 'OutOfDate', 'OutOfDateConfigurationNeeded'],
      ['OutOfDate', 'ConfigurationAndSWHardeningNeeded', 'OutOfDateConfigurationNeeded'],
      ['OutOfDateConfigurationNeeded', 'UpToDate', 'OutOfDateConfigurationNeeded'],
      ['UpToDate', 'OutOfDateConfigurationNeeded', 'OutOfDateConfigurationNeeded'],
      ['OutOfDate', 'SWHardeningNeeded', 'OutOfDate'],
      ['SWHardeningNeeded', 'OutOfDate', 'OutOfDate'],
    ] as const
  ).map(([a, b, both], i) =>
    story(`merged-${i + 1}`, `Platform ${a}, module ${b}: together ${both}, which the policy allows.`, {
      ...rated(a, b),
      policy: levels(both),
    }),
  ),

  ...(
    [
      ['header-tee', 4, 'UNSUPPORTED'],
      ['header-key-type', 2, 'UNSUPPORTED'],
      ['header-qe', 12, 'UNSUPPORTED'],
      ['header-user-data', 30, 'SIGNATURE_INVALID'],
      ['tee-tcb-svn', 48, 'SIGNATURE_INVALID'],
      ['mrseam', 48 + 20, 'SIGNATURE_INVALID'],
      ['mrsignerseam', 48 + 70, 'SIGNATURE_INVALID'],
      ['seam-attributes', 48 + 112, 'SIGNATURE_INVALID'],
      ['attributes', 48 + 120, 'SIGNATURE_INVALID'],
      ['xfam', 48 + 128, 'SIGNATURE_INVALID'],
      ['mrtd', 48 + 136, 'SIGNATURE_INVALID'],
      ['mrconfigid', 48 + 190, 'SIGNATURE_INVALID'],
      ['mrowner', 48 + 240, 'SIGNATURE_INVALID'],
      ['mrownerconfig', 48 + 290, 'SIGNATURE_INVALID'],
      ['rtmr0', 48 + 330, 'SIGNATURE_INVALID'],
      ['rtmr3', 48 + 500, 'SIGNATURE_INVALID'],
      ['report-data', 48 + 520, 'SIGNATURE_INVALID'],
      ['length', 48 + 584, 'MALFORMED'],
      ['signature', signatureAt, 'SIGNATURE_INVALID'],
      ['attestation-key', signatureAt + 64, 'SIGNATURE_INVALID'],
      ['certification-kind', signatureAt + 128, 'UNSUPPORTED'],
      ['certification-length', signatureAt + 130, 'MALFORMED'],
      ['qe-report', qeAt + 64, 'SIGNATURE_INVALID'],
      ['qe-report-data', qeAt + 320, 'SIGNATURE_INVALID'],
      ['qe-signature', qeAt + 390, 'SIGNATURE_INVALID'],
      ['qe-auth-data', qeAt + 455, 'SIGNATURE_INVALID'],
      ['chain-kind', qeAt + 384 + 64 + 2 + 32, 'UNSUPPORTED'],
    ] as const
  ).map(([name, offset, code]) => story(`flip-${name}`, `One bit of the quote is another: ${name}.`, at(offset, code))),
  story('flip-pck', 'One bit of the platform’s certificate is another.', chainFlip(0)),
  story('flip-ca', 'One bit of the authority’s certificate is another.', chainFlip(1)),
  story('flip-root', 'One bit of the root is another: it is no root any more.', { ...chainFlip(2), code: 'UNTRUSTED_ROOT' }),

  story('cut', 'The last byte is missing.', { evidence: EVIDENCE.subarray(0, -1), code: 'MALFORMED' }),
  story('trailing', 'One byte after the quote.', { evidence: concatBytes(EVIDENCE, Uint8Array.of(0)), code: 'MALFORMED' }),
  story(
    'trailing-in-data',
    'A byte after the certification data, within the length of the signature.',
    rejected({ evidence: grown(EVIDENCE, signatureAt - 4) }, 'MALFORMED'),
  ),
  story(
    'trailing-in-certification',
    'A byte after the certificates, within the length of the certification data.',
    rejected({ evidence: grown(grown(EVIDENCE, signatureAt - 4), signatureAt + 130, false) }, 'MALFORMED'),
  ),
  story('huge-length', 'A signature that says it has 2^32 − 1 bytes.', {
    evidence: patched(EVIDENCE, 48 + 584, [255, 255, 255, 255]),
    code: 'MALFORMED',
  }),
  story('version-2', 'A quote of version 2.', rejected(made({ header: { 0: [2, 0, 2, 0, 0x81] } }), 'UNSUPPORTED')),
  story('version-6', 'A quote of version 6.', rejected(made({ header: { 0: [6, 0, 2, 0, 0x81] } }), 'UNSUPPORTED')),
  story('version-3', 'A trust domain in a quote of version 3.', rejected(made({ version: 3 }), 'UNSUPPORTED')),
  story('sgx', 'The quote of an SGX enclave.', rejected(made({ body: sgxBody() }), 'UNSUPPORTED')),
  story('v5-type', 'A body of a type that nobody knows.', { evidence: patched(quote({ version: 5 }), 48, [4]), code: 'UNSUPPORTED' }),
  story('v5-size', 'A body of another size than its type has.', {
    evidence: patched(quote({ version: 5 }), 50, [0x49]),
    code: 'MALFORMED',
  }),
  story(
    'v5-sgx-body',
    'The body of an enclave in the quote of a trust domain.',
    rejected(made({ version: 5, body: sgxBody(), tee: 0x81 }), 'MALFORMED'),
  ),
  story('chain-kind', 'Certificates of another kind.', rejected(made({ kinds: [6, 4] }), 'UNSUPPORTED')),
  story('signed-by-another', 'Another key than the bound one has signed.', rejected(made({ by: other }), 'SIGNATURE_INVALID')),
  story(
    'enclave-by-another',
    'Another key than the platform’s has signed the quoting enclave’s report.',
    rejected(made({ pckKey: other }), 'SIGNATURE_INVALID'),
  ),
  story(
    'key-not-bound',
    'The quoting enclave has bound another key.',
    rejected(made({ qe: { 320: new Uint8Array(64).fill(1) } }), 'SIGNATURE_INVALID'),
  ),
  story('bound-and-more', 'The report data of the quoting enclave goes on after the digest.', {
    evidence: boundAndMore(),
    code: 'SIGNATURE_INVALID',
  }),
  story('enclave-debug', 'The quoting enclave runs in debug mode.', rejected(made({ qe: { 48: [0x13] } }), 'TCB_REJECTED')),
  story(
    'pck-on-p384',
    'The platform’s key is on P-384.',
    rejected(made({ certificates: pem(pck({ key: ecKey('P-384', 'big') }), pckCa, intelRoot) }), 'SIGNATURE_INVALID'),
  ),
  story(
    'pem-garbage',
    'Text before the certificates.',
    rejected(made({ certificates: concatBytes(utf8('x'), pem(pck(), pckCa, intelRoot)) }), 'MALFORMED'),
  ),
  story(
    'pem-between',
    'Text between the certificates.',
    rejected(made({ certificates: concatBytes(pem(pck()), utf8('Subject: x\n'), pem(pckCa, intelRoot)) }), 'MALFORMED'),
  ),
  story(
    'pem-two-nuls',
    'Two NULs after the certificates.',
    rejected(made({ certificates: concatBytes(pem(pck(), pckCa, intelRoot), Uint8Array.of(0, 0)) }), 'MALFORMED'),
  ),
  story(
    'pem-base64',
    'A certificate whose base64 has a bit too many.',
    rejected(made({ certificates: utf8('-----BEGIN CERTIFICATE-----\nMA=\n-----END CERTIFICATE-----\n') }), 'MALFORMED'),
  ),
  story('pem-nine', 'Nine certificates.', rejected(chain(...Array.from({ length: 9 }, () => intelRoot)), 'MALFORMED')),
  story('pem-none', 'No certificates.', rejected(made({ certificates: new Uint8Array() }), 'CHAIN_INVALID')),

  story('vendor-roots', 'Development evidence under the roots of the vendors.', { roots: 'vendors', code: 'UNTRUSTED_ROOT' }),
  story('no-roots', 'No root is trusted.', { roots: {}, code: 'UNTRUSTED_ROOT' }),
  story('chain-swapped', 'Platform and authority in the other order.', rejected(chain(pckCa, pck(), intelRoot), 'CHAIN_INVALID')),
  story(
    'pck-by-root',
    'The root itself has issued the platform’s certificate.',
    rejected(chain(pck({ issuer: 'Intel SGX Root CA', by: root }), intelRoot), 'CHAIN_INVALID'),
  ),
  story(
    'signed-by-tcb-signer',
    'The key that signs Intel’s files certifies the quoting enclave.',
    rejected(made({ certificates: pem(tcbSigner(), intelRoot), pckKey: signer }), 'CHAIN_INVALID'),
  ),
  story(
    'leaf-name',
    'A leaf that is not called what Intel calls platforms.',
    rejected(platform({ subject: 'Intel SGX TCB Signing' }), 'CHAIN_INVALID'),
  ),
  story(
    'authority-name',
    'An authority under Intel’s root that does not certify platforms.',
    rejected(
      chain(
        pck({ issuer: 'Intel SGX Other CA' }),
        issue({ subject: 'Intel SGX Other CA', issuer: 'Intel SGX Root CA', key: ca, by: root, ...AUTHORITY, pathLength: 0 }),
        intelRoot,
      ),
      'CHAIN_INVALID',
    ),
  ),
  story(
    'chain-of-four',
    'Another authority between Intel’s two.',
    rejected(
      {
        ...chain(
          pck(),
          issue({ subject: 'Intel SGX PCK Platform CA', issuer: 'Between', key: ca, by: other, ...AUTHORITY }),
          issue({ subject: 'Between', issuer: 'Intel SGX Root CA', key: other, by: root, ...AUTHORITY }),
          wide(),
        ),
        roots: { intel: { anchors: [{ certificate: wide(), trust: 'development' }] } },
      },
      'CHAIN_INVALID',
    ),
  ),
  story('pck-expired', 'The platform’s certificate expired a second ago.', rejected(platform({ notAfter: NOW - 1 }), 'CERT_EXPIRED')),
  story(
    'pck-extension-missing',
    'The platform’s certificate does not say which platform.',
    rejected(platform({ extensions: [] }), 'CHAIN_INVALID'),
  ),
  story(
    'pck-field-twice',
    'Intel’s extension names the platform twice.',
    rejected(fields({ more: pair('1', octets(new Uint8Array(16))) }), 'MALFORMED'),
  ),
  story(
    'pck-field-foreign',
    'A field of another arc in Intel’s extension.',
    rejected(fields({ more: seq(oid('1.2.840.113741.1.14.1'), int(1)) }), 'MALFORMED'),
  ),
  story('pck-field-deep', 'A field two arcs below Intel’s extension.', rejected(fields({ more: pair('7.1', int(1)) }), 'MALFORMED')),
  story(
    'pck-field-long',
    'A field with something after its value.',
    rejected(fields({ more: seq(oid(`${SGX}.9`), int(1), int(2)) }), 'MALFORMED'),
  ),
  story('pck-ppid-short', 'The platform’s name has 15 bytes.', rejected(fields({ ppid: octets(new Uint8Array(15)) }), 'MALFORMED')),
  story('pck-ppid-number', 'The platform’s name is a number.', rejected(fields({ ppid: int(5) }), 'MALFORMED')),
  story(
    'pck-svn-missing',
    'Fifteen version numbers.',
    rejected(fields({ tcb: seq(...svns.slice(1), pair('2.17', int(11))) }), 'MALFORMED'),
  ),
  story(
    'pck-svn-high',
    'A version number of 256.',
    rejected(fields({ tcb: seq(...svns.slice(1), pair('2.1', int(256)), pair('2.17', int(11))) }), 'MALFORMED'),
  ),
  story(
    'pck-svn-octets',
    'A version number that is no number.',
    rejected(fields({ tcb: seq(...svns.slice(1), pair('2.1', octets(Uint8Array.of(5))), pair('2.17', int(11))) }), 'MALFORMED'),
  ),
  story(
    'pck-pce-high',
    'A version of the certification enclave above 65,535.',
    rejected(fields({ tcb: seq(...svns, pair('2.17', int(65_536))) }), 'MALFORMED'),
  ),
  story('pck-trailing', 'Bytes after Intel’s extension.', rejected(fields({ whole: concatBytes(seq(), int(1)) }), 'MALFORMED')),

  story('lists-missing', 'Without revocation lists.', rejected(lists(), 'CRL_MISSING')),
  story('root-list-missing', 'Without the list of the root.', rejected(lists(pckCrl()), 'CRL_MISSING')),
  story('pck-list-missing', 'Without the list of the platforms’ authority.', rejected(lists(rootCrl()), 'CRL_MISSING')),
  story(
    'pck-list-stale',
    'The list of the platforms was to be replaced a second ago.',
    rejected(lists(rootCrl(), caList({ nextUpdate: NOW - 1 })), 'CRL_STALE'),
  ),
  story(
    'root-list-stale',
    'The list of the root was to be replaced a second ago.',
    rejected(lists(rootList({ nextUpdate: NOW - 1 }), pckCrl()), 'CRL_STALE'),
  ),
  story(
    'pck-list-future',
    'The list of the platforms is valid from the next second.',
    rejected(lists(rootCrl(), caList({ thisUpdate: NOW + 1 })), 'CRL_STALE'),
  ),
  story(
    'pck-list-forged',
    'Another key has signed the list of the platforms.',
    rejected(lists(rootCrl(), caList({ by: other })), 'CRL_INVALID'),
  ),
  story('pck-list-garbage', 'Garbage in place of the list of the platforms.', rejected(lists(rootCrl(), utf8('garbage')), 'CRL_INVALID')),
  story('lists-empty', 'No bytes in place of both lists.', rejected(lists(new Uint8Array(), new Uint8Array()), 'CRL_INVALID')),
  story(
    'pck-list-flipped',
    'One bit of the signature of the platforms’ list is another.',
    rejected(lists(rootCrl(), flip(pckCrl(), -1)), 'CRL_INVALID'),
  ),
  story(
    'pck-list-by-root',
    'The root has signed the list of the platforms under the authority’s name.',
    rejected(lists(rootCrl(), caList({ by: root })), 'CRL_INVALID'),
  ),
  story('pck-revoked', 'The platform was revoked.', rejected(lists(rootCrl(), pckCrl([13])), 'CERT_REVOKED')),
  story('ca-revoked', 'The platforms’ authority was revoked.', rejected(lists(rootCrl([11]), pckCrl()), 'CERT_REVOKED')),
  story('tcb-signer-revoked', 'The signer of Intel’s files was revoked.', rejected(lists(rootCrl([12]), pckCrl()), 'CERT_REVOKED')),

  story('collateral-missing', 'Without Intel’s files.', { endorsements: { crls: [rootCrl(), pckCrl()] }, code: 'COLLATERAL_MISSING' }),
  story('tcb-info-missing', 'Without TCB info.', {
    endorsements: { crls: [rootCrl(), pckCrl()], qeIdentity: ENDORSEMENTS.qeIdentity! },
    code: 'COLLATERAL_MISSING',
  }),
  story('identity-missing', 'Without the QE identity.', {
    endorsements: { crls: [rootCrl(), pckCrl()], tcbInfo: ENDORSEMENTS.tcbInfo! },
    code: 'COLLATERAL_MISSING',
  }),
  story(
    'tcb-info-stale',
    'The TCB info was to be replaced a second ago.',
    rejected(info({ nextUpdate: iso(NOW - 1) }), 'COLLATERAL_STALE'),
  ),
  story('tcb-info-future', 'The TCB info is valid from the next second.', rejected(info({ issueDate: iso(NOW + 1) }), 'COLLATERAL_STALE')),
  story(
    'identity-stale',
    'The QE identity was to be replaced a second ago.',
    rejected(identity({ nextUpdate: iso(NOW - 1) }), 'COLLATERAL_STALE'),
  ),
  story(
    'tcb-info-forged',
    'Another key has signed the TCB info.',
    rejected(beside({ tcbInfo: signedFile(tcbInfo('TDX'), other) }), 'COLLATERAL_INVALID'),
  ),
  story(
    'tcb-info-flipped',
    'One bit of the TCB info is another.',
    rejected(
      body('tcbInfo', ({ body }) => ({ body: flip(body, find(body, utf8('UpToDate'))) })),
      'COLLATERAL_INVALID',
    ),
  ),
  story(
    'identity-flipped',
    'One bit of the QE identity’s signature is another.',
    rejected(
      body('qeIdentity', ({ signature }) => ({ signature: flip(signature, 3) })),
      'COLLATERAL_INVALID',
    ),
  ),
  story(
    'tcb-info-by-platform',
    'The platform itself has signed the TCB info.',
    rejected(beside({ tcbInfo: signedFile(tcbInfo('TDX'), platformKey, [pck(), pckCa, intelRoot]) }), 'COLLATERAL_INVALID'),
  ),
  story(
    'signer-by-authority',
    'A signer of files by that name, certified by the platforms’ authority.',
    rejected(
      beside({
        tcbInfo: signedFile(tcbInfo('TDX'), signer, [tcbSigner({ issuer: 'Intel SGX PCK Platform CA', by: ca }), pckCa, intelRoot]),
      }),
      'COLLATERAL_INVALID',
    ),
  ),
  story(
    'signer-name',
    'A key under Intel’s root that is not for signing files.',
    rejected(
      beside({ tcbInfo: signedFile(tcbInfo('TDX'), signer, [tcbSigner({ subject: 'Intel SGX Something' }), intelRoot]) }),
      'COLLATERAL_INVALID',
    ),
  ),
  story(
    'signer-by-another',
    'A signer that another key than the root’s has certified.',
    rejected(beside({ tcbInfo: signedFile(tcbInfo('TDX'), signer, [tcbSigner({ by: other }), intelRoot]) }), 'CHAIN_INVALID'),
  ),
  story(
    'signer-expired',
    'The signer expired a second ago.',
    rejected(beside({ tcbInfo: signedFile(tcbInfo('TDX'), signer, [tcbSigner({ notAfter: NOW - 1 }), intelRoot]) }), 'CERT_EXPIRED'),
  ),
  story(
    'signer-garbage',
    'Garbage in place of the signer’s certificate.',
    rejected(
      body('tcbInfo', () => ({ certificates: [utf8('garbage')] })),
      'COLLATERAL_INVALID',
    ),
  ),
  story(
    'signer-absent',
    'A file without certificates.',
    rejected(
      body('tcbInfo', () => ({ certificates: [] })),
      'CHAIN_INVALID',
    ),
  ),
  story('files-swapped', 'TCB info and QE identity in each other’s place.', {
    endorsements: { ...ENDORSEMENTS, tcbInfo: ENDORSEMENTS.qeIdentity!, qeIdentity: ENDORSEMENTS.tcbInfo! },
    code: 'COLLATERAL_INVALID',
  }),
  story('info-of-sgx', 'The TCB info for SGX.', rejected(beside({ tcbInfo: signedFile(tcbInfo('SGX')) }), 'COLLATERAL_INVALID')),
  story(
    'identity-of-sgx',
    'The identity of SGX’s quoting enclave.',
    rejected(beside({ qeIdentity: signedFile(qeIdentity('QE')) }), 'COLLATERAL_INVALID'),
  ),
  story('info-version', 'TCB info of version 2.', rejected(info({ version: 2 }), 'COLLATERAL_INVALID')),
  story('info-type', 'TCB info of a type that nobody knows.', rejected(info({ tcbType: 1 }), 'COLLATERAL_INVALID')),
  story('identity-version', 'A QE identity of version 1.', rejected(identity({ version: 1 }), 'COLLATERAL_INVALID')),
  story(
    'fmspc-of-another',
    'The TCB info of another family of platforms.',
    rejected(info({ fmspc: '00806F050000' }), 'COLLATERAL_MISSING'),
  ),
  story('pce-of-another', 'The TCB info for another certification enclave.', rejected(info({ pceId: '0001' }), 'COLLATERAL_MISSING')),
  ...['id', 'issueDate', 'nextUpdate', 'fmspc', 'pceId', 'tcbEvaluationDataNumber', 'tcbLevels', 'tdxModule'].map((name) =>
    story(`info-without-${name.toLowerCase()}`, `TCB info without ${name}.`, rejected(fileWithout(name), 'COLLATERAL_INVALID')),
  ),
  story(
    'info-twice',
    'A member of the TCB info is there twice.',
    rejected(text(JSON.stringify(tcbInfo('TDX')).replace('{', '{"id":"TDX",')), 'COLLATERAL_INVALID'),
  ),
  story('info-not-json', 'Signed TCB info that is no JSON.', rejected(text('{'), 'COLLATERAL_INVALID')),
  story('info-list', 'Signed TCB info that is a list.', rejected(text('[]'), 'COLLATERAL_INVALID')),
  story('info-null', 'A level that is null.', rejected(info({ tcbLevels: [null] }), 'COLLATERAL_INVALID')),
  story('info-levels-empty', 'No levels.', rejected(info({ tcbLevels: [] }), 'COLLATERAL_INVALID')),
  story('info-levels-text', 'A text in place of the levels.', rejected(info({ tcbLevels: 'all' }), 'COLLATERAL_INVALID')),
  story('info-levels-list', 'A list in place of a level.', rejected(info({ tcbLevels: [[]] }), 'COLLATERAL_INVALID')),
  story('info-date', 'A date with milliseconds.', rejected(info({ nextUpdate: '2026-06-01T00:00:00.000Z' }), 'COLLATERAL_INVALID')),
  story('info-date-real', 'A date that there is not.', rejected(info({ nextUpdate: '2026-13-01T00:00:00Z' }), 'COLLATERAL_INVALID')),
  story('info-status', 'A status that nobody knows.', rejected(rated('Fine'), 'COLLATERAL_INVALID')),
  story('info-status-own', 'A status that Intel never states.', rejected(rated('Unrated'), 'COLLATERAL_INVALID')),
  story(
    'info-status-number',
    'A status that is a number.',
    rejected(info({ tcbLevels: [{ ...best, tcbStatus: 1 }] }), 'COLLATERAL_INVALID'),
  ),
  story(
    'info-advisories',
    'Advisories that are no texts.',
    rejected(info({ tcbLevels: [{ ...best, advisoryIDs: [1] }] }), 'COLLATERAL_INVALID'),
  ),
  story(
    'info-advisories-text',
    'A text in place of advisories.',
    rejected(info({ tcbLevels: [{ ...best, advisoryIDs: 'INTEL-SA-1' }] }), 'COLLATERAL_INVALID'),
  ),
  story(
    'info-parts',
    'Fifteen versions in a level.',
    rejected(info({ tcbLevels: [{ ...best, tcb: { ...best.tcb, sgxtcbcomponents: parts(15) } }] }), 'COLLATERAL_INVALID'),
  ),
  story(
    'info-parts-tdx',
    'Seventeen versions of TDX in a level.',
    rejected(info({ tcbLevels: [{ ...best, tcb: { ...best.tcb, tdxtcbcomponents: parts(17) } }] }), 'COLLATERAL_INVALID'),
  ),
  story(
    'info-svn-high',
    'A version of 256 in a level.',
    rejected(
      info({ tcbLevels: [{ ...best, tcb: { ...best.tcb, sgxtcbcomponents: [{ svn: 256 }, ...parts(15)] } }] }),
      'COLLATERAL_INVALID',
    ),
  ),
  story(
    'info-svn-fraction',
    'A version of one half.',
    rejected(info({ tcbLevels: [{ ...best, tcb: { ...best.tcb, pcesvn: 0.5 } }] }), 'COLLATERAL_INVALID'),
  ),
  story(
    'info-svn-negative',
    'A version below 0.',
    rejected(info({ tcbLevels: [{ ...best, tcb: { ...best.tcb, pcesvn: -1 } }] }), 'COLLATERAL_INVALID'),
  ),
  story('info-fmspc-short', 'The family of platforms in five bytes.', rejected(info({ fmspc: 'B0C06F0000' }), 'COLLATERAL_INVALID')),
  story('info-module-text', 'A text in place of the module.', rejected(info({ tdxModule: 'module' }), 'COLLATERAL_INVALID')),
  story(
    'info-module-hex',
    'A signer of the module that is not hex.',
    rejected(info({ tdxModule: { ...header, mrsigner: 'z'.repeat(96) } }), 'COLLATERAL_INVALID'),
  ),

  story(
    'old-cpu',
    'A version of the processor below every level.',
    rejected(platform({ components: Array.from({ length: 16 }, (_, i) => (i === 0 ? 1 : 9)) }), 'TCB_REJECTED'),
  ),
  story(
    'old-cpu-last-part',
    'The last of sixteen versions is below the level.',
    rejected({ ...info({ tcbLevels: [{ ...best, tcb: { ...best.tcb, sgxtcbcomponents: [...parts(15), { svn: 1 }] } }] }) }, 'TCB_REJECTED'),
  ),
  story('old-pce', 'The certification enclave is behind.', rejected(platform({ pceSvn: 10 }), 'TCB_REJECTED')),
  story('old-tdx', 'A version of TDX beyond the module’s is behind.', rejected(domain({ 0: [5, 1, 1] }), 'TCB_REJECTED')),
  story('old-first-module', 'A module of the first generation that is behind.', rejected(domain({ 0: [4, 0, 2] }), 'TCB_REJECTED')),
  story('old-module', 'The module is behind.', rejected(domain({ 0: [3, 1, 2] }), 'TCB_REJECTED')),
  story('oldest-module', 'The module is older than every level.', rejected(domain({ 0: [1, 1, 2] }), 'TCB_REJECTED')),
  story('unknown-module', 'A module of a generation that Intel does not know.', rejected(domain({ 0: [5, 2, 2] }), 'TCB_REJECTED')),
  story('module-signer', 'A module that somebody else than Intel has signed.', rejected(domain({ 64: [1] }), 'TCB_REJECTED')),
  story('module-attributes', 'A module with attributes that Intel’s has not.', rejected(domain({ 112: [1] }), 'TCB_REJECTED')),
  story(
    'first-module-signer',
    'A module of the first generation that somebody else has signed.',
    rejected(domain({ 0: [5, 0, 2], 64: [1] }), 'TCB_REJECTED'),
  ),
  story('old-enclave', 'The quoting enclave is behind.', rejected(made({ qe: { 258: [3, 0] } }), 'TCB_REJECTED')),
  story('oldest-enclave', 'The quoting enclave is older than every level.', rejected(made({ qe: { 258: [1, 0] } }), 'TCB_REJECTED')),
  story('enclave-signer', 'An enclave by somebody else than Intel has quoted.', rejected(made({ qe: { 128: [0] } }), 'TCB_REJECTED')),
  story('enclave-product', 'Another enclave of Intel’s has quoted.', rejected(made({ qe: { 256: [1, 0] } }), 'TCB_REJECTED')),
  story('enclave-misc', 'The quoting enclave with a setting that Intel’s has not.', rejected(made({ qe: { 16: [1] } }), 'TCB_REJECTED')),
  story(
    'enclave-attributes',
    'The quoting enclave with attributes that Intel’s has not.',
    rejected(made({ qe: { 48: [0x31] } }), 'TCB_REJECTED'),
  ),
  story('status-hardening', 'A level that needs hardening.', rejected(rated('SWHardeningNeeded'), 'TCB_REJECTED')),
  story(
    'status-revoked',
    'A level that was revoked, while every other is allowed.',
    rejected({ ...rated('Revoked'), policy: levels('UpToDate', 'OutOfDate', 'SWHardeningNeeded') }, 'TCB_REJECTED'),
  ),
  story(
    'module-revoked',
    'The module’s level was revoked; the platform is behind.',
    rejected({ ...rated('OutOfDate', 'Revoked'), policy: levels('OutOfDate') }, 'TCB_REJECTED'),
  ),
  story(
    'grace-over',
    'Behind for ten days, on the second that the ten days of grace end.',
    rejected({ ...platform({ pceSvn: 10 }), policy: { tcb: { ...tcb, graceDays: 10 } } }, 'TCB_REJECTED'),
  ),
  story(
    'grace-not-for-this',
    'Days of grace do not help where no better level is known.',
    rejected({ ...rated('ConfigurationNeeded'), policy: { tcb: { ...tcb, graceDays: 400 } } }, 'TCB_REJECTED'),
  ),
  story('evaluation-old', 'The evaluation is older than the policy asks for.', {
    policy: { tcb: { ...tcb, minEvaluation: 17 } },
    code: 'COLLATERAL_STALE',
  }),
  story('old-module-svn', 'The policy asks for a later module.', {
    policy: { tcb: { ...tcb, minSvn: { tdx: { module: 6 } } } },
    code: 'TCB_REJECTED',
  }),
  story('debug', 'The host may debug the domain.', rejected(domain({ 120: [1] }), 'DEBUG_ENABLED')),
  story('untrusted-bit', 'A reserved bit that makes the domain untrusted.', rejected(domain({ 120: [0x80] }), 'DEBUG_ENABLED')),
  story('migratable', 'The domain may be migrated.', rejected(domain({ 123: [0x20] }), 'POLICY_BITS')),
]

function chainFlip(which: number): Case {
  const ders = [pck(), pckCa, intelRoot].map((der, i) => (i === which ? flip(der, -2) : der))
  return { ...chain(...ders), code: 'CHAIN_INVALID' }
}

/** One byte more at the end, and in the length of four bytes at `at`. */
function grown(bytes: Uint8Array, at: number, append = true): Uint8Array {
  const length = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true) + 1
  const longer = append ? concatBytes(bytes, Uint8Array.of(0)) : bytes
  return patched(longer, at, [length & 255, (length >> 8) & 255, length >> 16, 0])
}

/** The digest as it should be, then a byte that is not zero. */
function boundAndMore(): Uint8Array {
  const bound = EVIDENCE.slice(qeAt + 320, qeAt + 384)
  bound[63] = 1
  return quote({ qe: { 320: bound } })
}

function wide(): Uint8Array {
  return issue({ subject: 'Intel SGX Root CA', issuer: 'Intel SGX Root CA', key: root, by: root, ...AUTHORITY })
}
