import {
  type Endorsements,
  type IntelCollateralJson,
  intelCollateral,
  MAX_EVIDENCE,
  PLATFORMS,
  type Platform,
} from '@opengradient/attestation'
import {
  type AttestationEvidence,
  type Hex,
  isOgError,
  MAX_CMW_BYTES,
  OgError,
  parseCmw,
  parseHex,
  parseStrictJson,
  utf8,
} from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { readGiven } from '../home/given.ts'
import { binary, derList, textOf } from './forms.ts'

/** Evidence and endorsements that the user names as files. */
export interface GivenEvidence {
  readonly platform: Platform
  readonly evidence: Uint8Array
  readonly endorsements: Endorsements
  /** What the caller expects it to be bound to. */
  readonly expect: { readonly reportData?: Hex; readonly nonce?: Hex }
  /** The whole that it came in, with keyset and GPUs, if it came in one. */
  readonly envelope?: AttestationEvidence
}

const MAX_FILE = 1 << 20

/**
 * What the flags of `og attestation verify` name: raw evidence, or an envelope as nodes serve it.
 * @throws OgError `USAGE`, `ATTESTATION_MALFORMED`
 */
export function givenEvidence(context: Context, file: string, flags: Record<string, unknown>): GivenEvidence {
  // Text may be four times as long as what it encodes.
  const bytes = readGiven(context, file, Math.max(MAX_CMW_BYTES, 4 * MAX_EVIDENCE))
  const envelope = envelopeOf(bytes)
  const own = endorsementsOf(context, flags)
  const expect = {
    ...(typeof flags.reportData === 'string' ? { reportData: hexFlag(flags.reportData, '--report-data') } : {}),
    ...(typeof flags.nonce === 'string' ? { nonce: hexFlag(flags.nonce, '--nonce') } : {}),
  }
  if (envelope === undefined) return { platform: platformOf(flags.platform), evidence: binary(bytes, file), endorsements: own, expect }
  const platform = platformOf(envelope.platform)
  if (flags.platform !== undefined && flags.platform !== platform)
    throw new OgError('USAGE', `--platform ${String(flags.platform)}: ${file} is of ${platform}`)
  const endorsements = withOwn(envelope.endorsements, own)
  return { platform, evidence: envelope.evidence, endorsements, expect, envelope: { ...envelope, endorsements } }
}

/** A CMW collection (RFC 9999) as `GET /v1/attestation` gives it; undefined for anything else. @throws OgError `ATTESTATION_MALFORMED` */
function envelopeOf(bytes: Uint8Array): AttestationEvidence | undefined {
  const text = textOf(bytes)
  return text?.startsWith('{') && text.includes('"__cmwc_t"') ? parseCmw(utf8(text)) : undefined
}

/** What came in the envelope, and what the caller gives beside it. */
function withOwn(inside: Endorsements, own: Endorsements): Endorsements {
  const certificates = own.certificates ?? inside.certificates
  const crls = [...(inside.crls ?? []), ...(own.crls ?? [])]
  return { ...inside, ...own, ...(certificates ? { certificates } : {}), ...(crls.length > 0 ? { crls } : {}) }
}

function platformOf(given: unknown): Platform {
  const found = PLATFORMS.find((platform) => platform === given)
  if (found) return found
  const said = given === undefined ? 'which platform is it of? Give --platform' : `--platform ${String(given)}`
  throw new OgError('USAGE', `${said}; there are ${PLATFORMS.join(', ')}`)
}

/** Certificates or lists (DER) of all files that one flag names. */
export function derFiles(context: Context, given: unknown, label: 'CERTIFICATE' | 'X509 CRL'): Uint8Array[] {
  const files = Array.isArray(given) ? (given as string[]) : []
  return files.flatMap((file) => derList(readGiven(context, file, MAX_FILE), file, label))
}

function endorsementsOf(context: Context, flags: Record<string, unknown>): Endorsements {
  const certificates = derFiles(context, flags.certificates, 'CERTIFICATE')
  const intel = typeof flags.collateral === 'string' ? collateralOf(context, flags.collateral) : {}
  const crls = [...(intel.crls ?? []), ...derFiles(context, flags.crls, 'X509 CRL')]
  return { ...intel, ...(certificates.length > 0 ? { certificates } : {}), ...(crls.length > 0 ? { crls } : {}) }
}

/** Intel's collateral as quote providers pass it on. */
function collateralOf(context: Context, file: string): Endorsements {
  try {
    const json = parseStrictJson(readGiven(context, file, MAX_FILE), { maxBytes: MAX_FILE, maxDepth: 4, maxNodes: 100 })
    if (typeof json !== 'object' || json === null) throw new OgError('JSON_SYNTAX', 'it is no object')
    return intelCollateral(json as IntelCollateralJson)
  } catch (cause) {
    const says = cause instanceof Error ? cause.message : String(cause)
    if (isOgError(cause, 'USAGE')) throw cause
    throw new OgError('USAGE', `--collateral ${file}: ${says}`, { cause })
  }
}

const hexFlag = (given: string, flag: string): Hex => parseHex(given.startsWith('0x') ? given : `0x${given}`, undefined, flag)
