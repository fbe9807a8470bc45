import { startRpc } from '@opengradient/chain'
import {
  bytesToHex,
  cometValidatorsHash,
  finalitySchema,
  type Hex,
  parseHeader,
  type Trust,
  trustHeader,
  type ValidatorsAnchor,
} from '@opengradient/protocol'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type BlockPlan, inOrder, lightBlock, signer } from '../../protocol/src/testkit/comet.testkit.ts'
import { type ChainClient, connect, createRpc } from '../src/index.ts'
import { lyingRpc, type RpcCall, startNetwork, type TestNetwork } from './network.testkit.ts'

/** Heights after which the oldest of four validators makes place for a new one. */
const PACE = 2n

let net: TestNetwork
const cleanups: (() => Promise<void>)[] = []
beforeAll(async () => {
  // No block comes but those that a test makes.
  net = await startNetwork({ idleInterval: 3_600_000 })
  while (net.chain.head().height < 12n) await net.chain.mine?.()
})
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})
afterAll(() => net?.close())

const set = (height: bigint) => [0n, 1n, 2n, 3n].map((i) => signer(`v${(height - 1n) / PACE + i}`, 10))

/** The light block of a height of the real chain, as if CometBFT had made it. */
function light(height: bigint, change: Partial<BlockPlan> = {}) {
  const before = net.chain.blockByNumber(height - 1n)
  return lightBlock({
    chainId: `og-${net.chain.chainId}`,
    height: Number(height),
    time: (before!.block.header.timestamp + 1n) * 1_000_000_000n,
    signers: set(height),
    next: set(height + 1n),
    appHash: before!.hash,
    ...change,
  })
}

/** What a node that runs on CometBFT answers; `change` is how it lies. */
function engine({ method, params }: RpcCall, result: unknown, change: Partial<BlockPlan>): unknown {
  if (method === 'og_getLightBlock') return light(BigInt(params[0] as Hex), change)
  if (method !== 'og_getCommit') return undefined
  const told = result as { height: Hex }
  return { ...told, commit: { kind: 'cometbft', block: light(BigInt(told.height) + 1n, change), trail: [] } }
}

/** A client whose trust names the validators of `height`. */
async function client(height = 1n, change: Partial<BlockPlan> = {}): Promise<{ chain: ChainClient; asked: RpcCall[]; trust: Trust }> {
  const proxy = await lyingRpc(net.rpc.url, (call, { result }) => engine(call, result, change))
  cleanups.push(proxy.close)
  const anchor = {
    height: Number(height),
    validatorsHash: cometValidatorsHash(inOrder(set(height)).map(({ validator }) => validator)),
    time: Number(net.chain.genesis.time),
    trustingPeriod: 1_000_000,
  }
  const network = { ...net.network, anchors: [anchor], rpcUrls: [proxy.url] }
  return { chain: connect({ network, headSeconds: 0, maxHeadAge: 1_000_000 }), asked: proxy.asked, trust: network }
}

const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code })
const now = () => Math.floor(Date.now() / 1000)

