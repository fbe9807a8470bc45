import { type AttestationPolicy, DEFAULT_POLICY, type Platform, policyBytes } from '@opengradient/attestation'
import { developmentAttester, developmentCertificates } from '@opengradient/attestation-dev'
import { ADDRESSES, attestationsAbi } from '@opengradient/contracts'
import {
  type Address,
  type AttestationEvidence,
  bytesToHex,
  encodeEvidenceInput,
  encodeKeyset,
  type Hex,
  hexToBytes,
  type Keyset,
  keysetDigest,
  reportDataOf,
} from '@opengradient/protocol'
import { encodeFunctionData, type LocalAccount } from 'viem'
import { type ChainClient, createWriter, type Sent } from '../src/index.ts'

/** What development evidence in the tests comes from. */
export const SEED = 'client tests'

/** Any code, on any platform, under development roots too. */
export const OPEN_POLICY: AttestationPolicy = {
  ...DEFAULT_POLICY,
  platforms: ['nitro', 'snp', 'tdx'],
  allowDevelopment: true,
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { snp: { snp: 0 } } },
  measurements: 'any',
}

/** The part of a genesis. */
export const attestationOf = (policy: AttestationPolicy = OPEN_POLICY) => ({
  policy: new TextDecoder().decode(policyBytes(policy)),
  developmentRoots: developmentCertificates(SEED).map(bytesToHex),
})

const HASH = (byte: string): Hex => `0x${byte.repeat(32)}`

/** Development evidence for a node in the newest block, as it could be registered. */
export async function evidenceFor(
  client: ChainClient,
  node: Address,
  { platform = 'nitro' as Platform, sign = `0x${'51'.repeat(20)}` as Address, ...changes }: Partial<Keyset> & { platform?: Platform } = {},
): Promise<{ evidence: AttestationEvidence; digest: Hex; nonceBlock: bigint }> {
  const { header } = await client.head()
  const now = header.timestamp
  const keyset = encodeKeyset({
    v: 1,
    chainId: client.domain.chainId,
    node,
    notBefore: BigInt(now),
    notAfter: BigInt(now) + 6n * 3600n,
    sign,
    hpke: HASH('09'),
    modelIds: [HASH('aa')],
    runtimeDigest: HASH('bb'),
    ...changes,
  })
  // An estimate runs in the newest block, which does not know its own hash yet.
  const nonce = hexToBytes(header.parentHash)
  const made = await developmentAttester({ platform, seed: SEED, now: () => Number(now) }).attest(reportDataOf(keyset, nonce))
  const { evidence, endorsements } = made
  return {
    evidence: { platform, evidence, endorsements, gpus: [], keyset, nonce },
    digest: keysetDigest(keyset),
    nonceBlock: BigInt(header.number) - 1n,
  }
}

type Functions = 'register' | 'endKeysets' | 'postCollateral' | 'keep' | 'postKept' | 'revokeListed'

/** Sends a call of `Attestations`. */
export function attestationsCall(
  client: ChainClient,
  account: LocalAccount,
  functionName: Functions,
  args: readonly unknown[],
): Promise<Sent> {
  const data = encodeFunctionData({ abi: attestationsAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0])
  return createWriter({ client, account }).send({ what: functionName, to: ADDRESSES.attestations, data })
}

/** Registers what `evidenceFor` makes. */
export async function registerKeyset(client: ChainClient, account: LocalAccount, changes: Parameters<typeof evidenceFor>[2] = {}) {
  const made = await evidenceFor(client, account.address.toLowerCase() as Address, changes)
  await attestationsCall(client, account, 'register', [bytesToHex(encodeEvidenceInput(made.evidence)), made.nonceBlock, []])
  return made
}
