import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { connect } from '@opengradient/client'
import {
  decodeReceiptHeader,
  encodeBundle,
  encodeReceiptHeader,
  opg,
  type Receipt,
  receiptHash,
  receiptToJson,
  type SignedReceipt,
  signDigest,
} from '@opengradient/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resign } from '../../../sdk/test/lyingNode.testkit.ts'
import { eventually, INPUT, NAME, type Scene, startScene } from '../../../sdk/test/scene.testkit.ts'
import { InProcess } from '../attestation/og.testkit.ts'
import { contextOf } from '../context.ts'
import { processIo } from '../io.ts'
import { showResult } from './infer.ts'

let scene: Scene
let given: SignedReceipt
const time = () => Math.max(Date.now(), Number(scene.net.chain.head().block.header.timestamp) * 1000)
const home = new InProcess(() => time())
const hash = (digit: string) => `0x${digit.repeat(64)}` as const

beforeAll(async () => {
  scene = await startScene()
  mkdirSync(home.place.networks, { recursive: true })
  writeFileSync(join(home.place.networks, 'local.json'), JSON.stringify(scene.net.network))
  const og = await scene.connect({ home: home.place.root, keep: 'home' })
  const { receipt, signature } = (await og.infer(NAME, { input: INPUT })).bundle
  given = { receipt, signature }
})
afterAll(async () => {
  home.remove()
  await scene?.close()
})

/** What the node's own key signs. */
function signed(change: Partial<Receipt> = {}): SignedReceipt {
  const receipt = { ...given.receipt, ...change }
  return { receipt, signature: signDigest(receiptHash(receipt, connect({ network: scene.net.network }).domain), scene.receiptKey) }
}
const shown = ({ receipt, signature }: SignedReceipt) => JSON.stringify({ receipt: receiptToJson(receipt), signature, settlement: null })
const header = ({ receipt, signature }: SignedReceipt) => `${encodeReceiptHeader(receipt, signature)}\n`

test('what is no signed receipt is refused by its file, with where one is found', async () => {
  const one = home.file('one.json', shown(signed()))
  const files = {
    'is nowhere': 'nowhere.json',
    'is empty': home.file('empty.json', ''),
    'is an array': home.file('array.json', '[]'),
    'is of another kind': home.file('other.json', '{"receipt":{},"signature":"0x"}'),
    'is cut off': home.file('cut.json', shown(signed()).slice(0, -9)),
    'is a header cut off': home.file('cut.txt', header(signed()).slice(9)),
    'is no text': home.file(
      'zip',
      Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 251),
    ),
    'has a signature twice as long': home.file('long.json', shown({ ...signed(), signature: `${signed().signature}00` })),
  }
  for (const [what, file] of Object.entries(files))
    expect([what, await home.og('report', one, file, '--yes')]).toEqual([
      what,
      { code: 2, out: '', err: expect.stringMatching(new RegExp(`USAGE: .*${file}`, 's')) },
    ])
  expect(await home.og('report', one)).toMatchObject({ code: 2, err: expect.stringMatching(/name the file\s+with the other one/) })
})

test('two receipts that do not contradict each other are refused, and nothing is sent', async () => {
  const [one, same, other] = [
    home.file('one.json', shown(signed())),
    home.file('same.txt', header(signed())),
    home.file('other.json', shown(signed({ paymentId: hash('7') }))),
  ]
  expect(await home.og('report', one, same, '--yes')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/RECEIPT_NO_EQUIVOCATION: .*one\s+receipt/s),
  })
  const { code, json } = await home.json('report', one, other, '--yes')
  expect([code, json]).toEqual([1, { ok: false, exit: 1, error: expect.objectContaining({ code: 'RECEIPT_NO_EQUIVOCATION' }) }])
})

