import fc from 'fast-check'
import { hashStruct } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { address20, hash32, hexOf, uintOf } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { compileTypedStruct, type TypedField } from './compile.ts'

const ORDER_TYPES: Record<string, TypedField[]> = {
  Order: [
    { name: 'maker', type: 'Party' },
    { name: 'items', type: 'Item[]' },
    { name: 'pair', type: 'bytes32[2]' },
    { name: 'memo', type: 'string' },
    { name: 'data', type: 'bytes' },
    { name: 'open', type: 'bool' },
    { name: 'tag', type: 'bytes4' },
    { name: 'delta', type: 'int64' },
  ],
  Item: [
    { name: 'id', type: 'uint256' },
    { name: 'grid', type: 'uint8[][2]' },
  ],
  Party: [{ name: 'wallet', type: 'address' }],
}

const small = fc.integer({ min: 0, max: 255 })
const orders = fc.record({
  maker: fc.record({ wallet: address20 }),
  items: fc.array(fc.record({ id: uintOf(256), grid: fc.tuple(fc.array(small, { maxLength: 3 }), fc.array(small, { maxLength: 3 })) }), {
    maxLength: 3,
  }),
  pair: fc.tuple(hash32, hash32),
  memo: fc.string({ unit: 'grapheme' }),
  data: fc.integer({ min: 0, max: 70 }).chain(hexOf),
  open: fc.boolean(),
  tag: hexOf(4),
  delta: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
})

describe('struct hashes', () => {
  it('agree with viem on nested types, arrays and every kind of value', () => {
    const struct = compileTypedStruct(ORDER_TYPES, 'Order')
    fc.assert(
      fc.property(orders, (order) => {
        const expected = hashStruct({
          data: order,
          primaryType: 'Order',
          types: ORDER_TYPES,
        })
        expect(bytesToHex(struct.hash(order))).toBe(expected)
      }),
    )
  })

  it('are over the primary type, then the others by name', () => {
    expect(compileTypedStruct(ORDER_TYPES, 'Order').encodedType).toBe(
      'Order(Party maker,Item[] items,bytes32[2] pair,string memo,bytes data,bool open,bytes4 tag,int64 delta)Item(uint256 id,uint8[][2] grid)Party(address wallet)',
    )
  })

  it('take integers as bigint, number or decimal string', () => {
    const struct = compileTypedStruct({ N: [{ name: 'n', type: 'int64' }] }, 'N')
    expect(struct.hash({ n: -7 })).toEqual(struct.hash({ n: -7n }))
    expect(struct.hash({ n: '-7' })).toEqual(struct.hash({ n: -7n }))
  })

  it('write negative numbers in two’s complement', () => {
    const struct = compileTypedStruct({ N: [{ name: 'n', type: 'int8' }] }, 'N')
    expect(bytesToHex(struct.encode({ n: -1 }).subarray(32))).toBe(`0x${'f'.repeat(64)}`)
  })

  it('allow a type that holds arrays of itself', () => {
    const struct = compileTypedStruct({ Tree: [{ name: 'branches', type: 'Tree[]' }] }, 'Tree')
    expect(struct.encodedType).toBe('Tree(Tree[] branches)')
    expect(struct.hash({ branches: [{ branches: [] }] })).not.toEqual(struct.hash({ branches: [] }))
  })

  it('ignore members that are not in the type', () => {
    const struct = compileTypedStruct({ N: [{ name: 'n', type: 'uint8' }] }, 'N')
    expect(struct.hash({ n: 1, other: 2 } as object)).toEqual(struct.hash({ n: 1 }))
  })
})

describe('messages that do not fit their types', () => {
  it.each([
    ['uint8', 256],
    ['uint8', -1],
    ['uint8', '1.5'],
    ['uint8', 'x'],
    ['uint8', undefined],
    ['uint256', 2 ** 53],
    ['uint256', 1n << 256n],
    ['int8', 128],
    ['int8', -129],
    ['bool', 1],
    ['string', 5],
    ['bytes', 'abc'],
    ['bytes32', 7],
    ['address', null],
    ['uint8[]', { 0: 1 }],
    ['uint8[2]', [1]],
    ['uint8[2]', [1, 2, 3]],
    ['Inner', 5],
    ['Inner', []],
    ['Inner', null],
  ])('%s refuses %s', (type, value) => {
    const struct = compileTypedStruct({ T: [{ name: 'field', type }], Inner: [{ name: 'a', type: 'uint8' }] }, 'T')
    expect(refusal(() => struct.hash({ field: value }), 'TYPED_DATA_INVALID').message).toContain('T.field')
  })

  it.each([
    ['bytes4', '0xabcd'],
    ['bytes32', '0x00'],
    ['address', '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826'],
    ['bytes', '0xabc'],
  ])('%s refuses hex %s', (type, value) => {
    const struct = compileTypedStruct({ T: [{ name: 'field', type }] }, 'T')
    refusal(() => struct.hash({ field: value }), 'HEX_MALFORMED')
  })
})

it.each(['uint8', 'uint256', 'int8', 'int256', 'bytes1', 'bytes32'])('%s is the end of its kind, and exists', (type) => {
  expect(compileTypedStruct({ T: [{ name: 'a', type }] }, 'T')).toBeDefined()
})

describe('types that do not exist', () => {
  it.each(['uint7', 'uint12', 'uint264', 'uint0', 'int', 'uint', 'bytes0', 'bytes33', 'Missing', 'float', '', 'uint8[', 'tostring'])(
    '%s',
    (type) => {
      refusal(() => compileTypedStruct({ T: [{ name: 'a', type }] }, 'T'), 'TYPED_DATA_INVALID')
    },
  )

  it('a primary type that is not among the types', () => {
    refusal(() => compileTypedStruct({}, 'T'), 'TYPED_DATA_INVALID')
    refusal(() => compileTypedStruct({}, 'toString'), 'TYPED_DATA_INVALID')
  })
})
