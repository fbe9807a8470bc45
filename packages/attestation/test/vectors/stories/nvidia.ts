import { concatBytes, utf8 } from '@opengradient/protocol'
import { AUTHORITY, issue, issueCrl, LEAF, NOW, strange } from '../../../src/testkit/ca.testkit.ts'
import { extension, int, octets, oid, seq } from '../../../src/testkit/der.testkit.ts'
import { flip } from '../../../src/testkit/flip.testkit.ts'
import { ecKey } from '../../../src/testkit/keys.testkit.ts'
import {
  block,
  FIRMWARE,
  field,
  gpuBrom,
  gpuChain,
  gpuCrls,
  gpuFamily,
  gpuKeys,
  gpuLeaf,
  gpuMaker,
  gpuReport,
  gpuRoot,
  gpuRoots,
} from '../../../src/testkit/nvidia.testkit.ts'
import { find } from '../cast.ts'
import { type Case, type Story, tell } from '../story.ts'

const EVIDENCE = gpuReport()
const ENDORSEMENTS = { certificates: gpuChain(), crls: gpuCrls() }
const story = tell({ platform: 'nvidia-gpu', evidence: EVIDENCE, endorsements: ENDORSEMENTS, roots: gpuRoots })
const report = (o: Parameters<typeof gpuReport>[0]): Case => ({ evidence: gpuReport(o) })
const under = (...certificates: readonly Uint8Array[]): Case => ({ endorsements: { certificates, crls: gpuCrls() } })
const listed = (...crls: readonly Uint8Array[]): Case => ({ endorsements: { certificates: gpuChain(), crls } })
const rejected = (change: Case, code: Story['code']): Case => ({ ...change, code: code! })
const blocks = [block(1), block(2), block(3)]
const fields = [field(3, utf8('550.90.07\0')), field(6, Uint8Array.of(0, 0x9f, 0, 0x96, 1, 0, 0, 0)), field(20, FIRMWARE)]
const [rootList, familyList] = gpuCrls() as [Uint8Array, Uint8Array]
const signedLength = EVIDENCE.length - 96
const recordAt = 37 + 8
const small = ecKey('P-256', 'small gpu')
const family = (o: object): Uint8Array => issueCrl({ issuer: 'GH100 Identity', by: gpuKeys.family, ...o })
const device = (...parts: readonly Uint8Array[]): Case =>
  under(...gpuChain(gpuLeaf({ extensions: [extension('2.23.133.5.4.1', concatBytes(...parts))] })))
const named = (hash: string, ...more: readonly Uint8Array[]): Uint8Array => seq(oid(hash), octets(FIRMWARE), ...more)
const SHA384 = '2.16.840.1.101.3.4.2.2'
const { spki } = gpuKeys.gpu

