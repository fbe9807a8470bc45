import { modelsAbi, nodesAbi, settlementAbi, tillOf, wopgAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type Address, type Hex, modelIdFromHash, OgError, ZERO_HASH } from '@opengradient/protocol'
import { encodeFunctionData, type LocalAccount } from 'viem'
import type { ChainClient } from '../connect.ts'
import { newestOf, parseModelName } from '../facts/models.ts'
import { type Call, type Sent, sender } from './send.ts'

/** Terms of a model, fixed with its first publication. Shares in basis points (1/100 %), amounts in OPG wei. */
export interface PublishTerms {
  royaltyBps?: number
  /** OPG wei a request. */
  minRoyalty?: bigint
  parent?: Hex
  parentShareBps?: number
}

/** Everything that an account can write, each waiting for its block. Errors as `sender`. */
export interface Writer {
  readonly address: Address
  readonly send: (call: Call) => Promise<Sent>
  /** Publishes a manifest as the next version of `owner/name`; resolves when the chain proves that it did. */
  publish(name: string, manifestHash: Hex, terms?: PublishTerms): Promise<Sent & { modelId: Hex; version: number }>
  withdrawModel(name: string, version: number): Promise<Sent>
  /** Says, for ever, which integer model proofs about a model of this account are about; resolves when the chain proves it. */
  commitZk(modelId: Hex, zkModelId: Hex): Promise<Sent>
  /** Makes this account a node. `bond`: OPG wei; `roles`: bit 0 inference, 1 full, 2 data. */
  register(node: { endpoint: string; receiptKey: Address; roles?: number; bond: bigint }): Promise<Sent & { till: Address }>
  setEndpoint(endpoint: string): Promise<Sent>
  rotateKey(newKey: Address): Promise<Sent>
  addBond(amount: bigint): Promise<Sent>
  unbond(): Promise<Sent>
  withdrawBond(): Promise<Sent>
  /** OPG wei a unit; `unit`: 0 request, 1 byte, 2 token in, 3 token out. At most one change an hour. */
  setPrice(modelId: Hex, unit: number, amount: bigint, active?: boolean): Promise<Sent>
  /** Takes a node that was slashed, has left or announced it out of the list of a model. Anybody may. */
  unlist(modelId: Hex, node: Address): Promise<Sent>
  wrap(amount: bigint): Promise<Sent>
  unwrap(amount: bigint): Promise<Sent>
  /** Native OPG. */
  transfer(to: Address, amount: bigint): Promise<Sent>
  /** Pays out what `Settlement` keeps for this account. */
  withdrawCredit(to?: Address): Promise<Sent>
}

/** Who sends transactions, and what they may cost. */
export interface WriterOptions {
  client: ChainClient
  account: LocalAccount
  /** Most OPG wei that the gas of one transaction may cost (1 OPG). */
  maxFee?: bigint
  /** Milliseconds to wait for the block (60,000). */
  waitMs?: number
}

const { models, nodes, settlement, wopg } = ADDRESSES

/** Sends transactions of one account; each call waits until its transaction is in a block. */
export function createWriter({ client, account, maxFee = 10n ** 18n, waitMs = 60_000 }: WriterOptions): Writer {
  const address = account.address.toLowerCase() as Address
  const send = sender({ client, account, maxFee, waitMs })
  const toModels = (what: string, data: Hex) => send({ what, to: models, data })
  const toNodes = (what: string, data: Hex, value?: bigint) => send({ what, to: nodes, data, ...(value === undefined ? {} : { value }) })
  return {
    address,
    send,
    async publish(name, manifestHash, { royaltyBps = 0, minRoyalty = 0n, parent = ZERO_HASH, parentShareBps = 0 } = {}) {
      const args = [parseModelName(name), manifestHash, royaltyBps, minRoyalty, parent, parentShareBps] as const
      const sent = await toModels(`publish ${name}`, encodeFunctionData({ abi: modelsAbi, functionName: 'publish', args }))
      const modelId = modelIdFromHash(address, manifestHash)
      const published = await newestOf(client.at(await client.head({ atLeast: sent.height })), name, modelId)
      if (!published) throw notThere(`publish ${name}`, sent)
      return { ...sent, modelId, version: published.version }
    },
    withdrawModel: (name, version) =>
      toModels(`withdraw ${name}`, encodeFunctionData({ abi: modelsAbi, functionName: 'withdraw', args: [name, version] })),
    async commitZk(modelId, zkModelId) {
      const data = encodeFunctionData({ abi: modelsAbi, functionName: 'commitZk', args: [modelId, zkModelId] })
      const sent = await toModels('commit the model to its integer model', data)
      const found = await client.at(await client.head({ atLeast: sent.height })).zkModel(modelId)
      if (found !== zkModelId) throw notThere('commit the model to its integer model', sent)
      return sent
    },
    async register({ endpoint, receiptKey, roles = 1, bond }) {
      const sent = await toNodes(
        'register',
        encodeFunctionData({ abi: nodesAbi, functionName: 'register', args: [endpoint, receiptKey, roles] }),
        bond,
      )
      const found = await client.at(await client.head({ atLeast: sent.height })).node(address)
      if (found?.receiptKey !== receiptKey) throw notThere('register', sent)
      return { ...sent, till: tillOf(address) }
    },
    setEndpoint: (endpoint) =>
      toNodes('change the endpoint', encodeFunctionData({ abi: nodesAbi, functionName: 'setEndpoint', args: [endpoint] })),
    rotateKey: (newKey) =>
      toNodes('rotate the receipt key', encodeFunctionData({ abi: nodesAbi, functionName: 'rotateKey', args: [newKey] })),
    addBond: (amount) => toNodes('add to the bond', encodeFunctionData({ abi: nodesAbi, functionName: 'addBond' }), amount),
    unbond: () => toNodes('unbond', encodeFunctionData({ abi: nodesAbi, functionName: 'unbond' })),
    withdrawBond: () => toNodes('withdraw the bond', encodeFunctionData({ abi: nodesAbi, functionName: 'withdrawBond' })),
    async setPrice(modelId, unit, amount, active = true) {
      const sent = await toNodes(
        'set a price',
        encodeFunctionData({ abi: nodesAbi, functionName: 'setPrice', args: [modelId, unit, amount, active] }),
      )
      const found = await client.at(await client.head({ atLeast: sent.height })).price(address, modelId, unit)
      if (found.amount !== amount || found.active !== active) throw notThere('set a price', sent)
      return sent
    },
    unlist: (modelId, node) =>
      toNodes('take a node out of a list', encodeFunctionData({ abi: nodesAbi, functionName: 'unlist', args: [modelId, node] })),
    wrap: (amount) => send({ what: 'wrap', to: wopg, data: encodeFunctionData({ abi: wopgAbi, functionName: 'deposit' }), value: amount }),
    unwrap: (amount) =>
      send({ what: 'unwrap', to: wopg, data: encodeFunctionData({ abi: wopgAbi, functionName: 'withdraw', args: [amount] }) }),
    transfer: (to, amount) => send({ what: 'transfer', to, value: amount }),
    withdrawCredit: (to = address) =>
      send({
        what: 'withdraw credits',
        to: settlement,
        data: encodeFunctionData({ abi: settlementAbi, functionName: 'withdraw', args: [to] }),
      }),
  }
}

const notThere = (what: string, { hash, height }: Sent): OgError =>
  new OgError(
    'RPC_LIED',
    `${what}: the RPC says that transaction ${hash} succeeded in block ${height}; the state of the chain says that it did not`,
    { details: { hash, height } },
  )
