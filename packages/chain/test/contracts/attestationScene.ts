import { type AttestationPolicy, DEFAULT_POLICY, PLATFORMS, type Platform, policyBytes, type Roots } from '@opengradient/attestation'
import { developmentAttester, developmentCertificates, developmentRoots } from '@opengradient/attestation-dev'
import { ADDRESSES, attestationsAbi } from '@opengradient/contracts'
import {
  type Address,
  type AttestationEvidence,
  bytesToHex,
  encodeEvidenceInput,
  encodeKeyset,
  type Hex,
  type Keyset,
  keysetDigest,
  reportDataOf,
} from '@opengradient/protocol'
import type { GenesisAttestation } from '../../src/genesis/attestation.ts'
import type { Call } from './calls.ts'
import { blockHashOf, type WorldOptions } from './harness.ts'
import { createScene, HOUR, hashOf, type Scene } from './scenario.ts'

/** What development evidence in the tests comes from. */
export const SEED = 'contract tests'

/** Everything goes but what would make the evidence worthless: any code, on any platform, under development roots too. */
export const OPEN_POLICY: AttestationPolicy = {
  ...DEFAULT_POLICY,
  platforms: PLATFORMS.filter((platform) => platform !== 'nvidia-gpu'),
  deniedFamilies: [],
  allowDevelopment: true,
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { snp: { snp: 0 }, 'azure-snp-vtpm': { snp: 0 } } },
  measurements: 'any',
  revocation: 'optional',
}

/** A policy as `setPolicy` takes it. */
export const policyHex = (policy: AttestationPolicy): Hex => bytesToHex(policyBytes(policy))

const utf8Text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Development roots of the tests, and a policy. */
export function attestationOf(policy: AttestationPolicy = OPEN_POLICY): GenesisAttestation {
  return { policy: utf8Text(policyBytes(policy)), developmentRoots: developmentCertificates(SEED).map(bytesToHex) }
}

/** What the chain takes for the roots of the vendors in tests that need evidence of real hardware: `{ seed: HARDWARE }` makes it. */
export const HARDWARE = 'hardware of the tests'

const HARDWARE_ROOTS: Roots = Object.fromEntries(
  Object.entries(developmentRoots(HARDWARE)).map(([vendor, { anchors, ...rest }]) => [
    vendor,
    { ...rest, anchors: anchors.map(({ certificate }) => ({ certificate, trust: 'hardware' as const })) },
  ]),
)

/** `createScene` on a network with development roots. */
export function createAttestedScene(options: WorldOptions & { policy?: AttestationPolicy } = {}): Promise<Scene> {
  return createScene({ attestation: attestationOf(options.policy), hardware: HARDWARE_ROOTS, ...options })
}

export interface ShownOptions {
  readonly platform?: Platform
  /** Whose evidence; the scene's node unless named. */
  readonly node?: Address
  readonly chainId?: bigint
  /** Signs receipts. */
  readonly signer?: Address
  /** Seconds from now. */
  readonly notBefore?: bigint
  readonly notAfter?: bigint
  /** Number of the block whose hash is the nonce; the one before this. */
  readonly nonceBlock?: bigint
  readonly machine?: string
  /** Names of GPUs beside it. */
  readonly gpus?: readonly string[]
  readonly measurement?: Hex
  readonly seed?: string
  /** Unix seconds at which the development machine makes it. */
  readonly madeAt?: number
  /** Changes everything that could be said, after it was made. */
  readonly change?: (evidence: AttestationEvidence) => AttestationEvidence
}

/** Evidence, and what it binds. */
export interface Shown {
  readonly keyset: Keyset
  readonly digest: Hex
  readonly nonceBlock: bigint
  readonly evidence: AttestationEvidence
  /** As `register` takes it. */
  readonly input: Hex
}

/** Development evidence for a node of the scene, as it could be registered now. */
export async function show(scene: Pick<Scene, 'world' | 'node' | 'stranger'>, options: ShownOptions = {}): Promise<Shown> {
  const { world, node } = scene
  const now = world.now()
  const keyset: Keyset = {
    v: 1,
    chainId: options.chainId ?? world.chainId,
    node: options.node ?? node.address,
    notBefore: now + (options.notBefore ?? -60n),
    notAfter: now + (options.notAfter ?? 6n * HOUR),
    sign: options.signer ?? scene.stranger.address,
    hpke: hashOf('hpke'),
    modelIds: [hashOf('model')],
    runtimeDigest: hashOf('runtime'),
  }
  const bytes = encodeKeyset(keyset)
  const nonceBlock = options.nonceBlock ?? world.height() - 1n
  const nonce = blockHashOf(nonceBlock)
  const reportData = reportDataOf(bytes, nonce)
  const { evidence, endorsements } = await attester(options, Number(now)).attest(reportData)
  const asked = (options.gpus ?? []).map((machine) => attester({ ...options, platform: 'nvidia-gpu', machine }, Number(now)))
  const gpus = await Promise.all(asked.map((gpu) => gpu.attest(reportData)))
  const whole: AttestationEvidence = { platform: options.platform ?? 'tdx', evidence, endorsements, gpus, keyset: bytes, nonce }
  const changed = options.change?.(whole) ?? whole
  return { keyset, digest: keysetDigest(bytes), nonceBlock, evidence: changed, input: bytesToHex(encodeEvidenceInput(changed)) }
}

function attester({ platform = 'tdx', seed = SEED, machine, measurement, madeAt }: ShownOptions, now: number) {
  return developmentAttester({
    platform,
    seed,
    now: () => madeAt ?? now,
    ...(machine !== undefined && { machine }),
    ...(measurement !== undefined && { measurement }),
  })
}

const attestations = { abi: attestationsAbi, to: ADDRESSES.attestations } as const

export const showing = (shown: Shown, posted: readonly Hex[] = []): Call<typeof attestationsAbi, 'register'> => ({
  ...attestations,
  name: 'register',
  args: [shown.input, shown.nonceBlock, posted],
  from: shown.keyset.node,
})

/** A function of `Attestations` with its arguments, typed. */
export const asking = attestations

/** The level at which a node is now. */
export const levelOf = (node: Address): Call<typeof attestationsAbi, 'attestedLevel'> & { readonly args: readonly [Address] } => ({
  ...attestations,
  name: 'attestedLevel',
  args: [node],
})
