import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { stakingAbi } from '@opengradient/contracts'
import { ADDRESSES } from '@opengradient/contracts/addresses'
import { nodeSlots, priceSlots, settledSlot } from '@opengradient/contracts/slots'
import { type Address, type Hex, manifestHashOf, modelIdFromHash, parseHeader, presets, signCommit, utf8 } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type ChainClient, type ConnectOptions, connect, createWriter, headerRlp } from '../src/index.ts'
import { type Lie, lyingRpc, STRANGER, startNetwork, type TestNetwork } from './network.testkit.ts'

const OPG = 10n ** 18n
const LONG_ENDPOINT = `https://${'node-with-a-long-name.'.repeat(8)}example.com`
const manifestHash = manifestHashOf(utf8('a manifest'))

let net: TestNetwork
let client: ChainClient
let author: Address
let node: Address
let modelId: Hex
const cleanups: (() => Promise<void>)[] = []

beforeAll(async () => {
  net = await startNetwork()
  client = connect({ network: net.network, headSeconds: 0 })
  const [alice, operator] = [net.accountOf(0), net.accountOf(1)]
  author = alice.address.toLowerCase() as Address
  node = operator.address.toLowerCase() as Address
  const writer = createWriter({ client, account: alice })
  modelId = (await writer.publish('alice/volatility', manifestHash, { royaltyBps: 500, minRoyalty: 100n })).modelId
  const nodeWriter = createWriter({ client, account: operator })
  await nodeWriter.register({
    endpoint: 'http://127.0.0.1:8410',
    receiptKey: net.accountOf(4).address.toLowerCase() as Address,
    bond: 10_000n * OPG,
  })
  await nodeWriter.setPrice(modelId, 0, OPG / 1000n)
})
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})
afterAll(() => net?.close())

const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })

/** A client behind an RPC that lies. */
async function deceived(lie: Lie, { swallow = [], ...options }: Partial<ConnectOptions> & { swallow?: string[] } = {}) {
  const proxy = await lyingRpc(net.rpc.url, lie, swallow)
  cleanups.push(proxy.close)
  return { ...proxy, client: connect({ network: net.network, rpcUrl: proxy.url, headSeconds: 0, ...options }) }
}

