import {
  type AttestationPolicy,
  type Claims,
  DEFAULT_POLICY,
  mainMeasurementMark,
  marksOf,
  measurementMark,
  type Platform,
  platformMark,
  policyBytes,
  rootsForDevelopment,
  TCB_STATUSES,
  verifyEvidence,
} from '@opengradient/attestation'
import { type DevelopmentAttesterOptions, developmentAttester, developmentRootOf } from '@opengradient/attestation-dev'
import { dataAddress } from '@opengradient/contracts/slots'
import {
  bytesToHex,
  encodeCmw,
  encodeEvidenceInput,
  encodeKeyset,
  type Hex,
  type Keyset,
  keccak256,
  keccak256Hex,
  keysetDigest,
  presets,
  reportDataOf,
  requestHashOf,
  responseHashOf,
  sha256Hex,
  signDigest,
  utf8,
} from '@opengradient/protocol'
import { actor, HOUR } from './cast.ts'
import { type Edits, hashOf, type Scene } from './scene.ts'
import type { TeeScene } from './teeState.ts'

/** Roots of our own stand for a vendor's where `Trust.roots` names them, and for development where the network does. */
const SEED = 'OpenGradient test vectors'
const DEVELOPMENT_SEED = 'OpenGradient test vectors: development'

const nothing = (name: string): Hex => sha256Hex(utf8(`test vectors: ${name}`))
const digest = (name: string): Uint8Array => keccak256(utf8(`test vectors: ${name}`))

/** How an honest scene is told. */
export interface TeeTelling {
  readonly trust?: 'hardware' | 'development'
  readonly platform?: Platform
  /** How many GPUs the enclave shows. */
  readonly gpus?: number
  readonly policy?: Partial<AttestationPolicy>
  readonly keyset?: (keyset: Keyset, scene: Scene) => Partial<Keyset>
  /** Block time of the registration, seconds after the receipt; 600 before it if absent. */
  readonly registered?: number
  /** Seconds before the registration at which the evidence is made. */
  readonly age?: number
  /** Other things of the enclave that the evidence shows. */
  readonly enclave?: Partial<DevelopmentAttesterOptions>
  /** The GPUs answer another enclave. */
  readonly foreignGpus?: boolean
}

/** An answer from an enclave, with its evidence. */
export function attested(telling: TeeTelling = {}): Edits {
  const { trust = 'hardware' } = telling
  return {
    async answer(scene) {
      scene.tee = await enclave(scene, telling)
    },
    claim(scene) {
      const { keysetDigest, salts } = scene.tee!
      Object.assign(scene.receipt, {
        level: trust === 'hardware' ? 1 : 129,
        proofRef: keysetDigest,
        requestHash: requestHashOf(scene.request, salts.requestSalt),
        responseHash: responseHashOf(scene.response.body, salts.responseSalt),
      })
    },
    sign(scene) {
      scene.signature = signDigest(hashOf(scene), scene.tee!.sign.key)
    },
    bundle(scene) {
      const { envelope, policyBytes: policy, roots, salts, sign } = scene.tee!
      const development = trust === 'hardware' ? {} : { developmentRoots: roots }
      Object.assign(scene.bundle, { signer: sign.address, tee: { cmw: encodeCmw(envelope), policy, ...development }, seal: salts })
    },
    judge(scene) {
      if (trust === 'hardware') scene.trust.roots = scene.tee!.roots.map((root) => bytesToHex(root))
      scene.policy = trust === 'hardware' ? presets.tee : presets.development
    },
  }
}

