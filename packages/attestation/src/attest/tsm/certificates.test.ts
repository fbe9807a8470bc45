import { describe, expect, it } from 'vitest'
import { ask, CHIP, snpKeys, snpReport, vcek } from '../../testkit/snp.testkit.ts'
import { snpEndorsements } from './certificates.ts'
import { certificateTable, GUID } from './tsm.testkit.ts'

/** The report states microcode 72. */
const report = snpReport()
const fits = vcek()
const before = vcek({ versions: { 1: 7, 2: 0, 3: 14, 4: 0, 5: 0, 6: 0, 7: 0, 8: 71 } })
const elsewhere = vcek({ chip: CHIP.toReversed().fill(2, 0, 1) })
const authority = ask('Genoa')
const forClouds = ask('Genoa', 'SEV-VLEK')
const table = (leaf: Uint8Array, authority?: Uint8Array) =>
  certificateTable([[GUID.vcek, leaf], ...(authority ? [[GUID.ask, authority] as const] : [])])
const certificatesOf = (auxblob: Uint8Array, own?: readonly Uint8Array[]) =>
  snpEndorsements(report, auxblob, own ? { certificates: own } : {}).certificates

describe('the certificates beside an SNP report', () => {
  it('are the host’s, where they are of the key that signed', () => {
    expect(certificatesOf(table(fits, authority))).toEqual([fits, authority])
    expect(certificatesOf(table(fits, authority), [before])).toEqual([fits, authority])
  })

  it.each([
    ['firmware that was replaced since', before],
    ['another chip', elsewhere],
    ['nothing that can be read', Uint8Array.of(1)],
  ])('are the operator’s, where the host’s are of %s', (_, leaf) => {
    expect(certificatesOf(table(leaf, authority), [fits, authority])).toEqual([fits, authority])
    expect(certificatesOf(table(leaf, authority))![0]).toEqual(leaf)
    expect(certificatesOf(table(leaf, authority), [before])![0]).toEqual(leaf)
  })

  it('are of the kind of key that signed, though the host has both, and without the other kind’s authority', () => {
    const vlek = vcek({ kind: 'VLEK' })
    const both = certificateTable([
      [GUID.vlek, vlek],
      [GUID.vcek, fits],
      [GUID.ask, forClouds],
    ])
    expect(certificatesOf(both)).toEqual([fits])
    const byCloud = snpReport({ 72: [4] }, snpKeys.vcek)
    expect(snpEndorsements(byCloud, both, {}).certificates).toEqual([vlek, forClouds])
  })

  it('come with the operator’s lists, or else the host’s', () => {
    const [own, host] = [Uint8Array.of(9), Uint8Array.of(8)]
    const auxblob = certificateTable([[GUID.crl, host]])
    expect(snpEndorsements(report, auxblob, { crls: [own] })).toEqual({ crls: [own] })
    expect(snpEndorsements(report, auxblob, {})).toEqual({ crls: [host] })
  })
})
