import { ADDRESSES } from '@opengradient/contracts/addresses'
import {
  type BatchRecord,
  batchSlots,
  creditSlot,
  decodeBatch,
  decodeHeld,
  decodeKey,
  decodePrice,
  type HeldRecord,
  heldSlot,
  keySlot,
  nextSequenceSlot,
  type PriceRecord,
  penaltiesSlot,
  priceSlots,
  settledSlot,
  wopgBalanceSlot,
  wopgNonceSlot,
} from '@opengradient/contracts/slots'
import { type Address, type Hex, ZERO_HASH } from '@opengradient/protocol'
import { address, count, hash, natural } from '@opengradient/protocol/take'
import type { Rpc } from '../chain/rpc.ts'
import type { StateView } from '../state/view.ts'
import {
  type CollateralFact,
  collateralFact,
  developmentRootsFact,
  type KeysetFact,
  keysetFact,
  keysetsFact,
  policyFact,
  type RestingKeyset,
  signerFact,
} from './attestations.ts'
import { type ModelFact, modelFact, namesFact, type Resolution, resolveName, versionsFact, zkModelFact } from './models.ts'
import { type NodeFact, nodeFact, nodesFact, servingFact } from './nodes.ts'
import type { Page } from './page.ts'
import { type StakeFact, stakeFact } from './stake.ts'
import { type UnbondingFact, unbondingsFact } from './unbondings.ts'
import { rewardsFact, type ValidatorFact, validatorFact, validatorsFact } from './validators.ts'

/**
 * What the protocol's contracts say in one block. Every value is proven; amounts are OPG wei, times unix seconds.
 * All throw `RPC_LIED`, `RPC_ERROR` and `CHAIN_UNREACHABLE`, and `CONFIG_INVALID` for arguments of a wrong type.
 */
export interface ChainFacts {
  /** Undefined when no such model is published. */
  model(modelId: Hex): Promise<ModelFact | undefined>
  /** The integer model that proofs about a model are about; undefined when its answers cannot be proved on this chain. */
  zkModel(modelId: Hex): Promise<Hex | undefined>
  /** The newest version of `owner/name`, even if it was withdrawn; undefined when the name was never published. @throws OgError `MODEL_NAME_INVALID` */
  resolve(name: string): Promise<Resolution | undefined>
  /** Versions of a name, oldest first: the newest thousand, or those of a page. */
  versions(name: string, page?: Page): Promise<Resolution[]>
  /** Published names in the order of their first publication. */
  names(page?: Page): Promise<{ total: number; names: string[] }>
  /** Undefined when the account never registered. */
  node(node: Address): Promise<NodeFact | undefined>
  nodes(page?: Page): Promise<{ total: number; nodes: Address[] }>
  /** Nodes that offer a model; some may have left since: see `NodeFact.active`. */
  serving(modelId: Hex, page?: Page): Promise<{ total: number; nodes: Address[] }>
  /** `from` 0: never a key of this node; `until` 0: live. */
  key(node: Address, key: Address): Promise<{ from: bigint; until: bigint }>
  /** When a key signed for the node, as its receipt key or in a keyset that it registered: `from` 0 never, `until` 0 still. */
  accountable(node: Address, key: Address): Promise<{ from: bigint; until: bigint }>
  /** `since` 0: never offered. `unit`: 0 request, 1 byte, 2 token in, 3 token out. */
  price(node: Address, modelId: Hex, unit: number): Promise<PriceRecord>
  /** Hash of the receipt that consumed a payment; undefined when it is not settled. */
  settled(paymentId: Hex): Promise<Hex | undefined>
  /** Where the payment of a receipt of level zk is; undefined when it was never held. */
  held(paymentId: Hex): Promise<HeldRecord | undefined>
  /** OPG wei of a node's bond that answer for its held payments. */
  penalties(node: Address): Promise<bigint>
  /** Undefined when the node has not anchored a batch of this number. */
  batch(node: Address, sequence: bigint): Promise<BatchRecord | undefined>
  nextSequence(node: Address): Promise<bigint>
  /** OPG wei that `Settlement` keeps for an account. */
  credit(account: Address): Promise<bigint>
  balance(account: Address): Promise<{ opg: bigint; wopg: bigint }>
  /** What an account has bonded to a validator. */
  stake(account: Address, validator: Address): Promise<StakeFact>
  /** OPG wei that an account has earned with a validator and not claimed. */
  rewards(account: Address, validator: Address): Promise<bigint>
  /** What left validators for an account and was not paid, oldest first. */
  unbondings(account: Address): Promise<UnbondingFact[]>
  /** Undefined when the account never registered as one. */
  validator(validator: Address): Promise<ValidatorFact | undefined>
  /** All of them, in the order of registration. */
  validators(): Promise<ValidatorFact[]>
  /** Whether an EIP-3009 nonce was used or cancelled. */
  nonceUsed(account: Address, nonce: Hex): Promise<boolean>
  /** The keyset that a node registered last, or the one named, as things stand; undefined when there is none. */
  keyset(node: Address, digest?: Hex): Promise<KeysetFact | undefined>
  /** The keysets of a node that are not over, revoked ones included, with everything that each rests on. */
  keysets(node: Address): Promise<RestingKeyset[]>
  /** What a vendor published, as somebody brought it to the chain, by its key there; undefined when nobody did. */
  collateral(key: Hex): Promise<CollateralFact | undefined>
  /**
   * What the network demands of evidence, or demanded under this number (from 1): canonical JSON of an `AttestationPolicy`.
   * @throws OgError `CHAIN_DATA_VERSION`
   */
  attestationPolicy(number?: number): Promise<{ number: number; json: Uint8Array }>
  /** Root certificates (DER) whose evidence counts as development on this network; none on public ones. */
  developmentRoots(): Promise<Uint8Array[]>
}

