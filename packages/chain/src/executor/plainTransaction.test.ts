import { RLP } from '@ethereumjs/rlp'
import { createTxFromRLP } from '@ethereumjs/tx'
import { bytesToHex, concatBytes, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import type { TransactionSerializableEIP1559 } from 'viem'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../crypto/crypto.ts'
import { nobleRecover } from '../crypto/recover.ts'
import { CHAIN_ID, common, signer } from '../pool/host.testkit.ts'
import { decodeTransaction } from './decode.ts'
import { readPlainTransaction } from './plainTransaction.ts'
import { readFields } from './transaction/fields.ts'

const crypto = await loadCrypto()
const read = (raw: Uint8Array) => readPlainTransaction(raw, CHAIN_ID, crypto)

const REQUEST = {
  type: 'eip1559',
  chainId: Number(CHAIN_ID),
  nonce: 7,
  to: '0x00000000000000000000000000000000000000aa',
  value: 1_000n,
  gas: 21_000n,
  maxFeePerGas: 2_000n,
  maxPriorityFeePerGas: 300n,
} as const satisfies TransactionSerializableEIP1559

const sign = async (more: Partial<TransactionSerializableEIP1559> = {}) => hexToBytes(await signer(1).sign({ ...REQUEST, ...more }))
const plain = await sign()
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
const ORDER = 2n * HALF_ORDER + 1n

type Items = (Uint8Array | Uint8Array[])[]

/** The plain transaction with other items; not signed anew. */
function changed(change: (items: Items) => void): Uint8Array {
  const items = RLP.decode(plain.subarray(1)) as Items
  change(items)
  return concatBytes(Uint8Array.of(2), RLP.encode(items))
}

const put = (index: number, item: Items[number]) => changed((items) => void items.splice(index, 1, item))
const replaced = (index: number, hex: `0x${string}`) => put(index, hexToBytes(hex))

/** What EthereumJS with noble's signatures makes of it; undefined when that refuses it. */
function reference(raw: Uint8Array) {
  try {
    const tx = createTxFromRLP(raw, { common, freeze: false })
    if (Buffer.compare(tx.serialize(), raw) !== 0) return undefined
    const bytes = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
    const key = nobleRecover(tx.getMessageToVerifySignature(), tx.v!, bytes(tx.r!), bytes(tx.s!))
    return { sender: bytesToHex(crypto.keccak(key).slice(12)), tx }
  } catch {
    return undefined
  }
}

/** What is read quickly must be what EthereumJS reads. Answers whether it was. */
function agrees(raw: Uint8Array): boolean {
  const found = read(raw)
  if (!found) return false
  const expected = reference(raw)
  expect(expected, bytesToHex(raw)).toBeDefined()
  const { sender, tx } = expected!
  expect(bytesToHex(found.sender)).toBe(sender)
  expect(found.fields).toEqual(readFields(raw))
  const { nonce, gasLimit, value, type } = found.fields
  expect({ nonce, gasLimit, value, type }).toEqual({ nonce: tx.nonce, gasLimit: tx.gasLimit, value: tx.value, type: tx.type })
  if (!('maxFeePerGas' in tx)) throw new Error('another type')
  expect([found.fields.maxFeePerGas, found.fields.maxPriorityFeePerGas]).toEqual([tx.maxFeePerGas, tx.maxPriorityFeePerGas])
  expect([found.fields.to, found.fields.data]).toEqual([tx.to?.bytes, tx.data])
  return true
}

describe('a plain transaction', () => {
  it.each([
    ['another chain', replaced(0, '0x29f5')],
    ['a chain id with a leading zero', replaced(0, '0x0029f4')],
    ['a nonce with a leading zero', replaced(1, '0x0007')],
    ['a nonce of zero as a byte', replaced(1, '0x00')],
    ['a nonce that nothing can follow', replaced(1, '0xffffffffffffffff')],
    ['a nonce of nine bytes', replaced(1, '0x010000000000000000')],
    ['a tip over the fee', replaced(2, '0x0800')],
    ['a tip with a leading zero', replaced(2, '0x0010')],
    ['a fee with a leading zero', replaced(3, '0x000800')],
    ['a fee of 33 bytes', replaced(3, `0x01${'00'.repeat(32)}`)],
    ['a fee that overflows with the gas', replaced(3, `0x${'ff'.repeat(32)}`)],
    ['gas with a leading zero', replaced(4, '0x005208')],
    ['gas of nine bytes', replaced(4, '0x010000000000000000')],
    ['a creation', replaced(5, '0x')],
    ['an address of 19 bytes', replaced(5, `0x${'aa'.repeat(19)}`)],
    ['an address of 21 bytes', replaced(5, `0x${'aa'.repeat(21)}`)],
    ['a value with a leading zero', replaced(6, '0x0001')],
    ['a value of 33 bytes', replaced(6, `0x01${'00'.repeat(32)}`)],
    ['an access list', put(8, [[new Uint8Array(20), []] as never])],
    ['a string for the access list', replaced(8, '0x')],
    ['a parity of two', replaced(9, '0x02')],
    ['a parity of zero as a byte', replaced(9, '0x00')],
    ['no r', replaced(10, '0x')],
    ['an r with a leading zero', replaced(10, `0x00${'11'.repeat(31)}`)],
    ['an r over the order', replaced(10, `0x${'ff'.repeat(32)}`)],
    ['no s', replaced(11, '0x')],
    ['an s over half the order', replaced(11, `0x${(HALF_ORDER + 1n).toString(16)}`)],
    ['a list for a number', put(6, [])],
    ['an item less', changed((items) => void items.pop())],
    ['an item more', changed((items) => void items.push(new Uint8Array()))],
    ['no signature', changed((items) => void items.splice(9, 3))],
    ['a byte behind it', concatBytes(plain, Uint8Array.of(0))],
    ['its last byte missing', plain.subarray(0, -1)],
    ['its type alone', plain.subarray(0, 1)],
    ['nothing', new Uint8Array()],
    ['another type', concatBytes(Uint8Array.of(1), plain.subarray(1))],
    ['a length in more bytes than it needs', concatBytes(Uint8Array.of(2, 0xf9, 0), plain.subarray(2))],
    ['a long length for a short list', concatBytes(Uint8Array.of(2, 0xf8, 2, 0x80, 0x80))],
    ['a length beyond memory', Uint8Array.of(2, 0xff, 255, 255, 255, 255, 255, 255, 255, 255)],
  ])('is not one with %s', (_, raw) => {
    expect(read(raw)).toBeUndefined()
    // And whoever asks for everything gets the judgement of EthereumJS.
    const judged = reference(raw)
    // But for an empty string in the place of a list, which it takes and Ethereum does not.
    const listed = judged !== undefined && 'accessList' in judged.tx && Array.isArray(judged.tx.accessList)
    if (listed && judged.tx.isSigned()) expect(decodeTransaction(raw, common, crypto).sender).toBe(judged.sender)
    else expect(() => decodeTransaction(raw, common, crypto)).toThrow(/refused/)
  })

  it('is not one with the mirrored signature of the same key', () => {
    const mirrored = changed((items) => {
      const s = BigInt(bytesToHex(items[11] as Uint8Array))
      items[11] = hexToBytes(`0x${(ORDER - s).toString(16).padStart(64, '0')}`)
      items[9] = (items[9] as Uint8Array).length === 0 ? Uint8Array.of(1) : new Uint8Array()
    })
    expect(read(mirrored)).toBeUndefined()
  })

  it('is never read where EthereumJS refuses, whatever bytes were changed', async () => {
    const long = await sign({ data: `0x${'ab'.repeat(300)}` })
    const edit = fc.record({
      kind: fc.constantFrom('set', 'insert', 'remove'),
      at: fc.nat({ max: 420 }),
      byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xb9, 0xc0, 0xf7, 0xf8, 0xf9)),
    })
    fc.assert(
      fc.property(fc.constantFrom(plain, long), fc.array(edit, { minLength: 1, maxLength: 3 }), (start, edits) => {
        const bytes = [...start]
        for (const { kind, at, byte } of edits) {
          const place = at % bytes.length
          if (kind === 'set') bytes[place] = byte
          else bytes.splice(place, kind === 'remove' ? 1 : 0, ...(kind === 'insert' ? [byte] : []))
        }
        agrees(Uint8Array.from(bytes))
      }),
      { numRuns: 1_500 },
    )
  })

  it('is read with the fields and the sender that EthereumJS finds, at all edges', async () => {
    const edge = (bits: bigint) =>
      fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** bits - 1n), fc.constantFrom(0n, 127n, 128n, 255n, 256n, 2n ** bits - 1n))
    const request = fc.record({
      nonce: fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(127, 128, 255, 256, Number.MAX_SAFE_INTEGER)),
      value: edge(256n),
      gas: edge(64n),
      maxFeePerGas: edge(190n),
      data: fc
        .oneof(fc.uint8Array({ maxLength: 2 }), fc.uint8Array({ minLength: 54, maxLength: 58 }), fc.uint8Array({ maxLength: 600 }))
        .map(bytesToHex),
    })
    await fc.assert(
      fc.asyncProperty(request, fc.nat({ max: 100 }), async (more, share) => {
        const tip = (more.maxFeePerGas * BigInt(share)) / 100n
        expect(agrees(await sign({ ...more, maxPriorityFeePerGas: tip }))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('gives the object of EthereumJS to whoever asks, with the hash and the sender that were found', () => {
    const decoded = decodeTransaction(plain, common, crypto)
    expect(bytesToHex(decoded.inner.hash())).toBe(decoded.hash)
    expect(decoded.inner.getSenderAddress().toString()).toBe(signer(1).address)
    expect(decoded.sender).toBe(signer(1).address)
    expect(decoded.inner.serialize()).toEqual(plain)
    expect(decoded.inner).toBe(decoded.inner)
  })
})
