import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TIP } from '@opengradient/client'
import type { Hex } from '@opengradient/protocol'
import { keccak256, parseTransaction } from 'viem'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../log.ts'
import { nodeAccount } from './account.ts'
import { httpRpc } from './rpc.ts'
import { Sender, type SignedTx } from './sender.ts'

test('a transaction that is never seen in a block is made dearer five times, and then sent again as it is: whoever hides it gets no more', async () => {
  const sent: Hex[] = []
  let height = 0
  let enough = () => {}
  const seen = new Promise<void>((resolve) => (enough = resolve))
  const answers: Record<string, (given: Hex) => unknown> = {
    eth_blockNumber: () => `0x${(++height).toString(16)}`,
    eth_getTransactionCount: () => '0x7',
    eth_getBalance: () => '0xde0b6b3a7640000',
    eth_getBlockByNumber: () => ({ baseFeePerGas: '0x64' }),
    eth_getTransactionReceipt: () => null,
    eth_sendRawTransaction: (raw) => {
      sent.push(raw)
      if (sent.length === 12) enough()
      return `0x${'00'.repeat(32)}`
    },
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const part of request) text += part
    const calls = [JSON.parse(text)].flat() as { id: number; method: string; params: Hex[] }[]
    const replies = calls.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, result: answers[method]!(params[0]!) }))
    response.end(JSON.stringify(text.startsWith('[') ? replies : replies[0]))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const rpc = httpRpc(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => rpc.close())
  const sender = new Sender({ rpc, account: nodeAccount(new Uint8Array(32).fill(3)), chainId: 5n, log: silentLog, patienceMs: 0 })
  const kept: SignedTx[] = []
  const sending = sender.send(
    { to: `0x${'12'.repeat(20)}`, data: new Uint8Array(), gas: 21_000n },
    async (signed) => void kept.push(signed),
  )
  await seen
  sender.stop()
  await expect(sending).rejects.toMatchObject({ code: 'INTERRUPTED' })
  const tips = sent.map((raw) => Number(parseTransaction(raw).maxPriorityFeePerGas! / TIP))
  expect(tips.slice(0, 12)).toEqual([1, 2, 4, 8, 16, 32, 32, 32, 32, 32, 32, 32])
  expect(kept.map(({ tx }) => tx)).toEqual([...new Set(sent)].map((raw) => keccak256(raw)))
})
