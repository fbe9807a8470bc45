import { OgError, utf8 } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startTestNode, type TestNode } from '../../chain/test/rpc/node.testkit.ts'
import { captured, capturedBlock } from '../../protocol/src/light/cometbft/captured.testkit.ts'
import { cometbftLightBlocks, type Http, remembered } from '../src/index.ts'

/** Of the captured answers. */
const HEIGHT = 13
const answers = captured('four-validators').get(HEIGHT)!

let node: TestNode
/** What the engine was asked. */
const asked: string[] = []
/** How it answers instead. */
let engine: ((path: string) => unknown) | undefined
/** Resolves when a slow engine may answer. */
let slow: Promise<void> | undefined

/** What a real CometBFT answered about one height, as its RPC would. */
const http: Http = async (url) => {
  const { pathname, searchParams } = new URL(url)
  asked.push(pathname)
  await slow
  const had = Number(searchParams.get('height')) === HEIGHT
  const result = engine ? engine(pathname) : pathname === '/commit' ? answers.commit : answers.validators
  const answer = had ? { result } : { error: { code: -32603, message: 'Internal error', data: 'height must be less than or equal' } }
  return { status: 200, headers: new Headers(), body: utf8(JSON.stringify({ jsonrpc: '2.0', id: -1, ...answer })) }
}

beforeAll(async () => {
  node = await startTestNode({ onlyMine: true, lightBlocks: remembered(cometbftLightBlocks('http://127.0.0.1:26657', http), 4) })
  while (node.chain.head().height < BigInt(HEIGHT)) await node.mine()
})
afterAll(() => node?.close())

const ask = async (body: unknown) => {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(node.url, { method: 'POST', headers, body: JSON.stringify(body) })).json()
}
const request = (method: string, param: unknown, id = 1) => ({ jsonrpc: '2.0', id, method, params: [param] })
const refused = async (method: string, param: unknown) => (await ask(request(method, param))).error

it('says why there is no light block: the engine is away, has none, or talks nonsense', async () => {
  engine = () => {
    throw new OgError('CHAIN_UNREACHABLE', 'connection refused')
  }
  expect(await refused('og_getLightBlock', '0xd')).toMatchObject({ code: -32000, message: expect.stringMatching(/does not answer/) })
  expect(await refused('og_getCommit', 'latest')).toMatchObject({ message: expect.stringMatching(/does not answer/) })
  for (const nonsense of [() => ({}), () => answers.commit, (path: string) => path]) {
    engine = nonsense
    expect(await refused('og_getLightBlock', '0xd')).toMatchObject({ message: expect.stringMatching(/no light block of height 13/) })
  }
  engine = undefined
  expect(await refused('og_getLightBlock', '0xc')).toMatchObject({ message: expect.stringMatching(/no light block of height 12/) })
  expect(await refused('og_getCommit', '0xd')).toMatchObject({ message: expect.stringMatching(/no light block of height 14/) })
})

it('asks the engine for two heights at a time, and refuses when a hundred wait', async () => {
  let answer = () => {}
  slow = new Promise((resolve) => {
    answer = resolve
  })
  asked.length = 0
  const codes: number[] = []
  const flood = Array.from({ length: 110 }, async (_, id) =>
    codes.push((await refused('og_getLightBlock', `0x${((id % 10) + 1).toString(16)}`)).code),
  )
  await expect.poll(() => codes.length).toBe(8)
  expect(codes.every((code) => code === -32005)).toBe(true)
  expect(asked.length).toBeLessThanOrEqual(4)
  slow = undefined
  answer()
  await Promise.all(flood)
  expect(codes.slice(8).every((code) => code === -32000)).toBe(true)
})

it('gives what a real CometBFT answered, asked for once', async () => {
  asked.length = 0
  const block = capturedBlock('four-validators', HEIGHT)
  expect((await ask(request('og_getLightBlock', '0xd'))).result).toEqual(block)
  const { hash } = node.chain.headerByNumber(12n)!
  expect((await ask(request('og_getCommit', 'latest'))).result).toEqual({
    height: '0xc',
    blockHash: hash,
    commit: { kind: 'cometbft', block, trail: [] },
  })
  expect(asked.sort()).toEqual(['/commit', '/validators'])
})