describe('reads', () => {
  test('a published model, its name and its versions', async () => {
    expect(modelId).toBe(modelIdFromHash(author, manifestHash))
    expect(await client.model(modelId)).toMatchObject({ author, manifestHash, royaltyBps: 500, minRoyalty: 100n })
    expect(await client.resolve('alice/volatility')).toEqual({ modelId, version: 1, withdrawn: false })
    expect(await client.versions('alice/volatility')).toEqual([{ modelId, version: 1, withdrawn: false }])
    expect(await client.names()).toEqual({ total: 1, names: ['alice/volatility'] })
  })

  test('what is not there is proven to be absent', async () => {
    const nobody: Address = `0x${'99'.repeat(20)}`
    expect(await client.model(`0x${'11'.repeat(32)}`)).toBeUndefined()
    expect(await client.resolve('alice/nothing')).toBeUndefined()
    expect(await client.node(nobody)).toBeUndefined()
    expect(await client.settled(`0x${'22'.repeat(32)}`)).toBeUndefined()
    expect(await client.batch(node, 0n)).toBeUndefined()
    expect(await client.zkModel(modelId)).toBeUndefined()
    expect(await client.held(`0x${'22'.repeat(32)}`)).toBeUndefined()
    expect(await client.penalties(node)).toBe(0n)
    expect(await client.balance(nobody)).toEqual({ opg: 0n, wopg: 0n })
    expect(await client.price(nobody, modelId, 0)).toMatchObject({ since: 0n, active: false })
    expect(await client.serving(`0x${'11'.repeat(32)}`)).toEqual({ total: 0, nodes: [] })
  })

  test('a node, its key, its price, and the list of those that serve a model', async () => {
    const key = net.accountOf(4).address.toLowerCase() as Address
    expect(await client.node(node)).toMatchObject({
      bond: 10_000n * OPG,
      receiptKey: key,
      roles: 1,
      endpoint: 'http://127.0.0.1:8410',
      active: true,
    })
    expect(await client.key(node, key)).toMatchObject({ until: 0n })
    expect(await client.price(node, modelId, 0)).toMatchObject({ amount: OPG / 1000n, active: true })
    expect(await client.serving(modelId)).toEqual({ total: 1, nodes: [node] })
    expect(await client.nodes()).toMatchObject({ total: 1, nodes: [node] })
  })

  test('texts of every length that storage lays out differently', async () => {
    const writer = createWriter({ client, account: net.accountOf(1) })
    for (const length of [9, 31, 32, 64, 65, 96, 97, 255]) {
      const endpoint = `https://${'x'.repeat(length - 8)}`
      await writer.setEndpoint(endpoint)
      expect((await client.node(node))?.endpoint).toBe(endpoint)
    }
    await writer.setEndpoint(LONG_ENDPOINT)
    expect((await client.node(node))?.endpoint).toBe(LONG_ENDPOINT)
  })

  test('what two programs of one account do at the same moment is done as often as they are told', async () => {
    const writers = [1, 2, 3].map(() => createWriter({ client, account: net.accountOf(0) }))
    const before = (await client.balance(writers[0]!.address)).wopg
    const told = await Promise.allSettled(writers.map((writer) => writer.wrap(OPG)))
    const done = told.filter(({ status }) => status === 'fulfilled')
    expect(done.length).toBeGreaterThan(0)
    expect((await client.balance(writers[0]!.address)).wopg - before).toBe(BigInt(done.length) * OPG)
    for (const one of told) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'CHAIN_TX_REJECTED' })
  })

  test('wrapped and native balances', async () => {
    const account = net.accountOf(5)
    const writer = createWriter({ client, account })
    const sent = await writer.wrap(3n * OPG)
    const facts = client.at(await client.head({ atLeast: sent.height }))
    const { opg, wopg } = await facts.balance(writer.address)
    expect(wopg).toBe(3n * OPG)
    expect(opg).toBeLessThan(999_997n * OPG)
    await writer.unwrap(OPG)
    expect((await client.balance(writer.address)).wopg).toBe(2n * OPG)
  })

  test('the integer model that the author of a model has committed it to, once', async () => {
    const writer = createWriter({ client, account: net.accountOf(0) })
    const zkModelId: Hex = `0x${'5a'.repeat(32)}`
    const { modelId: provable } = await writer.publish('alice/provable', manifestHashOf(utf8('a provable manifest')))
    await writer.commitZk(provable, zkModelId)
    expect(await client.zkModel(provable)).toBe(zkModelId)
    await expect(writer.commitZk(provable, `0x${'5b'.repeat(32)}`)).rejects.toThrow(/zkmodelisfixed/i)
    const stranger = createWriter({ client, account: net.accountOf(6) })
    await expect(stranger.commitZk(provable, zkModelId)).rejects.toThrow(/onlyauthor/i)
  })

  test('a name that no contract would accept is refused without asking', async () => {
    for (const name of ['alice', 'alice/', '/x', 'Alice/x', 'alice/x/y', 'alice/../x ', `${'a'.repeat(40)}/x`])
      await expect(client.resolve(name), name).rejects.toThrow(refusal('MODEL_NAME_INVALID'))
  })

  test('facts of one block agree with each other while the chain moves on', async () => {
    const old = await client.head()
    const before = client.at(old)
    const writer = createWriter({ client, account: net.accountOf(6) })
    await writer.publish('carol/model', manifestHashOf(utf8('another manifest')))
    expect(await before.resolve('carol/model')).toBeUndefined()
    expect(await client.resolve('carol/model')).toMatchObject({ version: 1 })
  })
})

