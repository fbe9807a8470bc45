import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type CollateralRecord,
  collateralSlots,
  dataAddress,
  decodeCollateral,
  decodePolicy,
  decodeRegistration,
  decodeRevocations,
  decodeStanding,
  keysetOfSlot,
  policyCountSlot,
  policySlots,
  type RegistrationRecord,
  registrationSlots,
  revocationsSlot,
  revokedAtSlot,
  standingSlots,
  unexpiredCountSlot,
  unexpiredSlots,
} from '@opengradient/contracts/slots'
import {
  type Address,
  bytesToHex,
  concatBytes,
  type Hex,
  hexToBytes,
  OgError,
  parseHex,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@opengradient/protocol'
import { decodeAbiParameters } from 'viem'
import type { Rpc } from '../chain/rpc.ts'
import type { StateView } from '../state/view.ts'

const { attestations } = ADDRESSES

/** A keyset of a node as things stand in one block. Its evidence was accepted by the chain; whoever uses it verifies it again. */
export interface KeysetFact extends RegistrationRecord {
  digest: Hex
  /** When it stops to count, exclusive, unix seconds: its own end, that of the policy that it was judged by, or the node's leave. */
  end: bigint
  /** Something that it rests on was revoked since: it counts no more. */
  revoked: boolean
}

/** Undefined when the node never registered the keyset; without a digest, when it has none now. */
export async function keysetFact(state: StateView, rpc: Rpc, node: Address, digest?: Hex): Promise<KeysetFact | undefined> {
  const { current, leftAt } = decodeStanding(await state.words(attestations, standingSlots(node)))
  const wanted = digest ?? current
  if (wanted === ZERO_HASH) return undefined
  const record = decodeRegistration(await state.words(attestations, registrationSlots(node, wanted)))
  if (record.from === 0n) return undefined
  const [policy, revoked] = await Promise.all([policyRecord(state, record.policy), isRevoked(state, rpc, record)])
  const ends = [record.until, ...(policy.until > 0n ? [policy.until] : []), ...(leftAt >= record.from ? [leftAt] : [])]
  return { ...record, digest: wanted, end: ends.reduce((a, b) => (a < b ? a : b)), revoked }
}

/** When a key was in a keyset that the node registered, revoked or not: `from` 0 never; `until` is the end that its evidence gave it. */
export async function signerFact(state: StateView, node: Address, key: Address): Promise<{ from: bigint; until: bigint }> {
  const digest = await state.word(attestations, keysetOfSlot(node, key))
  if (digest === 0n) return { from: 0n, until: 0n }
  const { from, until } = decodeRegistration(await state.words(attestations, registrationSlots(node, toHash(digest))))
  return { from, until }
}

/** A keyset, and everything whose revocation ends it. */
export interface RestingKeyset extends KeysetFact {
  readonly restsOn: readonly Hex[]
}

/** A node registers a keyset at most every few minutes and keeps them for a day. */
const MAX_KEYSETS = 1_000

/** The keysets of a node that are not over in this block, revoked ones included. */
export async function keysetsFact(state: StateView, rpc: Rpc, node: Address): Promise<RestingKeyset[]> {
  const count = await state.word(attestations, unexpiredCountSlot(node))
  const digests = await state.words(attestations, unexpiredSlots(node, Math.min(Number(count), MAX_KEYSETS)))
  const found: RestingKeyset[] = []
  for (const digest of digests) {
    const fact = await keysetFact(state, rpc, node, toHash(digest))
    if (fact && fact.end > BigInt(state.header.timestamp)) found.push({ ...fact, restsOn: await marksOf(state, rpc, fact) })
  }
  return found
}

const toHash = (word: bigint): Hex => `0x${word.toString(16).padStart(64, '0')}`

/** What a vendor published, as somebody brought it to the chain. */
export interface CollateralFact extends CollateralRecord {
  /** `encodeCollateral`. */
  readonly bytes: Uint8Array
}

/** The newest collateral of a key (`crlKey` … of `@opengradient/attestation`); undefined when nobody brought any. */
export async function collateralFact(state: StateView, rpc: Rpc, key: Hex): Promise<CollateralFact | undefined> {
  const record = decodeCollateral(await state.words(attestations, collateralSlots(key)))
  if (record.thisUpdate === 0n) return undefined
  const kept = await keptBytes(state, rpc, record.data)
  return { ...record, bytes: record.inPieces ? await joined(state, rpc, kept) : kept }
}

/** A policy of the network for evidence, the one in force if no number (from 1) is given: canonical JSON. */
export async function policyFact(state: StateView, rpc: Rpc, wanted?: number): Promise<{ number: number; json: Uint8Array }> {
  const number = wanted ?? Number(await state.word(attestations, policyCountSlot))
  if (number === 0) throw new OgError('CHAIN_DATA_VERSION', 'this network has no policy for evidence: it is of a version without level tee')
  const { data } = await policyRecord(state, number)
  return { number, json: await keptBytes(state, rpc, data) }
}

/** Roots (DER) whose evidence counts as development on this network; none on public ones. */
export async function developmentRootsFact(state: StateView, rpc: Rpc): Promise<Uint8Array[]> {
  const { developmentRoots } = decodeRevocations(await state.word(attestations, revocationsSlot))
  if (developmentRoots === ZERO_ADDRESS) return []
  const [roots] = decodeAbiParameters([{ type: 'bytes[]' }], await keptBytes(state, rpc, developmentRoots))
  return roots.map((root) => hexToBytes(root.toLowerCase() as Hex))
}

const policyRecord = async (state: StateView, number: number) => decodePolicy(await state.words(attestations, policySlots(number)))

/** Only if there were revocations since the registration are its marks looked at, as the contract does. */
async function isRevoked(state: StateView, rpc: Rpc, record: RegistrationRecord): Promise<boolean> {
  const { revocations } = decodeRevocations(await state.word(attestations, revocationsSlot))
  if (revocations === record.revocations) return false
  const marks = await marksOf(state, rpc, record)
  const times = await state.words(attestations, marks.map(revokedAtSlot))
  return times.some((time) => time !== 0n)
}

async function marksOf(state: StateView, rpc: Rpc, { marks }: RegistrationRecord): Promise<Hex[]> {
  const packed = await keptBytes(state, rpc, marks)
  return Array.from({ length: packed.length / 32 }, (_, i) => bytesToHex(packed.subarray(32 * i, 32 * i + 32)))
}

/** What is kept in pieces, whose addresses these are. */
async function joined(state: StateView, rpc: Rpc, places: Uint8Array): Promise<Uint8Array> {
  const pieces = Array.from({ length: places.length / 20 }, (_, i) => bytesToHex(places.subarray(20 * i, 20 * i + 20)))
  return concatBytes(...(await Promise.all(pieces.map((piece) => keptBytes(state, rpc, piece)))))
}

/** What `Data.sol` keeps at an address, which follows from the content: no other content has it. @throws OgError `RPC_LIED` */
async function keptBytes(state: StateView, rpc: Rpc, place: Address): Promise<Uint8Array> {
  const answer = await rpc.call('eth_getCode', [place, `0x${state.header.number.toString(16)}`])
  try {
    const content = hexToBytes(parseHex(answer, undefined, 'code')).subarray(1)
    if (dataAddress(content) === place) return content
  } catch {
    // Not even hex: a lie like any other.
  }
  throw new OgError('RPC_LIED', `the RPC gave other bytes for ${place} than are kept there`, { details: { address: place } })
}
