import { concatBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../../result/rejection.ts'
import { readCertificateTable } from './certificateTable.ts'
import { certificateTable, GUID } from './tsm.testkit.ts'

const [A, B, C, D] = [Uint8Array.of(1), Uint8Array.of(2, 2), Uint8Array.of(3, 3, 3), Uint8Array.of(4)]

describe('the certificate table of a host', () => {
  it('is refused when it is not closed, points outside, or names something twice', () => {
    const good = certificateTable([[GUID.vcek, A]])
    expect(() => readCertificateTable(new Uint8Array(), 'vcek')).toThrow(/not closed/)
    expect(() => readCertificateTable(good.subarray(0, 24), 'vcek')).toThrow(/not closed/)
    expect(() => readCertificateTable(good.subarray(0, good.length - 1), 'vcek')).toThrow(/outside/)
    const twice: [string, Uint8Array][] = [
      [GUID.vcek, A],
      [GUID.vcek, B],
    ]
    expect(() => readCertificateTable(certificateTable(twice), 'vcek')).toThrow(/two entries/)
    const many = Array.from({ length: 40 }, (): [string, Uint8Array] => ['11'.repeat(16), A])
    expect(() => readCertificateTable(certificateTable(many), 'vcek')).toThrow(/more than 32/)
  })

  it('stops at nothing worse than a refusal, whatever it holds', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readCertificateTable(concatBytes(bytes, new Uint8Array(24)), 'vcek')
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal)
        }
      }),
    )
  })

  it('gives the certificate of the signing key first, and leaves out what is not known', () => {
    const table = certificateTable([
      [GUID.ark, C],
      ['22'.repeat(16), D],
      [GUID.ask, B],
      [GUID.crl, D],
      [GUID.vcek, A],
    ])
    expect(readCertificateTable(table, 'vcek')).toEqual({ certificates: [A, B, C], crls: [D] })
    expect(readCertificateTable(certificateTable([]), 'vcek')).toEqual({})
  })

  it('gives the certificate of the kind of key that signed, or none, and takes GUIDs in Microsoft’s order of bytes', () => {
    const table = certificateTable([
      [GUID.vcek, A],
      ['c24b07a85aa23e48aae639c045a0b8a1', B],
    ])
    expect(readCertificateTable(table, 'vlek')).toEqual({ certificates: [B] })
    expect(readCertificateTable(table, 'vcek')).toEqual({ certificates: [A] })
    expect(readCertificateTable(certificateTable([[GUID.vlek, B]]), 'vcek')).toEqual({})
  })
})