describe('round trips', () => {
  test('everything that an inference asks costs few, and a second look in the same block costs none', async () => {
    const { client: counted, roundTrips, asked } = await deceived(() => undefined)
    // The next block is half a second away then, and does not come between two questions.
    await net.chain.mine?.()
    const facts = counted.at(await counted.head())
    expect(roundTrips()).toBe(1)
    const found = await facts.resolve('alice/volatility')
    const [, serving] = await Promise.all([facts.model(found?.modelId as Hex), facts.serving(found?.modelId as Hex)])
    await Promise.all(serving.nodes.flatMap((one) => [facts.node(one), facts.price(one, modelId, 0), facts.price(one, modelId, 1)]))
    expect(roundTrips()).toBeLessThanOrEqual(6)
    const before = asked.length
    await Promise.all([facts.model(modelId), facts.node(node), facts.price(node, modelId, 0), facts.serving(modelId)])
    expect(asked.length).toBe(before)
  })

  test('the head is asked for at most once in the time that it is kept', async () => {
    let now = Date.now() / 1000
    const proxy = await lyingRpc(net.rpc.url, () => undefined)
    cleanups.push(proxy.close)
    const kept = connect({ network: net.network, rpcUrl: proxy.url, now: () => now, headSeconds: 2 })
    await Promise.all([kept.head(), kept.head(), kept.head()])
    expect(proxy.asked.filter(({ method }) => method === 'og_getCommit')).toHaveLength(1)
    now += 1.5
    await kept.head()
    expect(proxy.asked.filter(({ method }) => method === 'og_getCommit')).toHaveLength(1)
    now += 1
    await kept.head()
    expect(proxy.asked.filter(({ method }) => method === 'og_getCommit')).toHaveLength(2)
  })
})

type Proof = { accountProof: Hex[]; storageProof: { key: Hex; value: Hex; proof: Hex[] }[]; balance: Hex; storageHash: Hex }
const onProof =
  (change: (proof: Proof, address: string, slots: Hex[]) => unknown): Lie =>
  ({ method, params }, { result }) => {
    if (method !== 'eth_getProof') return undefined
    change(result as Proof, params[0] as string, params[1] as Hex[])
    return result
  }
