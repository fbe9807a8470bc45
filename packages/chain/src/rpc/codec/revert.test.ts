import { type Hex, hexToBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { encodeErrorResult, parseAbi } from 'viem'
import { describe, expect, it } from 'vitest'
import { revertReason } from '../../call/revertReason.ts'
import { revertError } from './revert.ts'

const abi = parseAbi(['error Error(string)', 'error Panic(uint256)', 'error Custom(uint256,string)'])
const encode = (errorName: 'Error' | 'Panic' | 'Custom', args: readonly unknown[]) => encodeErrorResult({ abi, errorName, args } as never)
const reasonOf = (encoded: Hex) => revertReason(hexToBytes(encoded))

describe('the reason of a revert', () => {
  it('is any string that Solidity gave', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(reasonOf(encode('Error', [text]))).toBe(text)
      }),
    )
  })

  it.each([
    [1n, 'assert(false)'],
    [0x11n, 'arithmetic underflow or overflow'],
    [0x12n, 'division or modulo by zero'],
    [0x32n, 'out-of-bounds access of an array or bytesN'],
    [0x99n, 'unknown panic code: 0x99'],
  ])('is the meaning of panic %s', (code, meaning) => expect(reasonOf(encode('Panic', [code]))).toBe(meaning))

  it('is absent for custom errors and empty data', () => {
    expect(reasonOf(encode('Custom', [1n, 'no']))).toBeUndefined()
    expect(reasonOf('0x')).toBeUndefined()
    expect(reasonOf('0x08c379a0')).toBeUndefined()
  })

  it('never throws on damaged data', () => {
    const valid = hexToBytes(encode('Error', ['a reason']))
    fc.assert(
      fc.property(fc.nat(valid.length), fc.nat(255), fc.nat(valid.length), (at, byte, cut) => {
        const damaged = valid.slice(0, cut)
        if (at < damaged.length) damaged[at] = byte
        revertReason(damaged)
      }),
      { numRuns: 1_000 },
    )
  })
})

it('a reverted call is error 3 with the data that an ABI can decode', () => {
  const encoded = encode('Error', ['user error'])
  expect(revertError(hexToBytes(encoded))).toMatchObject({ code: 3, message: 'execution reverted: user error', data: encoded })
  expect(revertError(new Uint8Array())).toMatchObject({ code: 3, message: 'execution reverted', data: '0x' })
})