export const nvidia: readonly Story[] = [
  story('gh100', 'The report of a GPU with NVIDIA’s two lists.'),
  story('root-left-out', 'The chain ends below the root, which the verifier has.', under(...gpuChain().slice(0, 4))),
  story(
    'maker-listed',
    'A list of a lower authority, which nobody needs, is looked at all the same.',
    listed(rootList, familyList, issueCrl({ issuer: 'GH100 Provisioner', by: gpuKeys.maker, nextUpdate: NOW + 60 })),
  ),
  story(
    'firmware-not-reported',
    'A report that does not name its firmware, from before that was reported.',
    report({ fields: fields.slice(0, 2) }),
  ),
  story('no-fields', 'A report without any of NVIDIA’s fields.', report({ fields: [] })),
  story(
    'driver-long',
    'A driver’s version without a NUL, longer than is shown.',
    report({ fields: [field(3, utf8('5'.repeat(70))), ...fields.slice(1)] }),
  ),
  story(
    'vbios-short',
    'A VBIOS version of seven bytes: it is not shown.',
    report({ fields: [fields[0]!, field(6, new Uint8Array(7)), fields[2]!] }),
  ),
  story(
    'blocks-sparse',
    'Measurements with gaps between their numbers, the last one empty.',
    report({ blocks: [block(1), block(9), block(200, new Uint8Array())] }),
  ),
  story('no-family', 'A certificate that does not name the family.', under(...gpuChain(gpuLeaf({ subject: 'GPU of no family' })))),
  story('family-letter', 'A family with a letter at its end.', under(...gpuChain(gpuLeaf({ subject: 'GB202A A01 GSP FMC LF' })))),
  story('driver-allowed', 'Driver and VBIOS are those of the policy.', {
    policy: { gpu: { required: false, drivers: ['1', '550.90.07'], vbios: ['96.00.9F.00.01'] } },
  }),
  story('other-flags', 'A request with a flag beside the one that asks for a signature.', report({ head: [0x11, 0xe0, 3, 0xff] })),

  ...(
    [
      ['request-version', 0, 'UNSUPPORTED'],
      ['request-code', 1, 'MALFORMED'],
      ['request-flags', 2, 'MALFORMED'],
      ['request-index', 3, 'MALFORMED'],
      ['nonce', 4, 'SIGNATURE_INVALID'],
      ['slot', 36, 'SIGNATURE_INVALID'],
      ['response-version', 37, 'MALFORMED'],
      ['response-code', 38, 'MALFORMED'],
      ['response-parameter', 39, 'SIGNATURE_INVALID'],
      ['count', 41, 'SIGNATURE_INVALID'],
      ['record-length', 42, 'MALFORMED'],
      ['measurement', recordAt + 20, 'SIGNATURE_INVALID'],
      ['gpu-nonce', recordAt + 3 * 55 + 4, 'SIGNATURE_INVALID'],
      ['driver', find(EVIDENCE, utf8('550.90')), 'SIGNATURE_INVALID'],
      ['signature-r', signedLength + 1, 'SIGNATURE_INVALID'],
      ['signature-s', signedLength + 90, 'SIGNATURE_INVALID'],
    ] as const
  ).map(([name, offset, code]) =>
    story(`flip-${name}`, `One bit of the report is another: ${name}.`, { evidence: flip(EVIDENCE, offset), code }),
  ),
  story('cut', 'The last byte is missing.', { evidence: EVIDENCE.subarray(0, -1), code: 'MALFORMED' }),
  story('trailing', 'One byte after the report.', { evidence: concatBytes(EVIDENCE, Uint8Array.of(0)), code: 'MALFORMED' }),
  story(
    'spdm-1-2',
    'A report of SPDM 1.2.',
    rejected(report({ head: [0x12, 0xe0, 1, 0xff], response: [0x12, 0x60, 0, 0] }), 'UNSUPPORTED'),
  ),
  story('other-request', 'Another request than for measurements.', rejected(report({ head: [0x11, 0xe1, 1, 0xff] }), 'MALFORMED')),
  story('unsigned', 'A request that asks for no signature.', rejected(report({ head: [0x11, 0xe0, 0, 0xff] }), 'MALFORMED')),
  story('one-index', 'A request for one measurement.', rejected(report({ head: [0x11, 0xe0, 1, 1] }), 'MALFORMED')),
  story('other-response', 'Another response than of measurements.', rejected(report({ response: [0x11, 0x61, 0, 0] }), 'MALFORMED')),
  story('response-version', 'The response is of another version.', rejected(report({ response: [0x12, 0x60, 0, 0] }), 'MALFORMED')),
  story('blocks-out-of-order', 'Measurements out of order.', rejected(report({ blocks: [block(2), block(1)] }), 'MALFORMED')),
  story('blocks-twice', 'The same measurement twice.', rejected(report({ blocks: [block(1), block(1)] }), 'MALFORMED')),
  story('block-zero', 'Measurement 0, which there is not.', rejected(report({ blocks: [block(0)] }), 'MALFORMED')),
  story('block-form', 'A measurement in another form than DMTF’s.', rejected(report({ blocks: [flip(block(1), 1, 1)] }), 'MALFORMED')),
  story(
    'block-trailing',
    'A byte after the digest of a measurement.',
    rejected(report({ blocks: [concatBytes(Uint8Array.of(1, 1, 52, 0), block(1).subarray(4), Uint8Array.of(0))] }), 'MALFORMED'),
  ),
  story('fewer-blocks', 'Fewer measurements than there are bytes.', rejected(report({ blocks, count: 2 }), 'MALFORMED')),
  story('more-blocks', 'More measurements than there are.', rejected(report({ blocks, count: 4 }), 'MALFORMED')),
  story('field-twice', 'The driver is named twice.', rejected(report({ fields: [...fields, fields[0]!] }), 'MALFORMED')),
  story(
    'field-cut',
    'A field that is longer than what holds it.',
    rejected(report({ fields: [...fields, Uint8Array.of(9, 0, 5, 0, 1)] }), 'MALFORMED'),
  ),
  story('signed-by-another', 'Another key has signed.', rejected(report({ by: gpuKeys.other }), 'SIGNATURE_INVALID')),
  story('key-on-p256', 'The key of the GPU is on P-256.', rejected(under(...gpuChain(gpuLeaf({ key: small }))), 'UNSUPPORTED')),
  story(
    'key-rsa',
    'A chain whose leaf is another GPU’s.',
    rejected(under(...gpuChain(gpuLeaf({ key: gpuKeys.other }))), 'SIGNATURE_INVALID'),
  ),

  story('vendor-roots', 'Development evidence under the roots of the vendors.', { roots: 'vendors', code: 'UNTRUSTED_ROOT' }),
  story('no-certificates', 'No certificates.', { endorsements: { crls: gpuCrls() }, code: 'CHAIN_INVALID' }),
  story(
    'chain-swapped',
    'Two authorities in the other order.',
    rejected(under(gpuLeaf(), gpuMaker, gpuBrom, gpuFamily, gpuRoot), 'CHAIN_INVALID'),
  ),
  story('authority-missing', 'An authority is left out.', rejected(under(gpuLeaf(), gpuBrom, gpuFamily, gpuRoot), 'CHAIN_INVALID')),
  story(
    'leaf-by-another',
    'A certificate of the GPU that another key has signed.',
    rejected(under(...gpuChain(gpuLeaf({ by: gpuKeys.other }))), 'CHAIN_INVALID'),
  ),
  story(
    'leaf-critical',
    'A critical extension that nobody knows.',
    rejected(under(...gpuChain(gpuLeaf({ extensions: [strange(true)] }))), 'CHAIN_INVALID'),
  ),
  story(
    'maker-not-yet',
    'An authority that is valid from the next second.',
    rejected(
      under(
        gpuLeaf(),
        gpuBrom,
        issue({
          subject: 'GH100 Provisioner',
          issuer: 'GH100 Identity',
          key: gpuKeys.maker,
          by: gpuKeys.family,
          ...AUTHORITY,
          notBefore: NOW + 1,
        }),
        gpuFamily,
        gpuRoot,
      ),
      'CERT_EXPIRED',
    ),
  ),
  story(
    'maker-no-authority',
    'A leaf in an authority’s place.',
    rejected(
      under(
        gpuLeaf(),
        gpuBrom,
        issue({ subject: 'GH100 Provisioner', issuer: 'GH100 Identity', key: gpuKeys.maker, by: gpuKeys.family, ...LEAF }),
        gpuFamily,
        gpuRoot,
      ),
      'CHAIN_INVALID',
    ),
  ),
  story(
    'firmware',
    'The certificate is for other firmware than the report.',
    rejected(under(...gpuChain(gpuLeaf({ firmware: new Uint8Array(48) }))), 'CHAIN_INVALID'),
  ),
  story(
    'firmware-missing',
    'The certificate does not name its firmware.',
    rejected(under(...gpuChain(gpuLeaf({ extensions: [] }))), 'CHAIN_INVALID'),
  ),
  story(
    'firmware-hash',
    'The certificate names its firmware by SHA-256.',
    rejected(device(seq(int(1), spki, named('2.16.840.1.101.3.4.2.1'))), 'UNSUPPORTED'),
  ),
  story('firmware-trailing', 'Bytes after the firmware’s digest.', rejected(device(seq(int(1), spki, named(SHA384, int(1)))), 'MALFORMED')),
  story(
    'device-trailing',
    'Bytes after the firmware in the certificate.',
    rejected(device(seq(int(1), spki, named(SHA384), int(1))), 'MALFORMED'),
  ),
  story(
    'device-after',
    'Bytes after the certificate’s extension.',
    rejected(device(seq(int(1), spki, named(SHA384)), int(1)), 'MALFORMED'),
  ),

  story('lists-missing', 'Without NVIDIA’s lists.', rejected(listed(), 'CRL_MISSING')),
  story('root-list-missing', 'Without the list of the root.', rejected(listed(familyList), 'CRL_MISSING')),
  story('family-list-missing', 'Without the list of the family.', rejected(listed(rootList), 'CRL_MISSING')),
  story(
    'family-list-stale',
    'The list of the family was to be replaced a second ago.',
    rejected(listed(rootList, family({ nextUpdate: NOW - 1 })), 'CRL_STALE'),
  ),
  story(
    'family-list-forged',
    'Another key has signed the list of the family.',
    rejected(listed(rootList, family({ by: gpuKeys.other })), 'CRL_INVALID'),
  ),
  story('revoked-family', 'The family’s authority was revoked.', rejected(listed(...gpuCrls([2])), 'CERT_REVOKED')),
  story('revoked-maker', 'The factory was revoked.', rejected(listed(...gpuCrls([], [3])), 'CERT_REVOKED')),
  story(
    'revoked-gpu',
    'A list of a lower authority revokes the GPU.',
    rejected(listed(rootList, familyList, issueCrl({ issuer: 'GH100 A01 GSP BROM', by: gpuKeys.brom, revoked: [5] })), 'CERT_REVOKED'),
  ),
  story('driver-denied', 'The driver is not one of the policy’s.', {
    policy: { gpu: { required: false, drivers: ['550.90.08'] } },
    code: 'GPU_DRIVER_DENIED',
  }),
  story(
    'driver-absent',
    'The report names no driver, and the policy lists them.',
    rejected({ ...report({ fields: [] }), policy: { gpu: { required: false, drivers: ['550.90.07'] } } }, 'GPU_DRIVER_DENIED'),
  ),
  story('vbios-denied', 'The VBIOS is not one of the policy’s.', {
    policy: { gpu: { required: false, vbios: [] } },
    code: 'GPU_DRIVER_DENIED',
  }),
]
