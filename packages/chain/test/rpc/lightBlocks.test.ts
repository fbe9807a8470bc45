import { encodeNetworkFile, type Hex, parseNetworkFile } from '@opengradient/protocol'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { lightBlock, signer } from '../../../protocol/src/testkit/comet.testkit.ts'
import { startTestNode, type TestNode } from './node.testkit.ts'

const HEIGHT = 5
let node: TestNode
/** Heights that the engine has; the node must not ask for others. */
let engine = HEIGHT
/** Questions that came to it. */
let asked = 0

beforeAll(async () => {
  const light = async (height: number) => {
    asked++
    if (height > engine) throw new Error('the engine is behind')
    return lightBlock({ chainId: 'og-1', height, time: BigInt(1_800_000_000 + height) * 1_000_000_000n, signers: [signer('a', 10)] })
  }
  const documents = { '/join.json': () => '{"version":1}' }
  node = await startTestNode({ onlyMine: true, lightBlocks: { lightBlock: light }, documents, publicUrl: 'https://rpc.example.org' })
})
afterAll(() => node?.close())

async function ask(method: string, ...params: unknown[]) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const reply = await fetch(node.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return (await reply.json()) as { result?: never; error?: { message: string } }
}
const hashOf = (height: bigint): Hex => node.chain.headerByNumber(height)!.hash

it('a chain at its first block has the newest one proven as soon as the engine has the second', async () => {
  await node.mine()
  engine = 1
  expect((await ask('og_getCommit', '0x1')).error?.message).toMatch(/no light block of height 2/)
  const newest = ask('og_getCommit', 'latest')
  await expect.poll(() => asked).toBeGreaterThan(2)
  engine = HEIGHT
  expect((await newest).result).toMatchObject({ height: '0x1', commit: { block: { header: { height: 2 } } } })
  for (let height = 2; height <= HEIGHT; height++) await node.mine()
})

it('a node on CometBFT proves a block by the light block after it, the newest by that of the head', async () => {
  for (const [block, height] of [
    ['latest', 4n],
    ['finalized', 4n],
    ['0x2', 2n],
    [hashOf(3n), 3n],
  ] as const) {
    const { result } = await ask('og_getCommit', block)
    expect(result).toMatchObject({
      height: `0x${height.toString(16)}`,
      blockHash: hashOf(height),
      commit: { kind: 'cometbft', block: { header: { height: Number(height) + 1 } }, trail: [] },
    })
  }
})

it('says what the engine does not have, and never answers for block 0 or unknown blocks', async () => {
  expect((await ask('og_getCommit', '0x5')).error?.message).toMatch(/no light block of height 6/)
  expect((await ask('og_getCommit', 'earliest')).error?.message).toMatch(/genesis hash/)
  expect((await ask('og_getCommit', '0x99')).error?.message).toMatch(/not found/)
  expect((await ask('og_getLightBlock', '0x99')).error?.message).toMatch(/not reached/)
  expect((await ask('og_getLightBlock', 'latest')).error).toBeDefined()
  expect((await ask('og_getLightBlock', '0x3')).result).toMatchObject({ header: { height: 3 } })
})

it('gives a network file with the validators of now; without them while the engine does not answer', async () => {
  const file = parseNetworkFile(encodeNetworkFile((await ask('og_networkFile')).result as never))
  expect(file.rpcUrls).toEqual(['https://rpc.example.org'])
  expect(file.anchors.at(-1)).toMatchObject({ height: HEIGHT, time: 1_800_000_005, trustingPeriod: 14 * 86_400 })
  engine = 0
  expect(parseNetworkFile(encodeNetworkFile((await ask('og_networkFile')).result as never)).anchors).toHaveLength(2)
  engine = HEIGHT
})

it('gives documents to a GET of their own path, to nobody of another name, and nothing else', async () => {
  const get = (path: string, init: RequestInit = {}) => fetch(`${node.url}${path}`, init)
  const reply = await get('/join.json')
  expect([reply.status, reply.headers.get('content-type'), await reply.text()]).toEqual([200, 'application/json', '{"version":1}'])
  expect((await get('/join.json', { headers: { origin: 'https://evil.example' } })).status).toBe(403)
  for (const path of ['/constructor', '/__proto__', '/join.json/', '//join.json', '/genesis']) expect((await get(path)).status).toBe(404)
  expect((await get('/join.json', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status).toBe(404)
})

it('without light blocks there are none to ask for', async () => {
  const embedded = await startTestNode({ onlyMine: true })
  await embedded.mine()
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'og_getLightBlock', params: ['0x1'] })
  const reply = await fetch(embedded.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(((await reply.json()) as { error: { message: string } }).error.message).toMatch(/no light blocks/)
  await embedded.close()
})
