import { randomBytes } from 'node:crypto'
import { requestIdOf, sha256Hex, ZERO_HASH } from '@opengradient/protocol'
import { RequestSealer } from '@opengradient/protocol/seal'
import { expect, test } from 'vitest'
import { requestHead } from '../receipts/requestHash.ts'
import { ReceiptSigner } from '../receipts/signer.ts'
import { teeDoor } from './door.ts'
import { Keyring } from './keyring.ts'
import { type SealOpener, sealOpener } from './seal/opener.ts'
import { digestOf, LIFE, MODEL_A, START } from './tee.testkit.ts'

const digest = digestOf(1)
const parts = { method: 'POST', path: '/v2/models/m/infer', contentType: 'application/json' }

/** An enclave as it is after a copy of its memory was started again: the same key, and the same randomness to come. */
function copyOf(key: Uint8Array) {
  const opener = sealOpener(Uint8Array.from(key))
  const keyring = new Keyring<SealOpener>()
  const signer = new ReceiptSigner(new Uint8Array(32).fill(7), { chainId: 5n, settlement: `0x${'11'.repeat(20)}` })
  const nothing = new Uint8Array()
  const rest = { modelIds: [MODEL_A], notAfter: START + LIFE, nonceBlock: 1n, keyset: nothing, input: nothing, erase: opener.erase }
  keyring.add({
    issued: { digest, signer, opener, ...rest },
    registration: { digest, level: 'development', from: START, until: START + LIFE },
  })
  const door = teeDoor({ keyring, now: () => START, random: (length) => new Uint8Array(length).fill(1) })
  return { door, hpke: opener.publicKey }
}

test('two answers of copies of an enclave to one request have no key in common, though both draw the same', async () => {
  const key = randomBytes(32)
  const requestId = requestIdOf(randomBytes(32))
  const copies = [copyOf(key), copyOf(key)] as const
  const bound = { ...parts, keysetDigest: digest, modelId: MODEL_A, requestId, paymentId: ZERO_HASH }
  const sealed = await new RequestSealer(() => START, randomBytes).seal({ ...bound, keyset: copies[0], body: randomBytes(20) })
  const answered = ({ door }: (typeof copies)[0], plain: string, execution: string) => {
    const keyset = door.find(sealed.headers['og-seal'], MODEL_A)!
    const asked = { keyset, parts, head: requestHead(parts), body: sealed.body, modelId: MODEL_A, requestId, sealedHash: ZERO_HASH }
    const { call } = door.open({ ...asked, payment: undefined })
    const [body, record] = [Buffer.from(plain), Buffer.from(execution)]
    return call.seal(body, record, [call.responseHash(body), sha256Hex(record)])
  }
  const answers = [
    answered(copies[0], 'yes', 'at one'),
    answered(copies[1], 'no', 'at one'),
    answered(copyOf(key), 'yes', 'at two'),
    answered(copyOf(key), 'yesat', ' one'),
  ]
  expect(new Set(answers.map((answer) => Buffer.from(answer.subarray(0, 32)).toString('hex'))).size).toBe(4)
  expect(Buffer.from(await sealed.open(answers[1]!)).toString('latin1')).toBe('noat one\0\0\0\x06')
})
