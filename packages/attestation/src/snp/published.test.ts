import { describe, expect, it } from 'vitest'
import { CHIP, snpReport } from '../testkit/snp.testkit.ts'
import { snpPublished } from './published.ts'

const chip = 'c1'.repeat(64)

describe('what AMD publishes about a report', () => {
  it('is not known of what is no report, or says neither itself nor by its caller of which family it is', () => {
    expect(() => snpPublished(new Uint8Array(1184))).toThrow(/version 0/)
    expect(() => snpPublished(snpReport({ 0: [2], 392: [0, 0, 0] }))).toThrow(/family/)
    expect(() => snpPublished(snpReport({ 392: [0x19, 0x77, 0] }))).toThrow(/family/)
  })

  it('is the certificate of chip and versions, and the list of the family', () => {
    expect(snpPublished(snpReport())).toEqual({
      family: 'Genoa',
      list: '/vcek/v1/Genoa/crl',
      certificate: `/vcek/v1/Genoa/${chip}?blSPL=7&teeSPL=0&snpSPL=14&ucodeSPL=72`,
    })
    expect(snpPublished(snpReport({ 0: [2], 392: [0, 0, 0] }), 'Milan')).toMatchObject({
      list: '/vcek/v1/Milan/crl',
      certificate: `/vcek/v1/Milan/${chip}?blSPL=7&teeSPL=0&snpSPL=14&ucodeSPL=72`,
    })
    // What the report says goes first.
    expect(snpPublished(snpReport(), 'Milan').family).toBe('Genoa')
  })

  it('has another layout for Turin: eight bytes of chip, five versions', () => {
    const turin = snpReport({ 384: [1, 2, 3, 4, 0, 0, 0, 5], 392: [0x1a, 0x02, 1], 416: CHIP })
    expect(snpPublished(turin).certificate).toBe(`/vcek/v1/Turin/${'c1'.repeat(8)}?fmcSPL=1&blSPL=2&teeSPL=3&snpSPL=4&ucodeSPL=5`)
  })

  it('is only a list where the key is of a cloud, or the chip is hidden', () => {
    expect(snpPublished(snpReport({ 72: [0b0100] }))).toEqual({ family: 'Genoa', list: '/vlek/v1/Genoa/crl' })
    expect(snpPublished(snpReport({ 72: [0b0010] }))).toEqual({ family: 'Genoa', list: '/vcek/v1/Genoa/crl' })
  })
})
