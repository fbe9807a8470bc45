import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../bytes/bytes.ts'
import {
  COLLATERAL_KINDS,
  type CollateralKind,
  decodeCollateral,
  encodeCollateral,
  isRevocationList,
  MAX_COLLATERAL,
  type VendorCollateral,
} from './collateral.ts'

const kinds = Object.keys(COLLATERAL_KINDS) as CollateralKind[]
const collateral: fc.Arbitrary<VendorCollateral> = fc.constantFrom(...kinds).chain((kind) => {
  const size = isRevocationList(kind) ? 0 : 64
  return fc.record({
    kind: fc.constant(kind),
    body: fc.uint8Array({ maxLength: 300 }),
    signature: fc.uint8Array({ minLength: size, maxLength: size }),
    certificates: fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 16 }),
  })
})
const refused = (bytes: Uint8Array) =>
  expect(() => decodeCollateral(bytes)).toThrow(expect.objectContaining({ code: 'COLLATERAL_MALFORMED' }))

describe('collateral', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(collateral, (one) => {
        expect(decodeCollateral(encodeCollateral(one))).toEqual(one)
      }),
    )
  })

  it('has one encoding', () => {
    fc.assert(
      fc.property(collateral, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, flip) => {
        const bytes = encodeCollateral(one)
        const changed = bytes.map((byte, i) => (i === at % bytes.length ? byte ^ flip : byte))
        try {
          expect(encodeCollateral(decodeCollateral(changed))).toEqual(changed)
        } catch (error) {
          expect(error).toMatchObject({ code: 'COLLATERAL_MALFORMED' })
        }
      }),
    )
  })

  it('is refused when it is cut, longer, of no kind, without its signature, or too long to be kept', () => {
    const list = { kind: 'crl', body: Uint8Array.of(0x30), signature: new Uint8Array(), certificates: [] } as const
    const bytes = encodeCollateral(list)
    for (let end = 0; end < bytes.length; end++) refused(bytes.subarray(0, end))
    refused(concatBytes(bytes, new Uint8Array(32)))
    // The byte of the kind comes after four offsets and its own length.
    for (const kind of [0, 5, 255]) refused(bytes.map((byte, i) => (i === 160 ? kind : byte)))
    for (const size of [0, 63, 65])
      expect(() => encodeCollateral({ ...list, kind: 'tcbInfo', signature: new Uint8Array(size) })).toThrow('signature')
    expect(() => encodeCollateral({ ...list, signature: new Uint8Array(64) })).toThrow('signature')
    const most = MAX_COLLATERAL - (MAX_COLLATERAL % 32) - (bytes.length - 32)
    expect(encodeCollateral({ ...list, body: new Uint8Array(most) }).length).toBeLessThanOrEqual(MAX_COLLATERAL)
    expect(() => encodeCollateral({ ...list, body: new Uint8Array(most + 1) })).toThrow('more than 262144')
    expect(() => encodeCollateral({ ...list, certificates: Array(17).fill(Uint8Array.of(1)) })).toThrow('list')
  })
})
