import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  batchSlots,
  historyCountSlot,
  historyPeakSlot,
  keySlot,
  modelSlots,
  nodeSlots,
  policySlots,
  priceSlots,
  registrationSlots,
  revocationsSlot,
  revokedAtSlot,
  settledSlot,
  standingSlots,
  zkModelSlot,
} from '@opengradient/contracts/slots'
import {
  type Address,
  type ChainEvidence,
  type Header,
  type Hex,
  type HistoryProof,
  historyLeaf,
  OgError,
  parseHex,
  peakFromPath,
  placeOf,
} from '@opengradient/protocol'
import type { TrustedBlock } from '../chain/head.ts'
import { lying } from '../chain/headerRlp.ts'
import type { Rpc } from '../chain/rpc.ts'

/** Which facts a bundle needs about its answer. */
export interface EvidenceQuery {
  node: Address
  /** The receipt key. */
  key: Address
  modelId: Hex
  /** Units that were billed: 0 request, 1 byte, 2 token in, 3 token out. */
  unit: number | readonly number[]
  /** To prove that it was settled, and for which receipt. */
  paymentId?: Hex
  /** Number of the batch that holds the receipt. */
  batch?: bigint
  /** To prove which integer model the model is committed to: for answers of level zk. */
  zk?: boolean
  /** To prove that the node registered a keyset and that nothing it rests on was revoked: for answers of level tee. */
  keyset?: KeysetQuery
}

/** `marks`: everything whose revocation ends the keyset (`marksOf` of its claims). `policy`: number of the one that it was judged by. */
export interface KeysetQuery {
  digest: Hex
  policy: number
  marks: readonly Hex[]
}

/** Proofs of all that a verifier asks about one answer, in the state of `block`. */
export async function chainEvidence(block: TrustedBlock, query: EvidenceQuery): Promise<ChainEvidence> {
  const { node, key, modelId, unit, paymentId, batch, zk = false, keyset } = query
  const units = typeof unit === 'number' ? [unit] : unit
  const settlement = [...(paymentId ? [settledSlot(paymentId)] : []), ...(batch === undefined ? [] : batchSlots(node, batch))]
  const accounts = await block.state.evidence([
    {
      address: ADDRESSES.nodes,
      slots: [...nodeSlots(node), keySlot(node, key), ...units.flatMap((one) => priceSlots(node, modelId, one))],
    },
    { address: ADDRESSES.models, slots: [...modelSlots(modelId), ...(zk ? [zkModelSlot(modelId)] : [])] },
    ...(settlement.length > 0 ? [{ address: ADDRESSES.settlement, slots: settlement }] : []),
    ...(keyset ? [{ address: ADDRESSES.attestations, slots: keysetSlots(node, keyset) }] : []),
  ])
  return { header: block.rlp, commit: commitOf(block), accounts }
}

const keysetSlots = (node: Address, { digest, policy, marks }: KeysetQuery): Hex[] => [
  ...standingSlots(node),
  ...registrationSlots(node, digest),
  ...policySlots(policy),
  revocationsSlot,
  ...marks.map(revokedAtSlot),
]

/** How the `History` of `newer` holds the hash of the older block `old`. @throws OgError `RPC_LIED` */
export async function historyProof(rpc: Rpc, old: Header, newer: TrustedBlock): Promise<HistoryProof> {
  const height = BigInt(old.number)
  const count = await newer.state.word(ADDRESSES.history, historyCountSlot)
  const { peak } = placeOf(height, count)
  const [answer, found, accounts] = await Promise.all([
    rpc.call('og_getHistoryProof', [`0x${old.number.toString(16)}`, `0x${newer.header.number.toString(16)}`]),
    newer.state.word(ADDRESSES.history, historyPeakSlot(peak)),
    newer.state.evidence([{ address: ADDRESSES.history, slots: [historyCountSlot, historyPeakSlot(peak)] }]),
  ])
  const path = lying(() => readPath(answer))
  const reached = lying(() => peakFromPath(historyLeaf(height, old.hash), height, count, path))
  if (BigInt(reached) !== found)
    throw new OgError('RPC_LIED', `the RPC's path does not lead from block ${height} to the history of block ${newer.header.number}`)
  const [history] = accounts
  const [countProof, peakProof] = history?.storage ?? []
  if (!history || !countProof || !peakProof) throw new OgError('INTERNAL', 'the proof of History is incomplete')
  return { header: newer.rlp, commit: commitOf(newer), account: history.proof, count: countProof, peak: peakProof, path }
}

function readPath(answer: unknown): Hex[] {
  const { path } = answer as { path: unknown }
  if (!Array.isArray(path) || path.length > 63) throw new OgError('HISTORY_PROOF_INVALID', 'a history path is a list of at most 63 hashes')
  return path.map((step) => parseHex(step, 32, 'history path'))
}

function commitOf({ commit, header }: TrustedBlock) {
  if (commit) return commit
  throw new OgError('CHAIN_STALE', `block ${header.number} is the genesis block, which nobody signs; wait for the next block`)
}
