import { base64url, bytesToHex, concatBytes, utf8 } from '@opengradient/protocol'
import { digest } from '../../../src/crypto/hash.ts'
import { azureEvidence, azureKeys, runtimeData } from '../../../src/testkit/azure.testkit.ts'
import { pckCrl, rootCrl } from '../../../src/testkit/dcap.testkit.ts'
import { flip } from '../../../src/testkit/flip.testkit.ts'
import { ark, ask, CHIP, vcek } from '../../../src/testkit/snp.testkit.ts'
import { attest, REGISTERS } from '../../../src/testkit/tpm.testkit.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const snp = tell(HONEST.azureSnp)
const tdx = tell(HONEST.azureTdx)
const made = (o: Parameters<typeof azureEvidence>[0]): Case => ({ evidence: azureEvidence(o) })
const changed = (changes: object): Case => made({ changes })
const data = (json: unknown): Case => made({ data: utf8(typeof json === 'string' ? json : JSON.stringify(json)) })
const bad = (change: Case, code: Story['code'] = 'MALFORMED'): Case => ({ ...change, code: code! })
const key = (JSON.parse(new TextDecoder().decode(runtimeData())) as { keys: { kid: string; kty: string; e: string; n: string }[] }).keys[0]!
const parsed = JSON.parse(new TextDecoder().decode(azureEvidence())) as {
  hcl_report: string
  vcek: string
  tpm_quote: { message: string; signature: string; pcrs: string[] }
}
const hcl = Uint8Array.from(Buffer.from(parsed.hcl_report, 'base64url'))
const padded = (bytes: Uint8Array): string => base64url(bytes).padEnd(Math.ceil(bytes.length / 3) * 4, '=')
const report = (bytes: Uint8Array): Case => changed({ hcl_report: padded(bytes) })
const tdParsed = JSON.parse(new TextDecoder().decode(azureEvidence({ kind: 'tdx' }))) as { td_quote: string }
const quote = (changes: object): Case => changed({ tpm_quote: { ...parsed.tpm_quote, ...changes } })
const flipHex = (hex: string, at: number): string => bytesToHex(flip(Uint8Array.from(Buffer.from(hex, 'hex')), at)).slice(2)
const dataAt = hcl.length - 64 - runtimeData().length

