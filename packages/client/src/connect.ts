import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type ChainEvidence, type Domain, type NetworkFile, OgError, type Trust, trustOf } from '@opengradient/protocol'
import { count } from '@opengradient/protocol/take'
import { type Head, type TrustedBlock, trackHead, trustedBlock } from './chain/head.ts'
import { createRpc, type Rpc } from './chain/rpc.ts'
import { renewed } from './cometbft/renewal.ts'
import { remembered, rpcLightBlocks } from './cometbft/source.ts'
import { chainEvidence, type EvidenceQuery } from './facts/evidence.ts'
import { type ChainFacts, factsOf } from './facts/facts.ts'
import { olderBlock } from './facts/older.ts'
import { isLocalNetwork } from './local.ts'

/** Which network is trusted, and how it is asked. */
export interface ConnectOptions {
  /** What to trust and where to ask. */
  network: NetworkFile
  /** Ask here instead of at the addresses of the network file. It is transport only: what it says is checked all the same. */
  rpcUrl?: string
  fetch?: typeof globalThis.fetch
  /** Unix seconds; may have a fraction (the system clock). */
  now?: () => number
  /** Seconds for which answers are taken from the last block seen before a newer one is asked for (1). */
  headSeconds?: number
  /** Seconds after which the newest block is too old to be believed (90). */
  maxHeadAge?: number
}

/** The chain as this client's trust lets it see it: each read is proven under a block that the network file accepts. */
export interface ChainClient extends ChainFacts {
  readonly network: NetworkFile
  /** What the network file says; on CometBFT, once that has expired, the validators that this client has followed since. */
  readonly trust: Trust
  /** EIP-712 domain of receipts and batches. */
  readonly domain: Domain
  /** Development keys, plain http and private node addresses are for such a network only. */
  readonly local: boolean
  readonly rpc: Rpc
  /** The newest block that the trust accepts. @throws OgError `UNTRUSTED_HEADER`, `COMMIT_INVALID`, `WRONG_CHAIN`, `RPC_LIED`, `CHAIN_STALE` */
  readonly head: Head
  /** An older block. @throws OgError as `head`, but for age */
  block(height: number): Promise<TrustedBlock>
  /** The facts of one block, so that several reads agree with each other. The methods of the client itself each ask the newest. */
  at(block: TrustedBlock): ChainFacts
  /**
   * Proofs for a bundle in the newest block, or in the one at `height`, which is waited for if it is not final yet. With `through: 'history'`,
   * and where the trust does not reach back to it, an older block is proven by the `History` contract of the newest one: for verifiers, too,
   * whose trust begins later.
   *
   * @throws OgError as `head`; `CHAIN_STALE` also when a block at `height` is not final within 15 s
   */
  evidence(query: EvidenceQuery, options?: { height?: number; through?: 'commit' | 'history' }): Promise<ChainEvidence>
}

/**
 * Connects to a network. Nothing is asked until it is needed.
 *
 * @example
 * const chain = connect({ network: parseNetworkFile(bytes) })
 * const found = await chain.resolve('alice/volatility')
 */
export function connect(options: ConnectOptions): ChainClient {
  const { network, rpcUrl, now = () => Date.now() / 1000 } = options
  const urls = rpcUrl === undefined ? network.rpcUrls : [rpcUrl]
  if (urls.length === 0) throw new OgError('CONFIG_MISSING', `network ${network.name} names no RPC; give rpcUrl`)
  const trust = renewed(trustOf(network))
  const rpc = createRpc({ chainId: network.chainId, urls, ...(options.fetch ? { fetch: options.fetch } : {}) })
  const from = { rpc, light: remembered(rpcLightBlocks(rpc)), trust, now }
  const head = trackHead({ ...from, headSeconds: options.headSeconds ?? 1, maxHeadAge: options.maxHeadAge ?? 90 })
  const block = async (height: number) => trustedBlock(from, count(height, 'height'))
  const facts = async () => factsOf((await head()).state, rpc)
  return {
    network,
    get trust() {
      return trust.at(now())
    },
    domain: { chainId: BigInt(network.chainId), settlement: ADDRESSES.settlement },
    local: isLocalNetwork(network),
    rpc,
    head,
    block,
    at: ({ state }) => factsOf(state, rpc),
    model: async (modelId) => (await facts()).model(modelId),
    zkModel: async (modelId) => (await facts()).zkModel(modelId),
    resolve: async (name) => (await facts()).resolve(name),
    versions: async (name, page) => (await facts()).versions(name, page),
    names: async (page) => (await facts()).names(page),
    node: async (node) => (await facts()).node(node),
    nodes: async (page) => (await facts()).nodes(page),
    serving: async (modelId, page) => (await facts()).serving(modelId, page),
    key: async (node, key) => (await facts()).key(node, key),
    accountable: async (node, key) => (await facts()).accountable(node, key),
    price: async (node, modelId, unit) => (await facts()).price(node, modelId, unit),
    settled: async (paymentId) => (await facts()).settled(paymentId),
    held: async (paymentId) => (await facts()).held(paymentId),
    penalties: async (node) => (await facts()).penalties(node),
    batch: async (node, sequence) => (await facts()).batch(node, sequence),
    nextSequence: async (node) => (await facts()).nextSequence(node),
    credit: async (account) => (await facts()).credit(account),
    balance: async (account) => (await facts()).balance(account),
    stake: async (account, validator) => (await facts()).stake(account, validator),
    rewards: async (account, validator) => (await facts()).rewards(account, validator),
    unbondings: async (account) => (await facts()).unbondings(account),
    validator: async (validator) => (await facts()).validator(validator),
    validators: async () => (await facts()).validators(),
    nonceUsed: async (account, nonce) => (await facts()).nonceUsed(account, nonce),
    keyset: async (node, digest) => (await facts()).keyset(node, digest),
    keysets: async (node) => (await facts()).keysets(node),
    collateral: async (key) => (await facts()).collateral(key),
    attestationPolicy: async (number) => (await facts()).attestationPolicy(number),
    developmentRoots: async () => (await facts()).developmentRoots(),
    async evidence(query, { height, through = 'commit' } = {}) {
      const newest = await head(height === undefined ? {} : { atLeast: height })
      if (height === undefined || height === newest.header.number) return chainEvidence(newest, query)
      const { block: old, history } = await olderBlock(from, height, newest, through)
      const evidence = await chainEvidence(old, query)
      if (history === undefined) return evidence
      // The newer block's commit is the one that counts: the way to the older one would only make the bundle larger.
      const commit = evidence.commit.kind === 'cometbft' ? { ...evidence.commit, trail: [] } : evidence.commit
      return { ...evidence, commit, history }
    },
  }
}