export function factsOf(state: StateView, rpc: Rpc): ChainFacts {
  const { nodes, settlement, heldPayments, wopg } = ADDRESSES
  return {
    model: async (modelId) => modelFact(state, hash(modelId, 'modelId')),
    zkModel: async (modelId) => zkModelFact(state, hash(modelId, 'modelId')),
    resolve: (name) => resolveName(state, name),
    versions: (name, page) => versionsFact(state, name, page),
    names: (page) => namesFact(state, page),
    node: async (node) => nodeFact(state, address(node, 'node')),
    nodes: (page) => nodesFact(state, page),
    serving: async (modelId, page) => servingFact(state, hash(modelId, 'modelId'), page),
    key: async (node, key) => decodeKey(await state.word(nodes, keySlot(address(node, 'node'), address(key, 'key')))),
    async accountable(node, key) {
      const own = decodeKey(await state.word(nodes, keySlot(address(node, 'node'), address(key, 'key'))))
      if (own.from !== 0n && own.until === 0n) return own
      const kept = await signerFact(state, address(node, 'node'), address(key, 'key'))
      return kept.until > own.until ? kept : own
    },
    price: async (node, modelId, unit) =>
      decodePrice(await state.words(nodes, priceSlots(address(node, 'node'), hash(modelId, 'modelId'), count(unit, 'unit')))),
    async settled(paymentId) {
      const receipt = await state.word(settlement, settledSlot(hash(paymentId, 'paymentId')))
      return receipt === 0n ? undefined : (`0x${receipt.toString(16).padStart(64, '0')}` as Hex)
    },
    async held(paymentId) {
      const record = decodeHeld(await state.word(heldPayments, heldSlot(hash(paymentId, 'paymentId'))))
      return record.status === 'none' ? undefined : record
    },
    penalties: async (node) => state.word(heldPayments, penaltiesSlot(address(node, 'node'))),
    async batch(node, sequence) {
      const record = decodeBatch(await state.words(settlement, batchSlots(address(node, 'node'), natural(sequence, 'sequence'))))
      return record.root === ZERO_HASH ? undefined : record
    },
    nextSequence: async (node) => state.word(settlement, nextSequenceSlot(address(node, 'node'))),
    credit: async (account) => state.word(settlement, creditSlot(address(account, 'account'))),
    async balance(account) {
      const owner = address(account, 'account')
      const [own, wrapped] = await Promise.all([state.account(owner), state.word(wopg, wopgBalanceSlot(owner))])
      return { opg: own?.balance ?? 0n, wopg: wrapped }
    },
    stake: async (account, validator) => stakeFact(state, address(account, 'account'), address(validator, 'validator')),
    rewards: async (account, validator) => rewardsFact(state, address(account, 'account'), address(validator, 'validator')),
    unbondings: async (account) => unbondingsFact(state, address(account, 'account')),
    validator: async (validator) => validatorFact(state, address(validator, 'validator')),
    validators: () => validatorsFact(state),
    nonceUsed: async (account, nonce) => (await state.word(wopg, wopgNonceSlot(address(account, 'account'), hash(nonce, 'nonce')))) !== 0n,
    keyset: async (node, digest) =>
      keysetFact(state, rpc, address(node, 'node'), digest === undefined ? undefined : hash(digest, 'digest')),
    keysets: async (node) => keysetsFact(state, rpc, address(node, 'node')),
    collateral: async (key) => collateralFact(state, rpc, hash(key, 'key')),
    attestationPolicy: async (policy) => policyFact(state, rpc, policy === undefined ? undefined : count(policy, 'number')),
    developmentRoots: () => developmentRootsFact(state, rpc),
  }
}