async function enclave(scene: Scene, telling: TeeTelling): Promise<TeeScene> {
  const { trust = 'hardware', platform = 'nitro', gpus = 0 } = telling
  const sign = actor('key in the enclave')
  const base: Keyset = {
    v: 1,
    chainId: scene.domain.chainId,
    node: scene.operator.address,
    notBefore: BigInt(scene.issuedAt - 660),
    notAfter: BigInt(scene.issuedAt + HOUR),
    sign: sign.address,
    hpke: nothing('a public key'),
    modelIds: [scene.modelId, nothing('another model')].sort(),
    runtimeDigest: nothing('the runtime'),
  }
  const keyset = { ...base, ...telling.keyset?.(base, scene) }
  const bytes = encodeKeyset(keyset)
  const nonce = digest('hash of a recent block')
  const from = scene.issuedAt + (telling.registered ?? -600)
  const made = from - (telling.age ?? 0)
  const seed = trust === 'hardware' ? SEED : DEVELOPMENT_SEED
  const shows = (platform: Platform, machine: string, asked = nonce) =>
    developmentAttester({ platform, seed, machine, now: () => made, ...telling.enclave }).attest(reportDataOf(bytes, asked))
  const { evidence, endorsements } = await shows(platform, 'machine')
  const shown = await Promise.all(
    Array.from({ length: gpus }, (_, i) => shows('nvidia-gpu', `gpu ${i}`, telling.foreignGpus ? digest('another nonce') : nonce)),
  )
  const roots = [developmentRootOf(seed, platform), ...(gpus > 0 ? [developmentRootOf(seed, 'nvidia-gpu')] : [])]
  const envelope = { platform, evidence, endorsements, gpus: shown, keyset: bytes, nonce }
  const claims = await claimsOf(envelope, roots, made)
  const policy = policyFor(claims[0]!, trust, from, telling.policy)
  return {
    trust,
    sign,
    keyset,
    keysetDigest: keysetDigest(bytes),
    envelope,
    salts: { requestSalt: nothing('request salt'), responseSalt: nothing('response salt') },
    roots,
    policy,
    policyBytes: policyBytes(policy),
    policyUntil: 0n,
    ...registrationOf(claims, keyset, trust, from, encodeEvidenceInput(envelope)),
    registeredAs: keysetDigest(bytes),
    leftAt: 0n,
    revoked: [],
    revocations: 0,
  }
}

/** What the evidence shows, of enclave and GPUs. */
export async function claimsOf(
  { platform, evidence, endorsements, gpus }: TeeScene['envelope'],
  certificates: readonly Uint8Array[],
  now: number,
): Promise<Claims[]> {
  const all = [{ platform, evidence, endorsements }, ...gpus.map((gpu) => ({ platform: 'nvidia-gpu', ...gpu }))]
  const roots = rootsForDevelopment(certificates)
  return Promise.all(
    all.map(async ({ platform, evidence: bytes, endorsements }) => {
      const claims = await verifyEvidence({ platform: platform as Platform, bytes }, { now, roots, endorsements })
      if (!claims.ok) throw new Error(`the evidence of the vectors is refused: ${claims.code} ${claims.message}`)
      return claims
    }),
  )
}

/** A policy that lists this code and nothing else. */
function policyFor(
  { platform, measurements }: Claims,
  trust: 'hardware' | 'development',
  from: number,
  changes: Partial<AttestationPolicy> = {},
): AttestationPolicy {
  return {
    ...DEFAULT_POLICY,
    allowDevelopment: trust === 'development',
    tcb: { ...DEFAULT_POLICY.tcb, minSvn: { Genoa: { snp: 14, microcode: 72 } } },
    measurements: [{ platform, values: { ...measurements }, notAfter: from + 30 * 24 * HOUR, build: 'https://builds.example/enclave/1' }],
    ...changes,
  }
}

function registrationOf(
  claims: readonly Claims[],
  keyset: Keyset,
  trust: 'hardware' | 'development',
  from: number,
  input: Uint8Array,
): Pick<TeeScene, 'registration' | 'marks'> {
  const [own] = claims as [Claims]
  const marks = marksOf(claims)
  const until = Math.min(Number(keyset.notAfter), ...claims.map(({ validUntil }) => validUntil))
  const packed = Uint8Array.from(marks.flatMap((mark) => [...Buffer.from(mark.slice(2), 'hex')]))
  return {
    marks,
    registration: {
      signer: keyset.sign,
      from: BigInt(from),
      level: trust === 'hardware' ? 1 : 129,
      tcbStatus: TCB_STATUSES.indexOf(own.tcb.status),
      notBefore: keyset.notBefore,
      until: BigInt(until),
      evaluation: own.tcb.evaluation ?? 0,
      policy: 1,
      revocations: 0,
      measurement: measurementMark(own),
      mainMeasurement: mainMeasurementMark(own),
      platformId: platformMark(own),
      evidenceHash: keccak256Hex(input),
      marks: dataAddress(packed),
    },
  }
}
