import { bytesToHex, devAccount, type Hex, hexToBytes } from '@opengradient/protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { buildCometbft } from '../../../scripts/cometbft.mjs'
import { CHAIN_ID, signer } from '../test/chain.testkit.ts'
import { makeNetwork, type Place } from './network.testkit.ts'
import { testNodes } from './nodes.testkit.ts'
import { Validator } from './validator.testkit.ts'

const BLOCKS = 10
const AT_ONCE = 16
const TO = '0x00000000000000000000000000000000000000aa'
const shared = testNodes()
const { cleanups } = shared

async function startOne(): Promise<{ validator: Validator; place: Place }> {
  const network = await makeNetwork(1, { commitTimeout: 200 })
  cleanups.push(network.remove)
  const validator = new Validator(buildCometbft(), shared.program, network, 0)
  cleanups.push(() => validator.kill())
  await validator.start()
  await validator.engine!.until(async () => (await validator.height()) > 1n)
  return { validator, place: network.places[0]! }
}

/** Gives CometBFT what its peers could, as fast as it takes it, while the blocks are made. Answers how often it took one, and how it said no. */
async function flooded(place: Place, next: () => Uint8Array | undefined, during: Promise<unknown>) {
  let open = true
  const done = during.finally(() => {
    open = false
  })
  const told = { sent: 0, refused: 0 }
  const pump = async () => {
    while (open) {
      const tx = next()
      if (!tx) return
      const body = JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'broadcast_tx_sync',
        params: { tx: Buffer.from(tx).toString('base64') },
      })
      const answer = await fetch(place.rpc, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
      const { result } = (await answer.json()) as { result?: { code: number } }
      told.sent += 1
      if (result?.code !== 0) told.refused += 1
    }
  }
  await Promise.all([done, ...Array.from({ length: AT_ONCE }, pump)])
  return told
}

/** Waits for so many blocks; answers the seconds from each to the next, the longest last. */
async function blocks(validator: Validator, count = BLOCKS): Promise<number[]> {
  const times: number[] = []
  let last = await validator.height()
  const end = last + BigInt(count)
  await validator.engine!.until(async () => {
    const height = await validator.height()
    for (; last < height; last++) times.push(Date.now())
    return height >= end
  })
  return times
    .slice(1)
    .map((time, i) => (time - times[i]!) / 1_000)
    .sort((a, b) => a - b)
}

const report = (name: string, intervals: readonly number[], more: object = {}) => {
  const mean = intervals.reduce((a, b) => a + b) / intervals.length
  console.log(`${name}: ${mean.toFixed(2)} s a block, ${intervals.at(-1)!.toFixed(2)} at most ${JSON.stringify(more)}`)
}

describe('a validator goes on making blocks', () => {
  it('while CometBFT is flooded with transactions that nobody can pay, small and dear', async () => {
    const { validator, place } = await startOne()
    report('alone', await blocks(validator))
    const poor = privateKeyToAccount(bytesToHex(devAccount(CHAIN_ID, 9_999).privateKey))
    const wish = {
      type: 'eip1559',
      chainId: Number(CHAIN_ID),
      nonce: 0,
      to: TO,
      maxFeePerGas: 10n ** 9n,
      maxPriorityFeePerGas: 1n,
    } as const
    const small = hexToBytes(await poor.signTransaction({ ...wish, gas: 21_000n }))
    const accessList = Array.from({ length: 20_000 }, (_, i) => ({
      address: `0x${i.toString(16).padStart(40, '0')}` as Hex,
      storageKeys: [],
    }))
    const dear = hexToBytes(await poor.signTransaction({ ...wish, gas: 60_000_000n, accessList }))
    for (const [name, raw] of Object.entries({ small, dear })) {
      const made = blocks(validator)
      const told = await flooded(place, () => raw, made)
      expect(told.refused).toBe(told.sent)
      report(`${name}, not to be paid`, await made, told)
    }
  })

  it('and puts in what is valid, however much of it comes at once', async () => {
    const { validator, place } = await startOne()
    const people = [0, 1, 2, 3, 4].map((index) => signer(index))
    const each = 300
    const raws: Uint8Array[] = []
    for (let nonce = 0; nonce < each; nonce++) for (const person of people) raws.push(await person.sign({ nonce, to: TO, value: 1n }))
    const waiting = raws.values()
    const included = async () =>
      (await Promise.all(people.map(({ address }) => validator.rpc<Hex>('eth_getTransactionCount', address, 'latest')))).every(
        (count) => Number(count) === each,
      )
    const began = await validator.height()
    const started = Date.now()
    const told = await flooded(place, () => waiting.next().value, validator.engine!.until(included))
    const took = (Date.now() - started) / 1_000
    const count = Number((await validator.height()) - began)
    console.log(`valid: ${raws.length} in ${took.toFixed(1)} s and ${count} blocks`, told)
    expect(told).toEqual({ sent: raws.length, refused: 0 })
  })

  it('with a thousand connections that listen to it and to CometBFT', async () => {
    const { validator, place } = await startOne()
    const sockets: WebSocket[] = []
    cleanups.push(() => sockets.forEach((socket) => void socket.terminate()))
    const listen = (url: string, messages: readonly object[]) =>
      new Promise<boolean>((resolve) => {
        const socket = new WebSocket(url)
        sockets.push(socket)
        socket.on('error', () => resolve(false))
        socket.once('message', () => resolve(true))
        socket.once('open', () => {
          for (const message of messages) socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }))
        })
      })
    const heads = { method: 'eth_subscribe', params: ['newHeads'] }
    const ours = await Promise.all(Array.from({ length: 1_000 }, () => listen(validator.url.replace('http', 'ws'), [heads, heads, heads])))
    const query = { method: 'subscribe', params: { query: "tm.event='NewBlock'" } }
    const theirs = await Promise.all(Array.from({ length: 300 }, () => listen(`${place.rpc.replace('http', 'ws')}/websocket`, [query])))
    const taken = { ours: ours.filter(Boolean).length, theirs: theirs.filter(Boolean).length }
    expect(taken.ours).toBe(1_000)
    report('listened to', await blocks(validator), taken)
  })
})
