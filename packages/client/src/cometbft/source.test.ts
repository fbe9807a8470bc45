import { type OgError, utf8 } from '@opengradient/protocol'
import { describe, expect, test } from 'vitest'
import { captured, capturedBlock } from '../../../protocol/src/light/cometbft/captured.testkit.ts'
import type { Rpc } from '../chain/rpc.ts'
import type { Http } from '../http/http.ts'
import { cometbftLightBlocks, rpcLightBlocks } from './source.ts'

const refusal = (code: string) => expect.objectContaining({ name: 'OgError', code }) as OgError
const real = captured('four-validators').get(13)!
const block = capturedBlock('four-validators', 13)

/** What a real CometBFT answered, `perPage` validators at a time, as HTTP. */
function engine(perPage = 100, change: (path: string, result: unknown) => unknown = (_, result) => result): Http & { asked: string[] } {
  const asked: string[] = []
  const http: Http = async (url) => {
    const { pathname, searchParams } = new URL(url)
    asked.push(`${pathname}?${searchParams}`)
    const page = Number(searchParams.get('page')) - 1
    const { validators } = real.validators
    const result =
      pathname === '/commit' ? real.commit : { ...real.validators, validators: validators.slice(page * perPage, (page + 1) * perPage) }
    return {
      status: 200,
      headers: new Headers(),
      body: utf8(JSON.stringify({ jsonrpc: '2.0', id: -1, ...answer(change(pathname, result)) })),
    }
  }
  return Object.assign(http, { asked })
}
const answer = (result: unknown) => (result === undefined ? { error: { code: -32603, message: 'no such height' } } : { result })

describe('CometBFT’s own RPC', () => {
  test('gives a light block from its commit and its validators', async () => {
    const http = engine()
    expect(await cometbftLightBlocks('http://127.0.0.1:26657', http).lightBlock(13)).toEqual(block)
    expect(http.asked.sort()).toEqual(['/commit?height=13', '/validators?height=13&page=1&per_page=100'])
  })

  test('is not asked for pages without end, and what does not add up is refused', async () => {
    const many = engine(100, (path, result) => (path === '/validators' ? { ...(result as object), total: '257' } : result))
    await expect(cometbftLightBlocks('http://x', many).lightBlock(13)).rejects.toEqual(refusal('LIGHT_BLOCK_MALFORMED'))
    expect(many.asked.length).toBe(2)
    const missing = engine(100, (path, result) => (path === '/validators' ? { ...(result as object), total: '250' } : result))
    await expect(cometbftLightBlocks('http://x', missing).lightBlock(13)).rejects.toEqual(refusal('LIGHT_BLOCK_MALFORMED'))
    expect(missing.asked.length).toBe(4)
  })

  test.each([
    ['another height', 14, engine(), 'LIGHT_BLOCK_MALFORMED'],
    ['an error', 13, engine(100, () => undefined), 'RPC_ERROR'],
    ['something else', 13, engine(100, () => []), 'LIGHT_BLOCK_MALFORMED'],
    ['nothing', 13, (() => Promise.reject(new Error('closed'))) as Http, 'CHAIN_UNREACHABLE'],
    ['a web page', 13, (async () => ({ status: 200, headers: new Headers(), body: utf8('<html>') })) as Http, 'RPC_ERROR'],
    ['null', 13, (async () => ({ status: 200, headers: new Headers(), body: utf8('null') })) as Http, 'RPC_ERROR'],
  ] as const)('answering with %s is refused', async (_, height, http, code) => {
    await expect(cometbftLightBlocks('http://x', http).lightBlock(height)).rejects.toEqual(refusal(code))
  })
})

describe('a node’s JSON-RPC', () => {
  const rpc = (result: unknown): Rpc => ({ call: async () => result }) as unknown as Rpc

  test('gives light blocks in our form and of the height asked for', async () => {
    expect(await rpcLightBlocks(rpc(block)).lightBlock(13)).toEqual(block)
    await expect(rpcLightBlocks(rpc(block)).lightBlock(12)).rejects.toEqual(refusal('LIGHT_BLOCK_MALFORMED'))
    await expect(rpcLightBlocks(rpc({ ...block, more: 1 })).lightBlock(13)).rejects.toEqual(refusal('LIGHT_BLOCK_MALFORMED'))
  })
})