test('one receipt is enough where its node settled another one: that one is on chain', async () => {
  const one = home.file('given.json', shown(given))
  const twice = await home.og('report', one, '--yes')
  expect([twice.code, twice.err.replace(/\s+/g, ' ')]).toEqual([2, expect.stringContaining('its payment is not settled for another one')])

  const og = await scene.connect({ home: home.place.root, keep: 'home' })
  scene.liar.lie = ({ request, reply }) => {
    if (request.path.startsWith('/v1/receipts/') && !request.path.endsWith('/execution')) reply.status = 404
    if (request.path.endsWith('/infer') && reply.status === 200)
      resign(
        reply,
        { issuedAt: decodeReceiptHeader(reply.headers['og-receipt'] as string).receipt.issuedAt + 1n },
        og.chain.domain,
        scene.receiptKey,
      )
  }
  const { bundle, receipt, requestId } = await og.infer(NAME, { input: INPUT })
  await eventually(async () => (await og.chain.settled(receipt.paymentId)) !== undefined, 'the payment is settled')
  const answer = home.file('answer.json', encodeBundle(bundle))
  const asked = await home.og('report', answer)
  expect([asked.code, asked.out]).toEqual([
    2,
    expect.stringContaining(`Node ${receipt.node} signed twice for one payment. Its bond is 10000 OPG.`),
  ])
  const caught = await home.og('bundle', requestId)
  scene.liar.lie = undefined
  expect([caught.code, caught.err.replace(/\s+/g, ' ')]).toEqual([
    1,
    expect.stringMatching(/NODE_SIGNED_TWICE: .*settled another receipt.*`og report '.*twice\.json'` takes the bond/),
  ])
  expect((await home.og('report', `${requestId}.twice.json`)).out).toContain('Its bond is 10000 OPG.')
})

test('an answer that is paid for is shown, and kept, also where its bundle cannot be written after all', async () => {
  const og = await scene.connect({ home: home.place.root, keep: 'home' })
  const result = await og.recover(given.receipt.requestId)
  const said: string[] = []
  const out = new Writable({
    write(chunk, _encoding, done) {
      said.push(String(chunk))
      done()
    },
  })
  const context = contextOf({ ...processIo(), out, color: false, interactive: false }, home.place, {})
  const message = expect.stringMatching(/cannot write \/dev\/full: .*`og bundle 0x[0-9a-f]{64} -o FILE` writes it elsewhere/s)
  expect(() => showResult(context, result, '/dev/full')).toThrow(expect.objectContaining({ code: 'DISK_FULL', message }))
  expect(said.join('')).toContain('VERIFIED at level signature')
})

test('og bundle and og recover keep both receipts of a node that signed twice, which loses its bond to whoever reports it, after the cost was shown', async () => {
  const { requestId, paymentId, node } = given.receipt
  const second = signed({ responseHash: hash('9') })
  scene.liar.lie = ({ request, reply }) => {
    if (request.path === `/v1/receipts/${requestId}`) reply.body = Buffer.from(shown(second))
  }
  const both = `${requestId}.twice.json`
  await home.og('config', 'store', scene.store.url)
  for (const command of ['bundle', 'recover']) {
    rmSync(join(home.root, both), { force: true })
    const caught = await home.og(command, requestId)
    expect([caught.code, caught.err.replace(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringMatching(new RegExp(`NODE_SIGNED_TWICE: .*\`og report '.*${both}'\` takes the bond`)),
    ])
  }
  scene.liar.lie = undefined
  const [one, other] = [home.file('one.json', shown(signed())), home.file('other.txt', header(second))]

  const asked = await home.og('report', one, other)
  expect([asked.code, asked.err.replace(/\s+/g, ' ')]).toEqual([
    2,
    expect.stringMatching(/500 OPG are yours .*gas is 0\.\d+ OPG at most.*--yes/),
  ])
  expect(asked.out).toContain('Its bond is 10000 OPG.')
  expect((await home.json('report', both)).code).toBe(2)

  const credit = async () => BigInt((await home.json<{ credit: string }>('balance')).json.credit)
  const before = await credit()
  const { code, json } = await home.json('report', both, '--yes')
  const [slashed, reward] = [opg('10000').toString(), opg('500').toString()]
  expect([code, json]).toEqual([0, { node, paymentId, hash: expect.stringMatching(/^0x/), height: expect.any(Number), slashed, reward }])
  expect((await credit()) - before).toBe(opg('500'))

  const again = await home.og('report', one, other, '--yes')
  expect([again.code, again.err.replace(/\s+/g, ' ')]).toEqual([3, expect.stringMatching(/NODE_BOND_GONE: .*was reported before/)])
})

test('the help shows both ways to name the receipts', async () => {
  const { code, out } = await home.og('report', '--help')
  expect([code, out]).toEqual([0, expect.stringMatching(/og report answer\.json other\.json\n {2}og report twice\.json/)])
})
