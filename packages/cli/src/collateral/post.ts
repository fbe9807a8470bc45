import { rootsForDevelopment, underTrusts, VENDOR_ROOTS, type VerifiedCollateral, verifyCollateral } from '@opengradient/attestation'
import { nodeCheck } from '@opengradient/attestation/node'
import type { ChainFacts, Writer } from '@opengradient/client'
import { ADDRESSES, attestationsAbi } from '@opengradient/contracts'
import { dataName } from '@opengradient/contracts/slots'
import { bytesToHex, decodeCollateral, isRevocationList, MAX_KEPT, OgError } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'

/** A file of a vendor as it would be posted. */
export interface Postable {
  readonly name: string
  /** `encodeCollateral`. */
  readonly bytes: Uint8Array
  readonly verified: VerifiedCollateral
  /** `newer` than what the chain has; or the chain has it, or something newer. */
  readonly state: 'newer' | 'there'
}

/**
 * Verifies a file of a vendor as the chain would, and compares it with what is there.
 * @param now Unix seconds, of a block
 * @throws OgError `COLLATERAL_MALFORMED`, `USAGE` when it is not genuine or not in date
 */
export async function postable(facts: ChainFacts, name: string, bytes: Uint8Array, now: number): Promise<Postable> {
  const collateral = decodeCollateral(bytes)
  const development = await facts.developmentRoots()
  const trusts = { hardware: VENDOR_ROOTS, ...(development.length > 0 ? { development: rootsForDevelopment(development) } : {}) }
  const verified = await underTrusts(trusts, (roots) => verifyCollateral(collateral, { now, roots, check: nodeCheck }))
  if (!verified.ok) throw new OgError('USAGE', `${name}: ${verified.code}: ${verified.message} The chain would refuse it`)
  return { name, bytes, verified, state: (await isNewer(facts, verified)) ? 'newer' : 'there' }
}

/** As `Attestations.postCollateral` compares. */
async function isNewer(facts: ChainFacts, { key, kind, number, thisUpdate }: VerifiedCollateral): Promise<boolean> {
  const there = await facts.collateral(key)
  if (!there) return true
  const numbered = isRevocationList(kind) && (number !== 0n || there.number !== 0n)
  const later = numbered ? number > there.number : number >= there.number
  return later && BigInt(thisUpdate) > there.thisUpdate
}

/** Brings it to the chain, which anybody may: in pieces where it is long. @throws OgError as `Writer` */
export async function post(writer: Writer, { name, bytes }: Postable): Promise<void> {
  const to = ADDRESSES.attestations
  if (bytes.length <= MAX_KEPT) {
    const data = encodeFunctionData({ abi: attestationsAbi, functionName: 'postCollateral', args: [bytesToHex(bytes)] })
    await writer.send({ what: `post ${name}`, to, data })
    return
  }
  const pieces = Array.from({ length: Math.ceil(bytes.length / MAX_KEPT) }, (_, i) => bytes.subarray(i * MAX_KEPT, (i + 1) * MAX_KEPT))
  for (const [i, piece] of pieces.entries()) {
    const data = encodeFunctionData({ abi: attestationsAbi, functionName: 'keep', args: [bytesToHex(piece)] })
    await writer.send({ what: `bring piece ${i + 1} of ${pieces.length} of ${name}`, to, data })
  }
  const data = encodeFunctionData({ abi: attestationsAbi, functionName: 'postKept', args: [pieces.map(dataName)] })
  await writer.send({ what: `post ${name}`, to, data })
}
