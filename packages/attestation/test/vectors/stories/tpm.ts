import { bytesToUint, concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { CURVES } from '../../../src/crypto/form.ts'
import { digest } from '../../../src/crypto/hash.ts'
import { issue, issueCrl, LEAF, NOW } from '../../../src/testkit/ca.testkit.ts'
import { flip, patched } from '../../../src/testkit/flip.testkit.ts'
import { ecKey, rsaKey, type TestKey } from '../../../src/testkit/keys.testkit.ts'
import {
  akCertificate,
  attest,
  EXTRA,
  REGISTERS,
  tpmCrl,
  tpmEvidence,
  tpmKeys,
  tpmRoot,
  tpmRoots,
} from '../../../src/testkit/tpm.testkit.ts'
import { tpm2b } from '../../../src/tpm/quote.ts'
import { find } from '../cast.ts'
import { type Case, type Story, tell } from '../story.ts'

const EVIDENCE = tpmEvidence()
const story = tell({
  platform: 'tpm',
  evidence: EVIDENCE,
  endorsements: { certificates: [akCertificate(), tpmRoot], crls: [tpmCrl()] },
  roots: tpmRoots,
})
const quoted = (o: Parameters<typeof attest>[0], registers: readonly Uint8Array[] = REGISTERS): Case => ({
  evidence: tpmEvidence(attest(o), tpmKeys.ak, registers),
})
const by = (key: TestKey, evidence = tpmEvidence(attest(), key)): Case => ({
  evidence,
  endorsements: { certificates: [akCertificate(key), tpmRoot], crls: [tpmCrl()] },
})
const rejected = (change: Case, code: Story['code']): Case => ({ ...change, code: code! })
const listed = (...crls: readonly Uint8Array[]): Case => ({ endorsements: { certificates: [akCertificate(), tpmRoot], crls } })
const message = attest()
const closing = concatBytes(uintBytes(24, 4), ...REGISTERS.map(tpm2b))
/** Evidence with this signature in place of the right one. */
const signature = (scheme: number, hash: number, ...parts: readonly Uint8Array[]): Case => ({
  evidence: concatBytes(tpm2b(message), Uint8Array.of(0, scheme, 0, hash), ...parts.map(tpm2b), closing),
})
const raw = tpmKeys.ak.raw(message, 'SHA-256')
const [r, s] = [raw.subarray(0, 32), raw.subarray(32)]
const { order } = CURVES['P-256']
const scalar = (value: bigint): Uint8Array => uintBytes(value, 32)
const big = ecKey('P-384', 'big ak')
const pssAk = rsaKey('pss', 'tpm pss ak')
const rsaSignature = tpmKeys.rsaAk.raw(message, 'SHA-256')
const modulus = tpmKeys.rsaAk.key.kind === 'rsa' ? tpmKeys.rsaAk.key.modulus : new Uint8Array()
const withRsa = (scheme: number, hash: number, bytes: Uint8Array): Case => ({ ...by(tpmKeys.rsaAk), ...signature(scheme, hash, bytes) })
const sha384s = Array.from({ length: 8 }, (_, i) => new Uint8Array(48).fill(i))
const both = [...REGISTERS, ...sha384s]
const signatureAt = find(EVIDENCE, Uint8Array.of(0, 24, 0, 11))

export const tpm: readonly Story[] = [
  story('ecdsa', 'A quote signed by a key on P-256.'),
  story('ecdsa-p384', 'A quote signed by a key on P-384 with SHA-384.', {
    ...by(
      big,
      (() => {
        const other = attest({ digest: digest('SHA-384', concatBytes(...REGISTERS)) })
        const signed = big.raw(other, 'SHA-384')
        return concatBytes(tpm2b(other), Uint8Array.of(0, 24, 0, 12), tpm2b(signed.subarray(0, 48)), tpm2b(signed.subarray(48)), closing)
      })(),
    ),
  }),
  story('pkcs1', 'A quote signed by an RSA key: PKCS #1.', by(tpmKeys.rsaAk)),
  story('pss', 'A quote signed by an RSA key: PSS.', { ...by(pssAk), ...signature(22, 11, pssAk.raw(message, 'SHA-256')) }),
  story('pss-sha512', 'The same with SHA-512.', {
    ...by(
      pssAk,
      (() => {
        const other = attest({ digest: digest('SHA-512', concatBytes(...REGISTERS)) })
        return concatBytes(tpm2b(other), Uint8Array.of(0, 22, 0, 13), tpm2b(pssAk.raw(other, 'SHA-512')), closing)
      })(),
    ),
  }),
  story('mirrored', 'The mirrored signature, r and n − s, which is as valid.', signature(24, 11, r, scalar(order - bytesToUint(s)))),
  story(
    'two-banks',
    'Registers of two banks.',
    quoted(
      {
        banks: [
          [11, [255, 255, 255]],
          [12, [255]],
        ],
        digest: digest('SHA-256', concatBytes(...both)),
      },
      both,
    ),
  ),
  story(
    'register-31',
    'Register 31 alone, in a selection of four bytes.',
    quoted({ banks: [[11, [0, 0, 0, 0x80]]], digest: digest('SHA-256', REGISTERS[5]!) }, [REGISTERS[5]!]),
  ),
  story('no-lists', 'Without a list, under a policy that does not ask for one.', { ...listed(), policy: { revocation: 'optional' } }),
  story('nothing-bound', 'A quote without data of the caller.', quoted({ extraData: new Uint8Array() })),
  story('sixty-four-bytes', '64 bytes of the caller’s data.', quoted({ extraData: new Uint8Array(64).fill(5) })),

  story('flip-magic', 'One bit of the magic number is another.', { evidence: flip(EVIDENCE, 2), code: 'MALFORMED' }),
  story('flip-kind', 'One bit of the kind of attestation is another.', { evidence: flip(EVIDENCE, 7), code: 'UNSUPPORTED' }),
  story('flip-signer-name', 'One bit of the key’s name is another.', { evidence: flip(EVIDENCE, 10), code: 'SIGNATURE_INVALID' }),
  story('flip-extra-data', 'One bit of the caller’s data is another.', {
    evidence: flip(EVIDENCE, find(EVIDENCE, EXTRA)),
    code: 'SIGNATURE_INVALID',
  }),
  story('flip-selection', 'One bit of the selection is another.', {
    evidence: flip(EVIDENCE, find(EVIDENCE, Uint8Array.of(0, 11, 3, 255)) + 4),
    code: 'SIGNATURE_INVALID',
  }),
  story('flip-digest', 'One bit of the registers’ digest is another.', {
    evidence: flip(EVIDENCE, signatureAt - 1),
    code: 'SIGNATURE_INVALID',
  }),
  story('flip-r', 'One bit of r is another.', { evidence: flip(EVIDENCE, signatureAt + 10), code: 'SIGNATURE_INVALID' }),
  story('flip-register', 'One bit of a register is another.', { evidence: flip(EVIDENCE, -40), code: 'SIGNATURE_INVALID' }),
  story('flip-count', 'The number of registers is another.', {
    evidence: patched(EVIDENCE, EVIDENCE.length - closing.length, [0, 0, 0, 23]),
    code: 'MALFORMED',
  }),

  story('cut', 'The last byte is missing.', { evidence: EVIDENCE.subarray(0, -1), code: 'MALFORMED' }),
  story('trailing', 'One byte after the registers.', { evidence: concatBytes(EVIDENCE, Uint8Array.of(0)), code: 'MALFORMED' }),
  story('trailing-in-quote', 'A byte after the quote, signed along.', rejected(quoted({ after: Uint8Array.of(0) }), 'MALFORMED')),
  story('magic', 'A message that the key’s owner wrote, not the TPM.', rejected(quoted({ magic: 0xff544348 }), 'MALFORMED')),
  story('kind', 'Another attestation than a quote.', rejected(quoted({ type: 0x8017 }), 'UNSUPPORTED')),
  story('extra-long', '65 bytes of the caller’s data.', rejected(quoted({ extraData: new Uint8Array(65) }), 'MALFORMED')),
  story('message-long', 'A message of more than 2,048 bytes.', {
    evidence: concatBytes(tpm2b(new Uint8Array(2049)), EVIDENCE.subarray(signatureAt)),
    code: 'MALFORMED',
  }),
  story('bank-unknown', 'Registers of SHA-1.', rejected(quoted({ banks: [[4, [255]]] }), 'UNSUPPORTED')),
  story(
    'bank-twice',
    'The same bank twice.',
    rejected(
      quoted({
        banks: [
          [11, [255, 255, 0]],
          [11, [0, 0, 255]],
        ],
      }),
      'MALFORMED',
    ),
  ),
  story('bank-long', 'A selection of five bytes.', rejected(quoted({ banks: [[11, [255, 255, 255, 0, 0]]] }), 'MALFORMED')),
  story(
    'no-registers',
    'A quote over no registers.',
    rejected(quoted({ banks: [], digest: digest('SHA-256', new Uint8Array()) }, []), 'MALFORMED'),
  ),
  story(
    'register-missing',
    'One register fewer than the quote selects.',
    rejected(quoted({ digest: digest('SHA-256', concatBytes(...REGISTERS.slice(1))) }, REGISTERS.slice(1)), 'MALFORMED'),
  ),
  story(
    'registers-swapped',
    'Two registers in each other’s place.',
    rejected(quoted({}, [REGISTERS[1]!, REGISTERS[0]!, ...REGISTERS.slice(2)]), 'SIGNATURE_INVALID'),
  ),
  story(
    'register-border',
    'The border between two registers is moved; their digest stays.',
    rejected(
      quoted({}, [concatBytes(REGISTERS[0]!, REGISTERS[1]!.subarray(0, 1)), REGISTERS[1]!.subarray(1), ...REGISTERS.slice(2)]),
      'MALFORMED',
    ),
  ),
  story('register-long', 'A register of 65 bytes.', rejected(quoted({}, [new Uint8Array(65), ...REGISTERS.slice(1)]), 'MALFORMED')),
  story(
    'registers-97',
    '97 registers.',
    rejected(
      quoted(
        {},
        Array.from({ length: 97 }, () => new Uint8Array()),
      ),
      'MALFORMED',
    ),
  ),
  story('flag', 'A flag that is neither yes nor no.', {
    evidence: (() => {
      const at = find(message, concatBytes(uintBytes(3, 4), uintBytes(4, 4))) + 8
      return tpmEvidence(patched(message, at, [2]))
    })(),
    code: 'MALFORMED',
  }),
  story('scheme-unknown', 'A signature by a scheme that nobody knows.', rejected(signature(25, 11, r, s), 'UNSUPPORTED')),
  story('hash-unknown', 'A signature with SHA-1.', rejected(signature(24, 4, r, s), 'UNSUPPORTED')),
  story('other-hash', 'A signature with SHA-256 that says SHA-384.', rejected(signature(24, 12, r, s), 'SIGNATURE_INVALID')),
  story('scheme-of-rsa', 'A signature of RSA, and a key on a curve.', rejected(signature(20, 11, rsaSignature), 'SIGNATURE_INVALID')),
  story(
    'scheme-of-ecdsa',
    'A signature of ECDSA, and an RSA key.',
    rejected({ ...by(tpmKeys.rsaAk), ...signature(24, 11, r, s) }, 'SIGNATURE_INVALID'),
  ),
  story('r-long', 'r is longer than the key.', rejected(signature(24, 11, concatBytes(Uint8Array.of(0), r), s), 'MALFORMED')),
  story('s-long', 's is longer than the key.', rejected(signature(24, 11, r, concatBytes(Uint8Array.of(0), s)), 'MALFORMED')),
  story('r-49-bytes', 'r has 49 bytes.', rejected(signature(24, 11, new Uint8Array(49), s), 'MALFORMED')),
  story('r-zero', 'r is 0.', rejected(signature(24, 11, scalar(0n), s), 'SIGNATURE_INVALID')),
  story('s-zero', 's is 0.', rejected(signature(24, 11, r, scalar(0n)), 'SIGNATURE_INVALID')),
  story('r-empty', 'r has no bytes.', rejected(signature(24, 11, new Uint8Array(), s), 'SIGNATURE_INVALID')),
  story('r-order', 'r is the order of the curve.', rejected(signature(24, 11, scalar(order), s), 'SIGNATURE_INVALID')),
  story('s-order', 's is the order of the curve.', rejected(signature(24, 11, r, scalar(order)), 'SIGNATURE_INVALID')),
  story('point-off-curve', 'The key of the certificate is not a point of its curve.', {
    endorsements: { certificates: [akCertificate({ ...tpmKeys.ak, spki: flip(tpmKeys.ak.spki, -1) }), tpmRoot], crls: [tpmCrl()] },
    code: 'SIGNATURE_INVALID',
  }),
  story('rsa-short', 'An RSA signature that lacks a byte.', rejected(withRsa(20, 11, rsaSignature.subarray(1)), 'SIGNATURE_INVALID')),
  story(
    'rsa-long',
    'An RSA signature with a zero before it.',
    rejected(withRsa(20, 11, concatBytes(Uint8Array.of(0), rsaSignature)), 'SIGNATURE_INVALID'),
  ),
  story('rsa-513', 'An RSA signature of 513 bytes.', rejected(withRsa(20, 11, new Uint8Array(513)), 'MALFORMED')),
  story('rsa-plus-modulus', 'An RSA signature that is the modulus.', rejected(withRsa(20, 11, modulus), 'SIGNATURE_INVALID')),
  story('rsa-zero', 'An RSA signature of zeros.', rejected(withRsa(20, 11, new Uint8Array(256)), 'SIGNATURE_INVALID')),
  story('rsa-other-hash', 'PKCS #1 with SHA-256 that says SHA-512.', rejected(withRsa(20, 13, rsaSignature), 'SIGNATURE_INVALID')),
  story('pkcs1-as-pss', 'PKCS #1 that says PSS.', rejected(withRsa(22, 11, rsaSignature), 'SIGNATURE_INVALID')),
  story(
    'pss-as-pkcs1',
    'PSS that says PKCS #1.',
    rejected({ ...by(pssAk), ...signature(20, 11, pssAk.raw(message, 'SHA-256')) }, 'SIGNATURE_INVALID'),
  ),
  story(
    'pss-of-another',
    'PSS over another message.',
    rejected({ ...by(pssAk), ...signature(22, 11, pssAk.raw(utf8('another'), 'SHA-256')) }, 'SIGNATURE_INVALID'),
  ),
  story('signed-by-another', 'Another key has signed.', { evidence: tpmEvidence(attest(), tpmKeys.other), code: 'SIGNATURE_INVALID' }),

  story('vendor-roots', 'Development evidence under the roots of the vendors.', { roots: 'vendors', code: 'UNTRUSTED_ROOT' }),
  story('no-certificates', 'No certificates.', { endorsements: { crls: [tpmCrl()] }, code: 'CHAIN_INVALID' }),
  story('key-by-another', 'A certificate that another key than the root’s has signed.', {
    endorsements: { certificates: [akCertificate(tpmKeys.ak, tpmKeys.rsaAk), tpmRoot], crls: [tpmCrl()] },
    code: 'CHAIN_INVALID',
  }),
  story('key-expired', 'The key’s certificate expired a second ago.', {
    endorsements: {
      certificates: [issue({ subject: 'ak', issuer: 'tpm root', key: tpmKeys.ak, by: tpmKeys.root, ...LEAF, notAfter: NOW - 1 }), tpmRoot],
      crls: [tpmCrl()],
    },
    code: 'CERT_EXPIRED',
  }),
  story('list-missing', 'Without the root’s list.', rejected(listed(), 'CRL_MISSING')),
  story(
    'list-stale',
    'The list was to be replaced a second ago.',
    rejected(listed(issueCrl({ issuer: 'tpm root', by: tpmKeys.root, nextUpdate: NOW - 1 })), 'CRL_STALE'),
  ),
  story('revoked', 'The key was revoked.', rejected(listed(tpmCrl([31])), 'CERT_REVOKED')),
]