export const azure: readonly Story[] = [
  snp('whole', 'SNP report, runtime data, virtual TPM and quote.'),
  snp('version-2', 'The second version of the frame.', changed({ version: 2 })),
  snp('more-keys', 'Other keys beside the attestation key.', data({ keys: [{ ...key, kid: 'HCLEkPub' }, key], 'vm-configuration': {} })),
  snp('unpadded-zeros', 'The report ends with its data.', made({ hclAfter: new Uint8Array() })),
  snp(
    'fewer-registers',
    'A quote over the first eight registers.',
    made({
      message: attest({ banks: [[11, [255]]], digest: digest('SHA-256', concatBytes(...REGISTERS.slice(0, 8))) }),
      registers: REGISTERS.slice(0, 8),
    }),
  ),
  tdx('whole', 'TD quote, runtime data, virtual TPM and quote.'),

  snp('flip-hcl-magic', 'One bit of the report’s magic is another.', bad(report(flip(hcl, 0)))),
  snp('flip-hcl-hardware', 'One bit of the SNP report’s measurement is another.', bad(report(flip(hcl, 32 + 144)), 'SIGNATURE_INVALID')),
  snp('flip-hcl-kind', 'One bit of the kind of hardware is another.', bad(report(flip(hcl, 32 + 1184 + 8)), 'UNSUPPORTED')),
  snp('flip-hcl-hash', 'One bit of the hash’s number is another.', bad(report(flip(hcl, 32 + 1184 + 12, 1)), 'UNSUPPORTED')),
  snp('flip-hcl-data', 'One bit of the runtime data is another.', bad(report(flip(hcl, hcl.length - 64 - 4)), 'BINDING_MISMATCH')),
  snp('flip-hcl-size', 'One bit of the report’s size is another.', bad(report(flip(hcl, 8)))),
  snp(
    'flip-quote',
    'One bit of the quote is another.',
    bad(quote({ message: flipHex(parsed.tpm_quote.message, 40) }), 'SIGNATURE_INVALID'),
  ),
  snp(
    'flip-quote-signature',
    'One bit of the quote’s signature is another.',
    bad(quote({ signature: flipHex(parsed.tpm_quote.signature, 3) }), 'SIGNATURE_INVALID'),
  ),
  snp(
    'flip-register',
    'One bit of a register is another.',
    bad(quote({ pcrs: [flipHex(parsed.tpm_quote.pcrs[0]!, 0), ...parsed.tpm_quote.pcrs.slice(1)] }), 'SIGNATURE_INVALID'),
  ),

  snp('trailing', 'A character after the JSON.', { evidence: concatBytes(azureEvidence(), utf8('x')), code: 'MALFORMED' }),
  snp('not-json', 'No JSON.', { evidence: utf8('evidence'), code: 'MALFORMED' }),
  snp('member-twice', 'A member is there twice.', {
    evidence: utf8(new TextDecoder().decode(azureEvidence()).replace('{', '{"version":1,')),
    code: 'MALFORMED',
  }),
  snp('member-unknown', 'A member that nobody knows.', bad(changed({ surprise: 1 }))),
  snp('quote-member-unknown', 'A member of the quote that nobody knows.', bad(quote({ surprise: 1 }))),
  snp('list', 'A list in place of the evidence.', { evidence: utf8('[]'), code: 'MALFORMED' }),
  snp('version-3', 'A version of the frame that nobody knows.', bad(changed({ version: 3 }), 'UNSUPPORTED')),
  snp('quote-null', 'null in place of the quote.', bad(changed({ tpm_quote: null }))),
  snp('quote-text', 'A text in place of the quote.', bad(changed({ tpm_quote: 'quote' }))),
  snp('registers-25', '25 registers.', bad(quote({ pcrs: [...parsed.tpm_quote.pcrs, parsed.tpm_quote.pcrs[0]] }))),
  snp('registers-text', 'A text in place of the registers.', bad(quote({ pcrs: 'none' }))),
  snp('message-not-hex', 'A message that is not hex.', bad(quote({ message: 'quote' }))),
  snp('base64-unpadded', 'A report in base64url without its padding.', bad(changed({ hcl_report: padded(hcl).replace(/=+$/, '') }))),
  snp('base64-number', 'A number in place of the report.', bad(changed({ hcl_report: 5 }))),
  snp('vcek-missing', 'Without the chip’s certificate.', bad(changed({ vcek: undefined }))),
  snp('with-td-quote', 'With a TD quote beside the SNP report.', bad(changed({ td_quote: 'AAAA' }))),
  snp('of-tdx', 'The evidence of a machine with TDX.', { evidence: azureEvidence({ kind: 'tdx' }), code: 'MALFORMED' }),
  snp('hcl-trailing', 'A byte after the report that is not zero.', bad(made({ hclAfter: Uint8Array.of(0, 1) }))),
  snp('hcl-cut', 'The report ends within its data.', bad(report(hcl.subarray(0, dataAt + 10)))),
  snp('hcl-outer-length', 'The report says that it is a byte longer.', bad(made({ hclLengths: [1, 0] }))),
  snp('hcl-inner-length', 'The report says that its data is a byte longer.', bad(made({ hclLengths: [0, 1] }))),
  snp('hcl-kind-tdx', 'The report says that it is of TDX.', bad(made({ hclKind: 4 }))),
  snp('hcl-kind-unknown', 'The report is of hardware that nobody knows.', bad(made({ hclKind: 3 }), 'UNSUPPORTED')),
  snp('data-not-json', 'Runtime data that is no JSON.', bad(data('{'))),
  snp('data-list', 'Runtime data that is a list.', bad(data([]))),
  snp('data-null', 'Runtime data that is null.', bad(data('null'))),
  snp('data-text', 'Runtime data that is a text.', bad(data('"keys"'))),
  snp('data-no-keys', 'Runtime data without keys.', bad(data({}))),
  snp('data-key-null', 'A key that is null.', bad(data({ keys: [null] }))),
  snp('data-key-missing', 'Runtime data without the attestation key.', bad(data({ keys: [{ ...key, kid: 'HCLEkPub' }] }))),
  snp('data-key-twice', 'Runtime data with two attestation keys.', bad(data({ keys: [key, key] }))),
  snp('data-key-kind', 'An attestation key that is not an RSA key.', bad(data({ keys: [{ ...key, kty: 'EC' }] }))),
  snp('data-key-exponent', 'An attestation key with another exponent.', bad(data({ keys: [{ ...key, e: 'AQAD' }] }))),
  snp('data-key-number', 'An attestation key whose modulus is a number.', bad(data({ keys: [{ ...key, n: 5 }] }))),
  snp(
    'data-key-short',
    'An attestation key of 1,024 bits.',
    bad(data({ keys: [{ ...key, n: key.n.slice(0, 172) }] }), 'SIGNATURE_INVALID'),
  ),
  snp(
    'data-of-another',
    'Runtime data of another machine: its own key, and the report of this one.',
    bad(made({ data: runtimeData(azureKeys.other), bound: runtimeData(), by: azureKeys.other }), 'BINDING_MISMATCH'),
  ),
  snp('quote-by-another', 'Another key than the bound one has signed the quote.', bad(made({ by: azureKeys.other }), 'SIGNATURE_INVALID')),
  snp('vcek-of-another', 'The certificate of another chip.', bad(made({ vcek: vcek({ chip: flip(CHIP, 0) }) }), 'CHAIN_INVALID')),
  snp('list-missing', 'Without AMD’s list.', { endorsements: { certificates: [ask('Genoa'), ark('Genoa')] }, code: 'CRL_MISSING' }),
  snp('vendor-roots', 'Development evidence under the roots of the vendors.', { roots: 'vendors', code: 'UNTRUSTED_ROOT' }),
  snp('family-unlisted', 'The policy names no least versions for the family.', {
    policy: { tcb: { statuses: ['Unrated'], graceDays: 0, minEvaluation: 0, minSvn: {} } },
    code: 'TCB_REJECTED',
  }),
  tdx('of-snp', 'The evidence of a machine with SNP.', { evidence: azureEvidence(), code: 'MALFORMED' }),
  tdx('with-vcek', 'With a chip’s certificate beside the TD quote.', bad(made({ kind: 'tdx', changes: { vcek: 'AAAA' } }))),
  tdx('kind', 'The report says that it is of SNP.', bad(made({ kind: 'tdx', hclKind: 2 }))),
  tdx('quote-missing', 'Without the TD quote.', bad(made({ kind: 'tdx', changes: { td_quote: undefined } }))),
  tdx(
    'other-data',
    'The TD quote is bound to other runtime data.',
    bad(made({ kind: 'tdx', bound: runtimeData(azureKeys.other) }), 'BINDING_MISMATCH'),
  ),
  tdx(
    'trailing',
    'Bytes after the TD quote that are not zero.',
    bad(made({ kind: 'tdx', changes: { td_quote: padded(concatBytes(Buffer.from(tdParsed.td_quote, 'base64url'), Uint8Array.of(1))) } })),
  ),
  tdx('collateral-missing', 'Without Intel’s files.', { endorsements: { crls: [rootCrl(), pckCrl()] }, code: 'COLLATERAL_MISSING' }),
]