describe('a client of a CometBFT network', () => {
  test('follows the validators from those of its network file to those of the newest block', async () => {
    const { chain, trust, asked } = await client()
    const block = await chain.block(11)
    expect(block.commit).toMatchObject({ kind: 'cometbft', block: { header: { height: 12 } } })
    const finality = finalitySchema.parse(JSON.parse(JSON.stringify(block.commit)))
    expect(finality.kind === 'cometbft' && finality.trail.length).toBeGreaterThan(1)
    expect(trustHeader(trust, block.header, finality, now())).toMatchObject({ height: 1 })

    const before = asked.filter(({ method }) => method === 'og_getLightBlock').length
    await chain.block(11)
    expect(asked.filter(({ method }) => method === 'og_getLightBlock').length).toBe(before)
  })

  test('asks again for light blocks once one of them was not to be believed', async () => {
    let lying = true
    const proxy = await lyingRpc(net.rpc.url, (call, { result }) =>
      engine(call, result, lying && call.method === 'og_getLightBlock' ? { signers: [signer('a stranger', 1)] } : {}),
    )
    cleanups.push(proxy.close)
    const { trust } = await client()
    const chain = connect({ network: { ...net.network, ...trust, rpcUrls: [proxy.url] }, maxHeadAge: 1_000_000 })
    await expect(chain.block(11)).rejects.toThrow(refusal('VALIDATORS_UNTRUSTED'))
    lying = false
    expect((await chain.block(11)).header.number).toBe(11)
  })

  test('asks for no trail while the validators are those that it knows, and hands it on in evidence', async () => {
    const { chain, asked } = await client(11n)
    const query = { node: `0x${'11'.repeat(20)}`, key: `0x${'22'.repeat(20)}`, modelId: `0x${'33'.repeat(32)}`, unit: 0 } as const
    await chain.block(11)
    expect(asked.some(({ method }) => method === 'og_getLightBlock')).toBe(false)
    const { commit } = await chain.evidence(query, { height: 11 })
    expect(commit).toMatchObject({ kind: 'cometbft', trail: [] })
  })

  test('proves an older block by the history of the newest, whose commit alone has a trail', async () => {
    const { chain } = await client()
    const query = { node: `0x${'11'.repeat(20)}`, key: `0x${'22'.repeat(20)}`, modelId: `0x${'33'.repeat(32)}`, unit: 0 } as const
    const { commit, history } = await chain.evidence(query, { height: 7, through: 'history' })
    expect(commit).toMatchObject({ kind: 'cometbft', block: { header: { height: 8 } }, trail: [] })
    expect(history?.commit.kind === 'cometbft' && history.commit.trail.length).toBeGreaterThan(0)
  })

  test('proves a block from before its trust by the history of the newest, and takes no other block for it', async () => {
    const { chain, trust } = await client(11n)
    const query = { node: `0x${'11'.repeat(20)}`, key: `0x${'22'.repeat(20)}`, modelId: `0x${'33'.repeat(32)}`, unit: 0 } as const
    await expect(chain.block(3)).rejects.toThrow(refusal('VALIDATORS_UNTRUSTED'))
    const { header, history } = await chain.evidence(query, { height: 3 })
    expect(parseHeader(header).number).toBe(3)
    expect(history).toBeDefined()

    const direct = createRpc({ chainId: net.network.chainId, urls: [net.rpc.url] })
    const answers = new Map<string, unknown>([
      ['og_getCommit', await direct.call('og_getCommit', ['0x4'])],
      ['eth_getBlockByNumber', await direct.call('eth_getBlockByNumber', ['0x4', false])],
    ])
    const proxy = await lyingRpc(net.rpc.url, (call, { result }) => {
      const other = call.params[0] === '0x3' ? answers.get(call.method) : undefined
      return engine(call, other ?? result, {}) ?? other
    })
    cleanups.push(proxy.close)
    const network = { ...net.network, ...trust, rpcUrls: [proxy.url] }
    await expect(connect({ network, maxHeadAge: 1_000_000 }).evidence(query, { height: 3 })).rejects.toThrow(refusal('RPC_LIED'))
  })

  test('waits for the block after the one that evidence is asked of, because that one makes it final', async () => {
    let asked = () => {}
    const lightBlock = async (height: number) => {
      asked()
      if (BigInt(height) > net.chain.head().height) throw new Error('the engine is behind')
      return light(BigInt(height))
    }
    const rpc = await startRpc(net.chain, { lightBlocks: { lightBlock } })
    cleanups.push(rpc.close)
    const height = Number(net.chain.head().height)
    const { trust } = await client(BigInt(height))
    const chain = connect({ network: { ...net.network, ...trust, rpcUrls: [rpc.url] }, maxHeadAge: 1_000_000 })
    expect((await chain.head()).header.number).toBe(height - 1)
    const query = { node: `0x${'11'.repeat(20)}`, key: `0x${'22'.repeat(20)}`, modelId: `0x${'33'.repeat(32)}`, unit: 0 } as const
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    const evidence = chain.evidence(query, { height })
    await wasAsked
    await net.chain.mine?.()
    const { header, commit } = await evidence
    expect(parseHeader(header).number).toBe(height)
    expect(commit).toMatchObject({ kind: 'cometbft', block: { header: { height: height + 1 } } })
  })

  test('goes on after its network file has expired, by the validators that it followed until then; a new one does not', async () => {
    const { trust } = await client()
    const [anchor] = trust.anchors as [ValidatorsAnchor]
    const proxy = await lyingRpc(net.rpc.url, (call, { result }) => engine(call, result, {}))
    cleanups.push(proxy.close)
    const followed = Number(light(4n).header.time) / 1e9
    let clock = followed
    const started = () =>
      connect({ network: { ...net.network, anchors: [{ ...anchor, trustingPeriod: 4_000 }], rpcUrls: [proxy.url] }, now: () => clock })
    const chain = started()
    await chain.block(3)
    const given = chain.trust
    clock = anchor.time + 4_000
    expect((await chain.block(11)).commit).toMatchObject({ kind: 'cometbft', block: { header: { height: 12 } } })
    expect(chain.trust.anchors).toHaveLength(given.anchors.length + 1)
    await expect(started().block(11)).rejects.toThrow(refusal('TRUST_EXPIRED'))
    // What was followed is trusted for one period from its own time, too, and not longer.
    clock = followed + 4_000
    await expect(chain.block(11)).rejects.toThrow(refusal('TRUST_EXPIRED'))
  })

  test.each<[string, Partial<BlockPlan>, string]>([
    ['of another block', { appHash: bytesToHex(new Uint8Array(32)) }, 'HEADER_APP_HASH_MISMATCH'],
    ['of strangers', { signers: [signer('stranger', 1)] }, 'VALIDATORS_UNTRUSTED'],
    ['that too few signed', { flags: ['commit', 'commit', 'absent', 'absent'] }, 'COMMIT_POWER_TOO_LOW'],
    ['of another chain', { chainId: 'og-1' }, 'WRONG_CHAIN'],
  ])('does not take light blocks %s', async (_, change, code) => {
    const { chain } = await client(1n, change)
    await expect(chain.block(11)).rejects.toThrow(refusal(code))
  })

  test('takes no commit that is malformed', async () => {
    const proxy = await lyingRpc(net.rpc.url, ({ method }, { result }) =>
      method === 'og_getCommit' ? { ...(result as object), commit: { kind: 'cometbft', block: {}, trail: [] } } : undefined,
    )
    cleanups.push(proxy.close)
    await expect(connect({ network: net.network, rpcUrl: proxy.url }).block(11)).rejects.toThrow(refusal('RPC_LIED'))
  })
})
