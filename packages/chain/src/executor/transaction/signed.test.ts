import { RLP } from '@ethereumjs/rlp'
import { Capability, createTxFromRLP } from '@ethereumjs/tx'
import { bytesToHex, concatBytes, type Hex, hexToBytes, isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import type { TransactionSerializable } from 'viem'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from '../../crypto/crypto.ts'
import { nobleRecover } from '../../crypto/recover.ts'
import { CHAIN_ID, common, signer } from '../../pool/host.testkit.ts'
import { decodeTransaction } from '../decode.ts'
import { readFields } from './fields.ts'
import { intrinsicGas } from './intrinsicGas.ts'
import { layoutOf, typeOf } from './layout.ts'
import { shapeOf } from './shape.ts'

const crypto = await loadCrypto()
const TO = '0x00000000000000000000000000000000000000aa'
const chainId = Number(CHAIN_ID)
const word = (byte: string): Hex => `0x${byte.repeat(32)}`

const REST = { nonce: 7, to: TO, value: 1_000n, gas: 21_000n } as const
const FEES = { maxFeePerGas: 2_000n, maxPriorityFeePerGas: 300n } as const
const accessList = [
  { address: TO, storageKeys: [word('11'), word('22')] },
  { address: `0x${'bb'.repeat(20)}`, storageKeys: [] },
] as const
const authorizationList = [{ chainId, address: `0x${'cc'.repeat(20)}`, nonce: 1, r: word('33'), s: word('44'), yParity: 1 }] as const

const sign = async (request: TransactionSerializable) => hexToBytes(await signer(1).sign(request))
const plain = await sign({ ...REST, ...FEES, chainId, type: 'eip1559' })
/** One of each type, and what else a type can be. */
const EXAMPLES: Readonly<Record<string, Uint8Array>> = {
  plain,
  legacy: await sign({ ...REST, chainId, type: 'legacy', gasPrice: 2_000n, data: '0x1234' }),
  'legacy creation': await sign({ ...REST, to: undefined, chainId, type: 'legacy', gasPrice: 2_000n, data: '0x5b' }),
  listed: await sign({ ...REST, chainId, type: 'eip2930', gasPrice: 2_000n, accessList }),
  creation: await sign({ ...REST, ...FEES, to: undefined, chainId, type: 'eip1559', data: '0x5b00' }),
  'with data': await sign({ ...REST, ...FEES, chainId, type: 'eip1559', data: `0x${'ab'.repeat(300)}`, accessList }),
  authorizing: await sign({ ...REST, ...FEES, chainId, type: 'eip7702', accessList, authorizationList }),
}
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n
const ORDER = 2n * HALF_ORDER + 1n

type Items = (Uint8Array | Uint8Array[])[]

/** A transaction with other items; not signed anew. */
function changed(change: (items: Items) => void, raw = plain): Uint8Array {
  const type = raw[0]! < 0x80 ? raw.subarray(0, 1) : new Uint8Array()
  const items = RLP.decode(raw.subarray(type.length)) as Items
  change(items)
  return concatBytes(type, RLP.encode(items))
}

const put = (index: number, item: Items[number], raw = plain) => changed((items) => void items.splice(index, 1, item), raw)
const replaced = (index: number, hex: Hex, raw = plain) => put(index, hexToBytes(hex), raw)

/** What EthereumJS with noble's signatures makes of what has the right shape; undefined when that refuses it. */
function reference(raw: Uint8Array) {
  try {
    shapeOf(raw, typeOf(raw)!, layoutOf(typeOf(raw)!)!)
    const tx = createTxFromRLP(raw, { common, freeze: false })
    if (Buffer.compare(tx.serialize(), raw) !== 0 || !tx.isSigned() || !tx.verifySignature()) return undefined
    const legacy = tx.type === 0
    if (legacy && !tx.supports(Capability.EIP155ReplayProtection)) return undefined
    const bytes = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
    const key = nobleRecover(tx.getMessageToVerifySignature(), tx.v!, bytes(tx.r!), bytes(tx.s!), legacy ? CHAIN_ID : undefined)
    return { sender: bytesToHex(crypto.keccak(key).slice(12)), tx }
  } catch {
    return undefined
  }
}

function decoded(raw: Uint8Array) {
  try {
    return decodeTransaction(raw, common, crypto)
  } catch (error) {
    if (isOgError(error, 'CHAIN_TX_REJECTED')) return undefined
    throw error
  }
}

/** Exactly what EthereumJS accepts is accepted, with the same sender and fields. Answers whether it was. */
function agrees(raw: Uint8Array): boolean {
  const [found, expected] = [decoded(raw), reference(raw)]
  expect(found === undefined, bytesToHex(raw)).toBe(expected === undefined)
  if (!found || !expected) return false
  const { sender, tx } = expected
  const { fields } = found
  expect(found.sender).toBe(sender)
  expect(fields).toEqual(readFields(raw))
  const { nonce, gasLimit, value, type } = fields
  expect({ nonce, gasLimit, value, type }).toEqual({ nonce: tx.nonce, gasLimit: tx.gasLimit, value: tx.value, type: tx.type })
  const fees = 'maxFeePerGas' in tx ? [tx.maxFeePerGas, tx.maxPriorityFeePerGas] : [tx.gasPrice, tx.gasPrice]
  expect([fields.maxFeePerGas, fields.maxPriorityFeePerGas]).toEqual(fees)
  expect([fields.to, fields.data]).toEqual([tx.to?.bytes, tx.data])
  expect(fields.accessList.map(({ address, slots }) => [address, slots])).toEqual('accessList' in tx ? tx.accessList : [])
  expect(fields.authorizations.map((entry) => Object.values(entry))).toEqual('authorizationList' in tx ? tx.authorizationList : [])
  expect(intrinsicGas(fields).intrinsic).toBe(tx.getIntrinsicGas())
  return true
}

describe('a transaction', () => {
  it.each(Object.entries(EXAMPLES))('is read as EthereumJS reads it: %s', (_, raw) => expect(agrees(raw)).toBe(true))

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
    ['an address of 19 bytes', replaced(5, `0x${'aa'.repeat(19)}`)],
    ['an address of 21 bytes', replaced(5, `0x${'aa'.repeat(21)}`)],
    ['a value with a leading zero', replaced(6, '0x0001')],
    ['a value of 33 bytes', replaced(6, `0x01${'00'.repeat(32)}`)],
    ['an address for the access list', put(8, [new Uint8Array(20)])],
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
    ['an s over the order of the curve', replaced(11, `0x${(ORDER + 1n).toString(16)}`)],
    ['an access list of type 2 in type 1', concatBytes(Uint8Array.of(1), EXAMPLES['with data']!.subarray(1))],
    ['v of Homestead', replaced(6, '0x1b', EXAMPLES.legacy)],
    ['v of no kind', replaced(6, '0x05', EXAMPLES.legacy)],
    ['v of another chain', replaced(6, '0x5411', EXAMPLES.legacy)],
    ['an empty v', replaced(6, '0x', EXAMPLES.legacy)],
    ['a v of 33 bytes', replaced(6, `0x01${'00'.repeat(32)}`, EXAMPLES.legacy)],
    ['no signature of a legacy one', changed((items) => void items.splice(6, 3), EXAMPLES.legacy)],
    ['a creation of type 4', replaced(5, '0x', EXAMPLES.authorizing)],
    ['nothing authorized in type 4', put(9, [], EXAMPLES.authorizing)],
    ['an init code that is too long', replaced(7, `0x${'5b'.repeat(49_153)}`, EXAMPLES.creation)],
    ['blobs', concatBytes(Uint8Array.of(3), plain.subarray(1))],
    ['a type beyond all', concatBytes(Uint8Array.of(0x7f), plain.subarray(1))],
    ['bytes instead of a list', Uint8Array.of(2, 0x83, 1, 2, 3)],
  ])('is refused with %s', (_, raw) => {
    expect(() => decodeTransaction(raw, common, crypto)).toThrow(/refused/)
    expect(agrees(raw)).toBe(false)
  })

  it.each([
    ['a creation', replaced(5, '0x')],
    ['a value of 2^256 - 1', replaced(6, word('ff'))],
    ['the last nonce that another can follow', replaced(1, '0xfffffffffffffffe')],
    ['the longest init code', replaced(7, `0x${'5b'.repeat(49_152)}`, EXAMPLES.creation)],
    ['an empty access list', put(8, [], EXAMPLES['with data'])],
    ['the other parity', replaced(9, plain[plain.length - 67] === 1 ? '0x' : '0x01')],
  ])('is read with %s, whoever it is then of', (_, raw) => expect(agrees(raw)).toBe(true))

  it('is decided without EthereumJS, which takes 190 ms for twenty thousand entries of who cannot pay them', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ address: `0x${i.toString(16).padStart(40, '0')}` as Hex, storageKeys: [] }))
    const raw = await sign({ ...REST, ...FEES, chainId, type: 'eip1559', accessList: many })
    const onlyItsId = { chainId: () => CHAIN_ID } as typeof common
    const { sender, fields } = decodeTransaction(raw, onlyItsId, crypto)
    expect([sender, intrinsicGas(fields).intrinsic]).toEqual([signer(1).address, 21_000n + 20_000n * 2_400n])
  })

  it('is refused with the mirrored signature of the same key', () => {
    const mirrored = changed((items) => {
      const s = BigInt(bytesToHex(items[11] as Uint8Array))
      items[11] = hexToBytes(`0x${(ORDER - s).toString(16).padStart(64, '0')}`)
      items[9] = (items[9] as Uint8Array).length === 0 ? Uint8Array.of(1) : new Uint8Array()
    })
    expect(agrees(mirrored)).toBe(false)
  })

  it('is read where EthereumJS reads it and refused where that refuses it, whatever bytes were changed', () => {
    const edit = fc.record({
      kind: fc.constantFrom('set', 'insert', 'remove'),
      at: fc.nat({ max: 420 }),
      byte: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xb9, 0xc0, 0xf7, 0xf8, 0xf9)),
    })
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(EXAMPLES)), fc.array(edit, { minLength: 1, maxLength: 3 }), (start, edits) => {
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
        expect(agrees(await sign({ ...REST, ...more, chainId, type: 'eip1559', maxPriorityFeePerGas: tip }))).toBe(true)
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
