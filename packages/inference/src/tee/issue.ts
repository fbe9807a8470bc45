import {
  type Address,
  type AttestationEvidence,
  addressOf,
  type Domain,
  encodeEvidenceInput,
  encodeKeyset,
  type Hex,
  isOgError,
  keysetDigest,
  OgError,
  reportDataOf,
} from '@opengradient/protocol'
import { ReceiptSigner } from '../receipts/signer.ts'
import type { Attester } from './attester.ts'
import type { IssuedKeyset } from './keyset.ts'
import type { Recent } from './recent.ts'
import { type SealOpener, sealOpener } from './seal/opener.ts'

export interface IssuerOptions {
  readonly attester: Attester
  readonly domain: Domain
  /** The operator's account. */
  readonly node: Address
  /** SHA-256 of what this process runs. */
  readonly runtimeDigest: Hex
  readonly random: (length: number) => Uint8Array
  /** Unix seconds, by which receipts are dated. */
  readonly now: () => number
  readonly recent: () => Promise<Recent>
  /** Keeps an envelope, on disk when it resolves: before the chain hears of the keyset. */
  readonly keep: (digest: Hex, evidence: AttestationEvidence, notAfter: number) => Promise<void>
}

/** Seconds for which a keyset is valid, the most that the chain takes; the next one comes at half of it. */
const LIFE = 86_400

/**
 * Draws the keys of a new keyset and has them attested. The keys are in memory only. `erase` overwrites the one that signs; the other one is in
 * OpenSSL's memory, which clears it when the garbage collector frees the opener. docs/THREATS.md says what of them may be left.
 * @throws OgError `NODE_ATTESTATION_FAILED` when the attester gives no evidence, `CHAIN_UNREACHABLE`, `DISK_FULL`, `JOURNAL_FAILED`
 */
export async function issueKeyset(options: IssuerOptions, modelIds: readonly Hex[]): Promise<IssuedKeyset<SealOpener>> {
  const { domain, node, runtimeDigest, random, keep } = options
  const keys = { sign: random(32), hpke: random(32) }
  let opener: SealOpener | undefined
  const erase = () => {
    keys.sign.fill(0)
    keys.hpke.fill(0)
    opener?.erase()
  }
  try {
    const { parent, timestamp } = await options.recent()
    opener = sealOpener(keys.hpke)
    // Not ahead of the chain, which would refuse it, nor of this machine, whose receipts would be older than the keyset.
    const notBefore = Math.min(timestamp, options.now())
    const notAfter = notBefore + LIFE
    const keyset = encodeKeyset({
      v: 1,
      chainId: domain.chainId,
      node,
      notBefore: BigInt(notBefore),
      notAfter: BigInt(notAfter),
      sign: addressOf(keys.sign),
      hpke: opener.publicKey,
      modelIds,
      runtimeDigest,
    })
    const nonce = Uint8Array.from(Buffer.from(parent.hash.slice(2), 'hex'))
    const evidence = await attestKeyset(options.attester, keyset, nonce)
    const digest = keysetDigest(keyset)
    const input = encodeEvidenceInput(evidence)
    await keep(digest, evidence, notAfter)
    const signer = new ReceiptSigner(keys.sign, domain)
    return { digest, keyset, modelIds, notAfter, signer, opener, input, nonceBlock: parent.number, erase }
  } catch (error) {
    erase()
    throw error
  }
}

/**
 * Evidence about a keyset under a nonce of 32 bytes.
 * @throws OgError `NODE_ATTESTATION_FAILED`
 */
export async function attestKeyset(attester: Attester, keyset: Uint8Array, nonce: Uint8Array): Promise<AttestationEvidence> {
  try {
    const { evidence, endorsements, eventLog, gpus = [] } = await attester.attest(reportDataOf(keyset, nonce))
    const { platform } = attester
    return { platform, evidence, endorsements, gpus, keyset, nonce, ...(eventLog && { eventLog }) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const code = isOgError(cause) ? `${cause.code}: ` : ''
    throw new OgError('NODE_ATTESTATION_FAILED', `The platform ${attester.platform} gave no evidence: ${code}${reason}`, { cause })
  }
}
