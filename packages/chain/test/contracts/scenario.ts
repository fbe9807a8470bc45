import { ADDRESSES, modelsAbi, nodesAbi, settlementAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import {
  type Address,
  compileTypedStruct,
  type DevAccount,
  devAccount,
  domainSeparator,
  type Hex,
  keccak256Hex,
  modelIdFromHash,
  paymentIdOf,
  type Receipt,
  receiptHash,
  signDigest,
  typedDataDigest,
  utf8,
  ZERO_HASH,
} from '@opengradient/protocol'
import { type Call, write } from './calls.ts'
import { createWorld, type World, type WorldOptions } from './harness.ts'

/** One OPG in wei. */
export const OPG = 10n ** 18n
export const BOND = 10_000n * OPG
export const HOUR = 3600n
export const DAY = 86_400n

/** A hash that stands for something, told apart by its name. */
export const hashOf = (name: string): Hex => keccak256Hex(utf8(name))

export interface Exact {
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly nonce: Hex
  readonly signature: Hex
}

/** What `settle` takes. */
export interface Entry {
  readonly receipt: Receipt
  readonly signature: Hex
  readonly payment: Exact
}

/** A small economy: a payer with WOPG, a node, a model of an author with a parent model of another author. */
export interface Scene {
  readonly world: World
  readonly payer: DevAccount
  readonly node: DevAccount
  readonly key: DevAccount
  readonly author: DevAccount
  readonly parentAuthor: DevAccount
  readonly stranger: DevAccount
  /** Royalty 10 %, at least 0.001 OPG; a fifth of it to the parent's author. */
  readonly modelId: Hex
  readonly parentId: Hex
}

export interface SceneOptions extends WorldOptions {
  /** The chain whose development accounts take part; this one unless named. */
  readonly accountsOf?: bigint
}

export async function createScene(options: SceneOptions = {}): Promise<Scene> {
  const chainId = options.chainId ?? 2n ** 40n + 7n
  const accountsOf = options.accountsOf ?? chainId
  const [payer, node, key, author, parentAuthor, stranger] = [0, 1, 2, 3, 4, 5].map((i) => devAccount(accountsOf, i)) as [
    DevAccount,
    DevAccount,
    DevAccount,
    DevAccount,
    DevAccount,
    DevAccount,
  ]
  const faucets = [payer, node, stranger].map(({ address }) => ({ address, amount: 100_000n * OPG }))
  const world = await createWorld({ ...options, chainId, faucets })
  await write(world, wopgDeposit(payer.address, 1_000n * OPG))
  await write(world, registering(node.address, key.address))
  const parentId = modelIdFromHash(parentAuthor.address, hashOf('parent manifest'))
  const modelId = modelIdFromHash(author.address, hashOf('manifest'))
  await write(world, publishing(parentAuthor.address, { name: 'carol/base', manifestHash: hashOf('parent manifest') }))
  await write(
    world,
    publishing(author.address, {
      name: 'bob/tuned',
      manifestHash: hashOf('manifest'),
      royaltyBps: 1000,
      minRoyalty: OPG / 1000n,
      parent: parentId,
      parentShareBps: 2000,
    }),
  )
  return { world, payer, node, key, author, parentAuthor, stranger, modelId, parentId }
}

/** Wraps native OPG of an account. */
export function wopgDeposit(from: Address, value: bigint): Call<typeof wopgAbi, 'deposit'> {
  return { abi: wopgAbi, to: ADDRESSES.wopg, name: 'deposit', args: [], from, value }
}

export function registering(node: Address, key: Address, bond = BOND): Call<typeof nodesAbi, 'register'> {
  return { abi: nodesAbi, to: ADDRESSES.nodes, name: 'register', args: ['https://node.example', key, 1], from: node, value: bond }
}

export interface Publication {
  readonly name: string
  readonly manifestHash: Hex
  readonly royaltyBps?: number
  readonly minRoyalty?: bigint
  readonly parent?: Hex
  readonly parentShareBps?: number
}

export function publishing(author: Address, p: Publication): Call<typeof modelsAbi, 'publish'> {
  const args = [p.name, p.manifestHash, p.royaltyBps ?? 0, p.minRoyalty ?? 0n, p.parent ?? ZERO_HASH, p.parentShareBps ?? 0] as const
  return { abi: modelsAbi, to: ADDRESSES.models, name: 'publish', args, from: author }
}

export interface EntryOptions {
  readonly price?: bigint
  readonly nonce?: Hex
  readonly chainId?: bigint
  /** Changes to the receipt before it is signed. */
  readonly receipt?: Partial<Receipt>
  readonly receiptKey?: DevAccount
  readonly payer?: DevAccount
  readonly authorisation?: { readonly to?: Address; readonly value?: bigint; readonly validAfter?: bigint; readonly validBefore?: bigint }
}

let drawn = 0

/** A payment and its receipt, both signed as they should be unless the options say otherwise. */
export function makeEntry(scene: Pick<Scene, 'world' | 'payer' | 'node' | 'key' | 'modelId'>, options: EntryOptions = {}): Entry {
  const { world } = scene
  const payer = options.payer ?? scene.payer
  const nonce = options.nonce ?? hashOf(`nonce ${drawn++}`)
  const price = options.price ?? OPG / 10n
  const receipt: Receipt = {
    requestId: hashOf(`request of ${nonce}`),
    paymentId: paymentIdOf({ scheme: 'exact', asset: ADDRESSES.wopg, payer: payer.address, nonce }),
    modelId: scene.modelId,
    requestHash: hashOf('request'),
    responseHash: hashOf('response'),
    executionHash: hashOf('execution'),
    proofRef: ZERO_HASH,
    level: 0,
    node: scene.node.address,
    payer: payer.address,
    price,
    issuedAt: world.now(),
    ...options.receipt,
  }
  const authorisation = {
    from: payer.address,
    to: options.authorisation?.to ?? tillOf(receipt.node),
    value: options.authorisation?.value ?? receipt.price,
    validAfter: options.authorisation?.validAfter ?? 0n,
    validBefore: options.authorisation?.validBefore ?? world.now() + HOUR,
    nonce,
  }
  const signature = signAuthorisation(options.chainId ?? world.chainId, payer, 'TransferWithAuthorization', authorisation)
  return {
    receipt,
    signature: signReceipt(scene, receipt, options.receiptKey, options.chainId),
    payment: { validAfter: authorisation.validAfter, validBefore: authorisation.validBefore, nonce, signature },
  }
}

export function signReceipt(
  scene: Pick<Scene, 'world' | 'key'>,
  receipt: Receipt,
  key: DevAccount = scene.key,
  chainId: bigint = scene.world.chainId,
): Hex {
  return signDigest(receiptHash(receipt, { chainId, settlement: ADDRESSES.settlement }), key.privateKey)
}

export interface Authorisation {
  readonly from: Address
  readonly to: Address
  readonly value: bigint
  readonly validAfter: bigint
  readonly validBefore: bigint
  readonly nonce: Hex
}

const AUTHORISATION_FIELDS = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const

/** The EIP-712 domain of WOPG. */
export const wopgDomain = (chainId: bigint) => ({ name: 'Wrapped OPG', version: '1', chainId, verifyingContract: ADDRESSES.wopg }) as const

/** EIP-712 types of EIP-3009. */
export const AUTHORISATION_TYPES = {
  TransferWithAuthorization: AUTHORISATION_FIELDS,
  ReceiveWithAuthorization: AUTHORISATION_FIELDS,
  CancelAuthorization: [
    { name: 'authorizer', type: 'address' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const

const structs = {
  TransferWithAuthorization: compileTypedStruct(AUTHORISATION_TYPES, 'TransferWithAuthorization'),
  ReceiveWithAuthorization: compileTypedStruct(AUTHORISATION_TYPES, 'ReceiveWithAuthorization'),
  CancelAuthorization: compileTypedStruct(AUTHORISATION_TYPES, 'CancelAuthorization'),
}

/** What a wallet signs for WOPG; `hashes.test.ts` compares it with viem. */
export function wopgDigest(chainId: bigint, type: keyof typeof structs, message: object): Hex {
  return typedDataDigest(domainSeparator(wopgDomain(chainId)), structs[type], message)
}

export function signAuthorisation(
  chainId: bigint,
  signer: DevAccount,
  type: 'TransferWithAuthorization' | 'ReceiveWithAuthorization',
  message: Authorisation,
): Hex {
  return signDigest(wopgDigest(chainId, type, message), signer.privateKey)
}

export function signCancellation(chainId: bigint, signer: DevAccount, nonce: Hex): Hex {
  return signDigest(wopgDigest(chainId, 'CancelAuthorization', { authorizer: signer.address, nonce }), signer.privateKey)
}

/** The call that settles one entry. Anybody may send it. */
export function settling({ receipt, signature, payment }: Entry, from?: Address): Call<typeof settlementAbi, 'settle'> {
  return { abi: settlementAbi, to: ADDRESSES.settlement, name: 'settle', args: [receipt, signature, payment], ...(from ? { from } : {}) }
}

/** The call that settles what can be settled of a list. */
export function settlingMany(entries: readonly Entry[]): Call<typeof settlementAbi, 'settleMany'> {
  const args = [entries.map((e) => e.receipt), entries.map((e) => e.signature), entries.map((e) => e.payment)] as const
  return { abi: settlementAbi, to: ADDRESSES.settlement, name: 'settleMany', args }
}

/** s and v of the other signature that recovers to the same key: what a malleable check would take for a second one. */
export function highS(signature: Hex): Hex {
  const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const s = ORDER - BigInt(`0x${signature.slice(66, 130)}`)
  return `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}${signature.endsWith('1b') ? '1c' : '1b'}` as Hex
}
