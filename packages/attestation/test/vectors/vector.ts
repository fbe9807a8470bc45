import { base64, bytesToHex, fromBase64 } from '@opengradient/protocol'
import {
  type AttestationFault,
  type AttestationJudgement,
  type AttestationPolicy,
  appraise,
  type Claims,
  type Endorsements,
  judgeAttestation,
  type KeysetExpectation,
  type Platform,
  type Roots,
  type SignatureCheck,
  type SignedFile,
  type TrustAnchor,
  type Trusts,
  VENDOR_ROOTS,
  verifyEvidence,
} from '../../src/index.ts'

/** What a file of `vectors/attestation` holds; `vectors/README.md` explains it to implementers in other languages. */
export interface AttestationVector {
  readonly name: string
  readonly says: string
  readonly platform: Platform
  readonly evidence: string
  readonly endorsements: EncodedEndorsements
  readonly roots: Readonly<Record<string, EncodedAnchors>> | 'vendors'
  /** Unix seconds. */
  readonly now: number
  readonly policy: AttestationPolicy
  readonly gpus?: readonly { readonly evidence: string; readonly endorsements: EncodedEndorsements }[]
  readonly envelope?: {
    readonly keyset: string
    readonly nonce: string
    readonly expect: Omit<KeysetExpectation, 'chainId'> & { readonly chainId: string }
  }
  readonly verdict: AttestationVerdict
}

interface EncodedAnchors {
  readonly anchors: readonly { readonly certificate: string; readonly trust: 'hardware' | 'development' }[]
  readonly intermediates?: readonly string[]
}

interface EncodedEndorsements {
  readonly certificates?: readonly string[]
  readonly crls?: readonly string[]
  readonly tcbInfo?: EncodedFile
  readonly qeIdentity?: EncodedFile
}

interface EncodedFile {
  readonly body: string
  readonly signature: string
  readonly certificates: readonly string[]
}

/** What every implementation answers. Claims are there when the evidence is genuine, and so are the checks of the policy. */
export interface AttestationVerdict {
  readonly ok: boolean
  readonly level: 'tee' | 'development' | 'none'
  readonly code?: AttestationFault
  readonly claims?: object
  readonly gpus?: readonly object[]
  /** By name `pass`, or the code. */
  readonly checks?: Readonly<Record<string, string>>
  /** Of an envelope that is accepted: until when, Unix seconds. */
  readonly until?: number
}

/** Replays a vector: its verdict when signatures are checked by `check`, to compare with `vector.verdict`. */
export async function replay(vector: AttestationVector, check?: SignatureCheck): Promise<AttestationVerdict> {
  if (vector.envelope) return judge(vector, vector.envelope, check)
  const options = { now: vector.now, roots: rootsOf(vector.roots), ...(check ? { check } : {}) }
  const verified = (platform: Platform, evidence: string, endorsements: EncodedEndorsements) =>
    verifyEvidence({ platform, bytes: decode(evidence) }, { ...options, endorsements: endorsementsOf(endorsements) })
  const claims = await verified(vector.platform, vector.evidence, vector.endorsements)
  if (!claims.ok) return refused(claims.code)
  const gpus: Claims[] = []
  for (const gpu of vector.gpus ?? []) {
    const found = await verified('nvidia-gpu', gpu.evidence, gpu.endorsements)
    if (!found.ok) return refused(found.code)
    gpus.push(found)
  }
  return shape(appraise(claims, vector.policy, gpus), claims, gpus)
}

/** The same for evidence in an envelope, whose keyset is judged, too. */
async function judge(
  vector: AttestationVector,
  envelope: NonNullable<AttestationVector['envelope']>,
  check?: SignatureCheck,
): Promise<AttestationVerdict> {
  const { platform, gpus = [], now, policy } = vector
  const { chainId, ...expect } = envelope.expect
  const judgement = await judgeAttestation(
    {
      platform,
      evidence: decode(vector.evidence),
      endorsements: endorsementsOf(vector.endorsements),
      gpus: gpus.map(({ evidence, endorsements }) => ({ evidence: decode(evidence), endorsements: endorsementsOf(endorsements) })),
      keyset: decode(envelope.keyset),
      nonce: decode(envelope.nonce),
    },
    { now, trusts: trustsOf(vector.roots), policy, expect: { ...expect, chainId: BigInt(chainId) }, ...(check ? { check } : {}) },
  )
  if (!judgement.claims) return refused(judgement.code!)
  const { until } = judgement
  return { ...shape(judgement, judgement.claims, judgement.gpus), ...(until === undefined ? {} : { until }) }
}

const refused = (code: AttestationFault): AttestationVerdict => ({ ok: false, level: 'none', code })

const shape = (
  { ok, level, code, checks }: Pick<AttestationJudgement, 'ok' | 'level' | 'code' | 'checks'>,
  claims: Claims,
  gpus: readonly Claims[],
): AttestationVerdict => ({
  ok,
  level,
  ...(code === undefined ? {} : { code }),
  claims: claimsJson(claims),
  ...(gpus.length > 0 ? { gpus: gpus.map(claimsJson) } : {}),
  checks: Object.fromEntries(checks.map(({ name, code }) => [name, code ?? 'pass'])),
})

/** Anchors for hardware and for development apart, as an envelope is judged. */
function trustsOf(roots: AttestationVector['roots']): Trusts {
  const all = rootsOf(roots)
  const only = (trust: TrustAnchor['trust']): Roots =>
    Object.fromEntries(
      Object.entries(all).map(([vendor, { anchors, ...rest }]) => [
        vendor,
        { ...rest, anchors: anchors.filter((anchor) => anchor.trust === trust) },
      ]),
    )
  const development = Object.values(all).some(({ anchors }) => anchors.some(({ trust }) => trust === 'development'))
  return { hardware: only('hardware'), ...(development ? { development: only('development') } : {}) }
}

/** A member that is there without a value shows: claims have none. */
const claimsJson = (claims: Claims): object => JSON.parse(JSON.stringify(claims, (_, value) => plain(value)))

function plain(value: unknown): unknown {
  if (value === undefined) return 'undefined'
  return value instanceof Uint8Array ? bytesToHex(value) : value
}

const endorsementsOf = ({ certificates, crls, tcbInfo, qeIdentity }: EncodedEndorsements): Endorsements => ({
  ...(certificates ? { certificates: certificates.map(decode) } : {}),
  ...(crls ? { crls: crls.map(decode) } : {}),
  ...(tcbInfo ? { tcbInfo: fileOf(tcbInfo) } : {}),
  ...(qeIdentity ? { qeIdentity: fileOf(qeIdentity) } : {}),
})

const fileOf = ({ body, signature, certificates }: EncodedFile): SignedFile => ({
  body: decode(body),
  signature: decode(signature),
  certificates: certificates.map(decode),
})

function rootsOf(roots: AttestationVector['roots']): Roots {
  if (roots === 'vendors') return VENDOR_ROOTS
  return Object.fromEntries(
    Object.entries(roots).map(([vendor, { anchors, intermediates }]) => [
      vendor,
      {
        anchors: anchors.map(({ certificate, trust }): TrustAnchor => ({ certificate: decode(certificate), trust })),
        ...(intermediates ? { intermediates: intermediates.map(decode) } : {}),
      },
    ]),
  )
}

const decode = (text: string): Uint8Array => fromBase64(text)

/** The same with bytes in base64, and big integers as decimal strings. */
export function encoded(value: unknown): unknown {
  if (value instanceof Uint8Array) return base64(value)
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(encoded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, encoded(member)]))
}
