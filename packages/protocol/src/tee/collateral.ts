import { OgError } from '../error/error.ts'
import { MAX_ENDORSEMENTS } from './attestation.ts'
import { decodeList, decodeStrings, encodeList, encodeStrings } from './strings.ts'

/** One thing that a vendor published, as anybody may bring it to the chain. Nothing in it is to be believed before it is verified. */
export interface VendorCollateral {
  /** A revocation list (DER), or AMD's for keys of clouds; Intel's TCB info or QE identity (JSON). */
  readonly kind: CollateralKind
  /** The exact bytes that were published. */
  readonly body: Uint8Array
  /** Of Intel's files, r ‖ s, 64 bytes; empty for lists, which hold theirs. */
  readonly signature: Uint8Array
  /** The certificates (DER) of the key that signed, it first: of a list the authority that issued it. The root may be left out unless it is the first. */
  readonly certificates: readonly Uint8Array[]
}

/**
 * Kinds by their number on chain. `vlekCrl`: AMD has a list for the keys of its chips (VCEK) and another for those that clouds load (VLEK), both
 * by the family's root, and neither says which of the two it is; whoever brings it does.
 */
export const COLLATERAL_KINDS = { crl: 1, tcbInfo: 2, qeIdentity: 3, vlekCrl: 4 } as const
/** One of `COLLATERAL_KINDS`. */
export type CollateralKind = keyof typeof COLLATERAL_KINDS

/** Most bytes of `encodeCollateral`. */
export const MAX_COLLATERAL = 262_144
/** Most bytes that the chain keeps in one place, as the code of an account (EIP-170), behind one byte: what is longer is brought in pieces. */
export const MAX_KEPT = 24_575

/** Whether collateral of this kind is a revocation list, which holds its own signature. */
export const isRevocationList = (kind: CollateralKind): boolean => kind === 'crl' || kind === 'vlekCrl'

/**
 * `abi.encode(bytes kind, bytes body, bytes signature, bytes certificates)`, kind as one byte, certificates as `abi.encode(bytes[])`: what
 * `Attestations.postCollateral` takes, and `postKept` in pieces. Throws `COLLATERAL_MALFORMED`.
 */
export function encodeCollateral({ kind, body, signature, certificates }: VendorCollateral): Uint8Array {
  const bytes = encodeStrings([Uint8Array.of(COLLATERAL_KINDS[kind]), body, signature, encodeList(certificates)])
  decodeCollateral(bytes)
  return bytes
}

/** The inverse of `encodeCollateral` for untrusted bytes, as views of them. Throws `COLLATERAL_MALFORMED` for every other encoding. */
export function decodeCollateral(bytes: Uint8Array): VendorCollateral {
  if (bytes.length > MAX_COLLATERAL) throw malformed(`${bytes.length} bytes are more than ${MAX_COLLATERAL}`)
  const [number, body, signature, list] = decodeStrings(bytes, 4, malformed) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  const kind = (Object.keys(COLLATERAL_KINDS) as CollateralKind[]).find((name) => COLLATERAL_KINDS[name] === number[0])
  if (kind === undefined || number.length !== 1) throw malformed('the kind is not known')
  if (signature.length !== (isRevocationList(kind) ? 0 : 64)) throw malformed('the signature has another length')
  return { kind, body, signature, certificates: decodeList(list, MAX_ENDORSEMENTS, malformed) }
}

const malformed = (why: string) => new OgError('COLLATERAL_MALFORMED', `The collateral is not in its one canonical encoding: ${why}.`)
