import { ADDRESSES, heldPaymentsAbi, modelsAbi } from '@opengradient/contracts'
import { decodeHeld, type HeldRecord, heldSlot, penaltiesSlot } from '@opengradient/contracts/slots'
import {
  type Address,
  bytesToHex,
  encodeZkProofInput,
  type Hex,
  type Receipt,
  type ZkPaidFor,
  type ZkProofInput,
  zkContext,
  zkNonce,
  zkStatementHash,
} from '@opengradient/protocol'
import type { ProvableModel } from '../../src/precompiles/zkProof/model.testkit.ts'
import { type Call, read, write } from './calls.ts'
import type { World, WorldOptions } from './harness.ts'
import { createScene, type Entry, type EntryOptions, hashOf, makeEntry, type Scene } from './scenario.ts'

const held = { abi: heldPaymentsAbi, to: ADDRESSES.heldPayments } as const

/** Blocks, as the contract has them. */
export const CHALLENGE_BLOCKS = 3_600n
export const PROOF_BLOCKS = 21_600n
/** What a bond keeps for equivocation, OPG wei. */
export const RESERVED = 5_000n * 10n ** 18n

/** The integer model that the scene's model is committed to, unless another is named. */
const ZK_MODEL: Hex = hashOf('integer model')

/** `createScene` with the model committed to an integer model. */
export async function createHeldScene(options: WorldOptions & { zkModelId?: Hex } = {}): Promise<Scene> {
  const scene = await createScene(options)
  await write(scene.world, committing(scene, options.zkModelId ?? ZK_MODEL))
  return scene
}

export function committing(scene: Pick<Scene, 'author' | 'modelId'>, zkModelId: Hex): Call<typeof modelsAbi, 'commitZk'> {
  return { abi: modelsAbi, to: ADDRESSES.models, name: 'commitZk', args: [scene.modelId, zkModelId], from: scene.author.address }
}

/** A payment with a receipt of level zk. Its statement is nobody's unless the options name it. */
export function zkEntry(scene: Parameters<typeof makeEntry>[0], options: EntryOptions = {}): Entry {
  return makeEntry(scene, { ...options, receipt: { level: 2, proofRef: hashOf('statement'), ...options.receipt } })
}

/** A settled-to-be payment whose answer is really proved, with the input that proves it. */
export interface Proven {
  readonly entry: Entry
  readonly input: ZkProofInput
}

/** Runs a model for a request and proves its answer for that request's receipt. */
export function provenEntry(
  scene: Pick<Scene, 'world' | 'payer' | 'node' | 'key' | 'modelId'>,
  model: ProvableModel,
  x: Int16Array,
  options: EntryOptions & { readonly nonce: Hex },
): Proven {
  const requestId = options.receipt?.requestId ?? hashOf(`request of ${options.nonce}`)
  const ctx = zkContext({ chainId: scene.world.chainId, requestId, salt: hashOf(`salt of ${options.nonce}`) })
  const input = model.prove([x], ctx)
  const modelId = options.receipt?.modelId ?? scene.modelId
  const proofRef = zkStatementHash({ modelId, zkModelId: bytesToHex(model.id), x: input.x, y: input.y, ctx })
  return { entry: zkEntry(scene, { ...options, receipt: { proofRef, ...options.receipt } }), input }
}

/** The same, paid by an authorisation for nothing but this answer, or for what `paidFor` names instead. */
export function boundEntry(
  scene: Pick<Scene, 'world' | 'payer' | 'node' | 'key' | 'modelId'>,
  model: ProvableModel,
  x: Int16Array,
  { name, paidFor, ...options }: EntryOptions & { readonly name: string; readonly paidFor?: Partial<ZkPaidFor> },
): Proven {
  const requestId = options.receipt?.requestId ?? hashOf(`request ${name}`)
  const salt = hashOf(`salt ${name}`)
  const input = model.prove([x], zkContext({ chainId: scene.world.chainId, requestId, salt }))
  const nonce = zkNonce({ modelId: scene.modelId, requestId, x: input.x, salt, ...paidFor })
  const proofRef = zkStatementHash({ modelId: scene.modelId, zkModelId: bytesToHex(model.id), x: input.x, y: input.y, ctx: input.ctx })
  return { entry: zkEntry(scene, { ...options, nonce, receipt: { requestId, proofRef, ...options.receipt } }), input }
}

export const proving = (receipt: Receipt, input: ZkProofInput, from?: Address): Call<typeof heldPaymentsAbi, 'prove'> => ({
  ...held,
  name: 'prove',
  args: [receipt, bytesToHex(encodeZkProofInput(input))],
  ...(from ? { from } : {}),
})
export const accepting = (receipt: Receipt, from: Address = receipt.payer): Call<typeof heldPaymentsAbi, 'accept'> => ({
  ...held,
  name: 'accept',
  args: [receipt],
  from,
})
export const releasing = (receipt: Receipt): Call<typeof heldPaymentsAbi, 'release'> => ({ ...held, name: 'release', args: [receipt] })
export const releasingMany = (receipts: readonly Receipt[]): Call<typeof heldPaymentsAbi, 'releaseMany'> => ({
  ...held,
  name: 'releaseMany',
  args: [receipts],
})
export const failing = (receipt: Receipt): Call<typeof heldPaymentsAbi, 'fail'> => ({ ...held, name: 'fail', args: [receipt] })
export const challenging = (receipt: Receipt, value: bigint, from: Address = receipt.payer): Call<typeof heldPaymentsAbi, 'challenge'> => ({
  ...held,
  name: 'challenge',
  args: [receipt],
  from,
  value,
})

/** OPG wei that a challenge deposits at least now. */
export const depositNow = (world: World): Promise<bigint> => read(world, { ...held, name: 'challengeDeposit', args: [] })

/** What storage says of a held payment. */
export async function heldOf(world: World, { paymentId }: Receipt): Promise<HeldRecord> {
  return decodeHeld(await world.storage(ADDRESSES.heldPayments, heldSlot(paymentId)))
}

/** OPG wei of a node's bond that answer for its held payments. */
export const penaltiesOf = (world: World, node: Address): Promise<bigint> => world.storage(ADDRESSES.heldPayments, penaltiesSlot(node))

/** Ten times the price, at least 0.1 OPG. */
export const penaltyOf = (price: bigint): bigint => (10n * price > 10n ** 17n ? 10n * price : 10n ** 17n)