const flipLast = (hex: Hex): Hex => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}` as Hex

describe('an RPC that lies is caught:', () => {
  const read = {
    price: (chain: ChainClient) => chain.price(node, modelId, 0),
    node: (chain: ChainClient) => chain.node(node),
    model: (chain: ChainClient) => chain.model(modelId),
    settled: (chain: ChainClient) => chain.settled(`0x${'22'.repeat(32)}`),
    balance: (chain: ChainClient) => chain.balance(author),
  }

  test('about the value of one storage slot, which is not even looked at', async () => {
    const { client: chain } = await deceived(
      onProof(({ storageProof }) => {
        for (const entry of storageProof) entry.value = '0x1'
      }),
    )
    expect(await chain.price(node, modelId, 0)).toMatchObject({ amount: OPG / 1000n })
  })

  test.each<[string, (proof: Proof) => unknown, keyof typeof read]>([
    ['in the leaf of one storage slot', ({ storageProof: [entry] }) => void entry?.proof.push(flipLast(entry.proof.pop() as Hex)), 'price'],
    ['by giving the proof of another slot', ({ storageProof }) => void storageProof.reverse(), 'price'],
    ['by leaving out the end of a storage proof', ({ storageProof }) => storageProof.forEach(({ proof }) => void proof.pop()), 'price'],
    [
      'by leaving out the whole storage proof',
      (proof) => Object.assign(proof, { storageProof: proof.storageProof.map((entry) => ({ ...entry, proof: [] })) }),
      'price',
    ],
    ['by leaving out one slot', ({ storageProof }) => void storageProof.pop(), 'price'],
    [
      'by adding nodes that prove nothing',
      ({ storageProof }) => storageProof.forEach(({ proof }) => void proof.push(proof[0] as Hex)),
      'node',
    ],
    ['by leaving out the end of the account proof', ({ accountProof }) => void accountProof.pop(), 'model'],
    ['by giving no account proof', (proof) => Object.assign(proof, { accountProof: [] }), 'settled'],
    ['in the account proof', ({ accountProof }) => void accountProof.push(flipLast(accountProof.pop() as Hex)), 'balance'],
    ['with something that is no proof', (proof) => Object.assign(proof, { accountProof: 'trust me' }), 'model'],
    ['with upper-case hex and text in a proof', ({ accountProof }) => accountProof.splice(0, 1, '0xZZ'), 'model'],
  ])('%s', async (_what, change, what) => {
    const { client: chain } = await deceived(onProof(change))
    await expect(read[what](chain)).rejects.toThrow(refusal('RPC_LIED'))
  })

  test('by proving another account in place of the one asked for', async () => {
    const stolen = (await net.chain.state(net.chain.head().height).proof(ADDRESSES.wopg, [])).accountProof as Hex[]
    const { client: chain } = await deceived(onProof((proof) => Object.assign(proof, { accountProof: stolen })))
    await expect(chain.price(node, modelId, 0)).rejects.toThrow(refusal('RPC_LIED'))
  })

  test('by proving an older state under the newest header', async () => {
    const before = net.chain.head().height - 3n
    const old = await net.chain.state(before).proof(ADDRESSES.nodes, priceSlots(node, modelId, 0))
    const { client: chain } = await deceived(
      onProof((proof, _address, slots) => {
        proof.accountProof = old.accountProof as Hex[]
        proof.storageProof = slots.map((slot) => ({
          key: slot,
          value: '0x0',
          proof: (old.storage.find((one) => one.slot === slot)?.proof ?? []) as Hex[],
        }))
      }),
    )
    await createWriter({ client, account: net.accountOf(1) }).setEndpoint('https://elsewhere.example')
    await expect(chain.price(node, modelId, 0)).rejects.toThrow(refusal('RPC_LIED'))
  })

  test('with a header that it changed and signed with a key of its own', async () => {
    const forged: Lie = ({ method, params }, { result }) => {
      const block = result as Record<string, Hex> | null
      if (method.startsWith('eth_getBlockBy') && block) return forge(block)
      if (method !== 'og_getCommit') return undefined
      const { height, blockHash } = result as { height: Hex; blockHash: Hex }
      expect(params[0]).toBe('latest')
      const changed = forge(blockJson(blockHash)).hash as Hex
      return {
        height,
        blockHash: changed,
        commit: signCommit(net.network.chainId, { height: Number(height), blockHash: changed }, STRANGER),
      }
    }
    const { client: chain } = await deceived(forged)
    await expect(chain.head()).rejects.toThrow(refusal('UNTRUSTED_HEADER'))
  })

  test('with a header that it changed and a commit of the real validator for another', async () => {
    const { client: chain } = await deceived(({ method }, { result }) => {
      if (method.startsWith('eth_getBlockBy')) return forge(result as Record<string, Hex>)
      if (method === 'og_getCommit')
        return { ...(result as object), blockHash: forge(blockJson((result as { blockHash: Hex }).blockHash)).hash }
      return undefined
    })
    await expect(chain.head()).rejects.toThrow(refusal('COMMIT_INVALID'))
  })

  test('with header fields that do not hash to the hash that it names', async () => {
    const { client: chain } = await deceived(({ method }, { result }) =>
      method.startsWith('eth_getBlockBy') ? { ...(result as object), stateRoot: `0x${'33'.repeat(32)}` } : undefined,
    )
    await expect(chain.head()).rejects.toThrow(refusal('RPC_LIED'))
  })

  test('with a block that is too old to be the newest', async () => {
    const old: Lie = ({ method, params }) => {
      if (params[0] !== 'latest') return undefined
      if (method === 'og_getCommit') {
        const block = net.chain.blockByNumber(3n)
        return { height: '0x3', blockHash: block?.hash, commit: net.chain.commit(3n) }
      }
      return method === 'eth_getBlockByNumber' ? blockJson(net.chain.blockByNumber(3n)?.hash as Hex) : undefined
    }
    const now = () => Number(net.chain.head().block.header.timestamp)
    const { client: chain } = await deceived(old, { now, maxHeadAge: 5 })
    expect(now() - Number(net.chain.blockByNumber(3n)?.block.header.timestamp)).toBeGreaterThan(6)
    await expect(chain.head()).rejects.toThrow(refusal('CHAIN_STALE'))
    expect((await (await deceived(() => undefined, { now, maxHeadAge: 5 })).client.head()).header.number).toBeGreaterThan(3)
  })

  test('by going back to an older block: the newer one stays', async () => {
    let back = false
    const older: Lie = ({ method, params }) => {
      if (!back || params[0] !== 'latest') return undefined
      const block = net.chain.blockByNumber(net.chain.head().height - 2n)
      if (method === 'og_getCommit')
        return { height: `0x${block?.height.toString(16)}`, blockHash: block?.hash, commit: net.chain.commit(block?.height as bigint) }
      return method === 'eth_getBlockByNumber' ? blockJson(block?.hash as Hex) : undefined
    }
    const { client: chain } = await deceived(older)
    const first = await chain.head()
    back = true
    expect((await chain.head()).header.number).toBeGreaterThanOrEqual(first.header.number)
  })

  test('by being of another chain', async () => {
    const other = await startNetwork({ chainId: 7_000_000_002n })
    cleanups.push(other.close)
    await other.chain.mine?.()
    await expect(connect({ network: net.network, rpcUrl: other.rpc.url }).head()).rejects.toThrow(refusal('WRONG_CHAIN'))
  })

  test("by bringing its own genesis, of the same chain id, signed by the real validator's name", async () => {
    const twin = await startNetwork()
    cleanups.push(twin.close)
    const network = {
      ...net.network,
      genesisHash: `0x${'44'.repeat(32)}` as Hex,
      anchors: [{ height: 0, blockHash: `0x${'44'.repeat(32)}` as Hex }],
    }
    await twin.chain.mine?.()
    await expect(connect({ network, rpcUrl: twin.rpc.url }).head()).rejects.toThrow(refusal('UNTRUSTED_HEADER'))
  })

  test('by saying that a transaction succeeded which is not in the state', async () => {
    const { client: chain } = await deceived(
      ({ method, params }) => {
        if (method === 'eth_estimateGas') return '0x30d40'
        if (method === 'eth_sendRawTransaction') return params[0]
        if (method === 'eth_getTransactionReceipt')
          return { status: '0x1', blockNumber: `0x${net.chain.head().height.toString(16)}`, logs: [] }
        return undefined
      },
      { swallow: ['eth_sendRawTransaction'] },
    )
    const writer = createWriter({ client: chain, account: net.accountOf(0) })
    await expect(writer.publish('alice/never', manifestHashOf(utf8('never')))).rejects.toThrow(refusal('RPC_LIED'))
  })

  test('by saying of a payment that it was made, or that it was refused, which never left the RPC', async () => {
    for (const status of ['0x1', '0x0']) {
      const { client: chain } = await deceived(
        ({ method, params }) => {
          if (method === 'eth_sendRawTransaction') return params[0]
          if (method === 'eth_getTransactionReceipt') return { status, blockNumber: `0x${net.chain.head().height.toString(16)}`, logs: [] }
          return undefined
        },
        { swallow: ['eth_sendRawTransaction'] },
      )
      const writer = createWriter({ client: chain, account: net.accountOf(0) })
      await expect(writer.transfer(`0x${'99'.repeat(20)}`, 1n)).rejects.toThrow(refusal('RPC_LIED'))
    }
  })

  test('with a genuine block, but of another height than the one asked for', async () => {
    const other: Lie = ({ method, params }) => {
      const [tag] = params
      if (tag !== '0x3' && tag !== 3) return undefined
      const block = net.chain.blockByNumber(2n)
      if (method === 'og_getCommit') return { height: '0x2', blockHash: block?.hash, commit: net.chain.commit(2n) }
      return method === 'eth_getBlockByNumber' ? blockJson(block?.hash as Hex) : undefined
    }
    const { client: chain } = await deceived(other)
    await expect(chain.block(3)).rejects.toThrow(refusal('RPC_LIED'))
    await expect(chain.evidence({ node, key: node, modelId, unit: [0] }, { height: 3 })).rejects.toThrow(refusal('RPC_LIED'))
    expect((await chain.block(4)).header.number).toBe(4)
  })

  test('in an error of megabytes with the words of a terminal: a line of it is shown', async () => {
    const server = createServer(async (request, reply) => {
      const [{ id }] = [JSON.parse(Buffer.concat(await request.toArray()).toString())].flat()
      const message = `\u001b[2J\u202e${'x'.repeat(5_000_000)}`
      reply.setHeader('content-type', 'application/json')
      reply.end(JSON.stringify([{ jsonrpc: '2.0', id, error: { code: -32000, message } }]))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const said = await connect({ network: net.network, rpcUrl: url })
      .rpc.call('eth_chainId', [])
      .catch((error: Error) => error.message)
    expect(said).toMatch(/^eth_chainId: ·\[2J·x/)
    expect(`${said}`.length).toBeLessThan(500)
  })

  test('by asking for absurd gas: the fee is capped', async () => {
    const { client: chain } = await deceived(({ method }) => (method === 'eth_estimateGas' ? '0xffffffffff' : undefined))
    const writer = createWriter({ client: chain, account: net.accountOf(0), maxFee: OPG / 100n })
    await expect(writer.wrap(1n)).rejects.toThrow(refusal('CHAIN_TX_REJECTED'))
  })
})

const blockJson = (hash: Hex): Record<string, Hex> => {
  const header = net.chain.blockByHash(hash)?.block.header
  if (!header) throw new Error(`no block ${hash}`)
  const { withdrawalsRoot, parentHash, number, timestamp, stateRoot, logsBloom, gasLimit, gasUsed, baseFeePerGas, ...rest } =
    header.toJSON()
  const other = rest as Record<string, Hex>
  const fields = {
    withdrawalsRoot,
    parentHash,
    number,
    timestamp,
    stateRoot,
    logsBloom,
    gasLimit,
    gasUsed,
    baseFeePerGas,
    ...other,
  } as Record<string, Hex>
  return {
    ...fields,
    sha3Uncles: other.uncleHash,
    miner: other.coinbase,
    transactionsRoot: other.transactionsTrie,
    receiptsRoot: other.receiptTrie,
    hash,
  } as Record<string, Hex>
}

/** The block with another state root, and the hash that belongs to it. */
function forge(block: Record<string, Hex>): Record<string, Hex> {
  const changed = { ...block, stateRoot: `0x${'33'.repeat(32)}` as Hex, hash: '0x' as Hex }
  try {
    headerRlp(changed)
  } catch (error) {
    const hash = /hash to (0x[0-9a-f]{64})/.exec((error as Error).message)?.[1] as Hex
    return { ...changed, hash }
  }
  throw new Error('unreachable')
}

describe('evidence for bundles', () => {
  const query = () => ({
    node,
    key: net.accountOf(4).address.toLowerCase() as Address,
    modelId,
    unit: [0, 1],
    paymentId: `0x${'22'.repeat(32)}` as Hex,
    batch: 0n,
  })

  test('holds header, commit and every slot that a verifier reads', async () => {
    const before = (await client.head()).header.number
    const evidence = await client.evidence(query())
    expect(parseHeader(evidence.header).number).toBeGreaterThanOrEqual(before)
    const slotsOf = (address: Address) => evidence.accounts.find((account) => account.address === address)?.storage.map(({ slot }) => slot)
    expect(slotsOf(ADDRESSES.nodes)).toEqual(
      expect.arrayContaining([...nodeSlots(node), ...priceSlots(node, modelId, 0), ...priceSlots(node, modelId, 1)]),
    )
    expect(slotsOf(ADDRESSES.settlement)).toContain(settledSlot(query().paymentId))
    expect(presets.answer.require).toContain('operator.bonded')
  })

  test('of an older block comes with the proof that the newest one holds it', async () => {
    const newest = (await client.head()).header.number
    for (const height of [1, 2, 5, newest - 1]) {
      const evidence = await client.evidence(query(), { height, through: 'history' })
      expect(parseHeader(evidence.header).number).toBe(height)
      expect(parseHeader(evidence.history?.header as Hex).number).toBeGreaterThanOrEqual(newest)
    }
    expect((await client.evidence(query(), { height: 2 })).history).toBeUndefined()
  })

  test('a forged history path is caught', async () => {
    const { client: chain } = await deceived(({ method }, { result }) => {
      if (method !== 'og_getHistoryProof') return undefined
      const { path, peak } = result as { path: Hex[]; peak: number }
      return { peak, path: [`0x${'55'.repeat(32)}`, ...path.slice(1)] }
    })
    await expect(chain.evidence(query(), { height: 2, through: 'history' })).rejects.toThrow(refusal('RPC_LIED'))
  })
})

describe('writes', () => {
  test('a refusal of a contract is named by its reason', async () => {
    const mallory = createWriter({ client, account: net.accountOf(5) })
    await expect(mallory.publish('alice/stolen', manifestHash)).rejects.toThrow(refusal('MODEL_NAME_TAKEN'))
    await expect(mallory.publish('mallory/greedy', manifestHash, { royaltyBps: 5001 })).rejects.toThrow(refusal('MODEL_ROYALTY_INVALID'))
    await expect(mallory.publish('Mallory/x', manifestHash)).rejects.toThrow(refusal('MODEL_NAME_INVALID'))
    await expect(mallory.register({ endpoint: 'https://x', receiptKey: `0x${'12'.repeat(20)}`, bond: 1n })).rejects.toThrow(
      refusal('NODE_BOND_TOO_SMALL'),
    )
    await expect(mallory.unwrap(10n ** 24n)).rejects.toThrow(refusal('PAYMENT_INSUFFICIENT_BALANCE'))
    await expect(mallory.withdrawCredit()).rejects.toThrow(refusal('CHAIN_REVERTED'))
  })

  test('an account without money is told what it has and needs', async () => {
    const poor = createWriter({ client, account: net.accountOf(90) })
    const told = (words: string) => expect.objectContaining({ code: 'CHAIN_TX_REJECTED', message: expect.stringContaining(words) })
    await expect(poor.wrap(OPG)).rejects.toThrow(told('has 0 OPG and needs 1 and gas'))
    await expect(poor.publish('poor/model', manifestHash)).rejects.toThrow(told('has 0 OPG and needs 0 and gas'))
    const bonding = { endpoint: 'https://x', receiptKey: poor.address, bond: 10_000n * OPG }
    await createWriter({ client, account: net.accountOf(2) }).transfer(poor.address, OPG)
    // A transaction to nobody would make a contract of what it sends.
    for (const nobody of [undefined, null, '', '0x12', poor.address.slice(2), `${poor.address}00`])
      await expect(poor.transfer(nobody as typeof author, 1n)).rejects.toThrow(told('its receiver is no address'))
    for (const nothing of [null, 1, '1', -1n, 2n ** 256n, Number.NaN])
      await expect(poor.transfer(author, nothing as bigint)).rejects.toThrow(told('a bigint from 0'))
    await expect(poor.register(bonding)).rejects.toThrow(told('has 1 OPG and needs 10000 and gas'))
    await expect(poor.transfer(author, OPG)).rejects.toThrow(told('of it for gas'))
  })

  test('many at once keep their order', async () => {
    const writer = createWriter({ client, account: net.accountOf(2) })
    const to = net.accountOf(91).address.toLowerCase() as Address
    const sent = await Promise.all(Array.from({ length: 8 }, () => writer.transfer(to, OPG)))
    expect(new Set(sent.map(({ hash }) => hash)).size).toBe(8)
    expect((await client.balance(to)).opg).toBe(8n * OPG)
  })

  test('what takes most of the gas of a block is sent, with as much as a block has', async () => {
    const writer = createWriter({ client, account: net.accountOf(2) })
    // Makes a contract that fills five megabytes of memory.
    const data: Hex = `0x${'00'.repeat(32)}5f63${(5_200_000).toString(16).padStart(8, '0')}5200`
    const { hash } = await writer.send({ what: 'fill', to: ADDRESSES.create2Deployer, data })
    expect(await client.rpc.call('eth_getTransactionByHash', [hash])).toMatchObject({ gas: '0x3938700' })
  })

  test('what costs more in a block of a later time, as votes do, is given the gas for that', async () => {
    const writer = createWriter({ client, account: net.accountOf(6) })
    const bonded = { what: 'stake', to: ADDRESSES.staking, value: 10_000n * OPG }
    const args = [`0x${'6b'.repeat(32)}`, 0] as const
    await writer.send({ ...bonded, data: encodeFunctionData({ abi: stakingAbi, functionName: 'register', args }) })
    await writer.send({ ...bonded, data: encodeFunctionData({ abi: stakingAbi, functionName: 'delegate', args: [writer.address] }) })
    expect(await client.stake(writer.address, writer.address)).toEqual({ shares: 20_000n * OPG, tokens: 20_000n * OPG, locked: 0n })
  })

  test('withdrawing a version leaves the name pointing at it, marked', async () => {
    const writer = createWriter({ client, account: net.accountOf(0) })
    const { modelId: second, version } = await writer.publish('alice/short-lived', manifestHashOf(utf8('short')))
    await writer.withdrawModel('alice/short-lived', version)
    expect(await client.resolve('alice/short-lived')).toEqual({ modelId: second, version: 1, withdrawn: true })
  })

  test('no RPC at all is said so', async () => {
    await expect(connect({ network: net.network, rpcUrl: 'http://127.0.0.1:1' }).head()).rejects.toThrow(refusal('CHAIN_UNREACHABLE'))
  })
})

test('a chain that has only its genesis can be read', async () => {
  const fresh = await startNetwork({ chainId: 7_000_000_003n })
  cleanups.push(fresh.close)
  const chain = connect({ network: fresh.network, maxHeadAge: 7200 })
  expect((await chain.balance(fresh.accountOf(0).address.toLowerCase() as Address)).opg).toBe(1_000_000n * OPG)
})
