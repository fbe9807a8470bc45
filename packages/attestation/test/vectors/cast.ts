import { concatBytes } from '@opengradient/protocol'
import { type AttestationPolicy, DEFAULT_POLICY, PLATFORMS } from '../../src/index.ts'
import { DAY, NOW } from '../../src/testkit/ca.testkit.ts'
import { bits, extension, int, name, seq, TRUE, time, wrap } from '../../src/testkit/der.testkit.ts'
import { flip } from '../../src/testkit/flip.testkit.ts'
import type { TestKey } from '../../src/testkit/keys.testkit.ts'

/** The strictest policy, opened as far as evidence under development roots needs it. */
export const POLICY: AttestationPolicy = {
  ...DEFAULT_POLICY,
  platforms: PLATFORMS,
  allowDevelopment: true,
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { Genoa: {}, Turin: {} } },
  measurements: 'any',
}

/** Where a part begins. */
export function find(bytes: Uint8Array, part: Uint8Array): number {
  const at = bytes.findIndex((_, i) => part.every((byte, j) => bytes[i + j] === byte))
  if (at < 0) throw new Error('The evidence does not hold this part.')
  return at
}

/** A copy with one bit of a part changed. */
export const flipIn = (bytes: Uint8Array, part: Uint8Array, at = 0): Uint8Array => flip(bytes, find(bytes, part) + at)

/** Flags of an extension KeyUsage. */
export const usage = (byte: number, unused = 0): Uint8Array => extension('2.5.29.15', bits(Uint8Array.of(byte), unused), true)
/** BasicConstraints of what is no authority, and of what is one. */
export const NO_AUTHORITY = extension('2.5.29.19', seq(), true)
export const IS_AUTHORITY = extension('2.5.29.19', seq(TRUE), true)

export const VALIDITY = seq(time(NOW - 100 * DAY), time(NOW + 100 * DAY))

/** A certificate, part by part, each in DER; what is given may be malformed. */
export interface CertificateParts {
  readonly by: TestKey
  readonly key: TestKey
  readonly issuer: Uint8Array
  readonly version?: Uint8Array
  readonly serial?: Uint8Array
  readonly algorithm?: Uint8Array
  readonly validity?: Uint8Array
  readonly subject?: Uint8Array
  readonly spki?: Uint8Array
  /** With the explicit tag. */
  readonly extensions?: Uint8Array
  /** At the end of what is signed. */
  readonly more?: Uint8Array
  readonly outerAlgorithm?: Uint8Array
  readonly signature?: (signed: Uint8Array) => Uint8Array
  /** After the signature, and after the certificate. */
  readonly inside?: Uint8Array
  readonly after?: Uint8Array
}

const NONE = new Uint8Array()

export function craft({ by, key, issuer, ...o }: CertificateParts): Uint8Array {
  const algorithm = o.algorithm ?? by.algorithm
  const body = seq(
    o.version ?? wrap(0, int(2)),
    o.serial ?? int(31),
    algorithm,
    issuer,
    o.validity ?? VALIDITY,
    o.subject ?? name('ak'),
    o.spki ?? key.spki,
    o.extensions ?? wrap(3, seq(NO_AUTHORITY, usage(0x80, 7))),
    o.more ?? NONE,
  )
  const signature = o.signature?.(body) ?? bits(by.der(body))
  return concatBytes(seq(body, o.outerAlgorithm ?? algorithm, signature, o.inside ?? NONE), o.after ?? NONE)
}

/** A revocation list, part by part. */
export interface ListParts {
  readonly by: TestKey
  readonly issuer: Uint8Array
  readonly version?: Uint8Array
  readonly algorithm?: Uint8Array
  readonly dates?: Uint8Array
  /** The list of serials, tag included. */
  readonly revoked?: Uint8Array
  readonly extensions?: Uint8Array
  readonly more?: Uint8Array
  readonly outerAlgorithm?: Uint8Array
  readonly inside?: Uint8Array
  readonly after?: Uint8Array
}

const DATES = concatBytes(time(NOW - DAY), time(NOW + DAY))

export function craftList({ by, issuer, ...o }: ListParts): Uint8Array {
  const algorithm = o.algorithm ?? by.algorithm
  const extensions = o.extensions ?? wrap(0, seq(extension('2.5.29.20', int(5))))
  const body = seq(o.version ?? int(1), algorithm, issuer, o.dates ?? DATES, o.revoked ?? NONE, extensions, o.more ?? NONE)
  return concatBytes(seq(body, o.outerAlgorithm ?? algorithm, bits(by.der(body)), o.inside ?? NONE), o.after ?? NONE)
}
