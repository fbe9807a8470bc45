import { sha256 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../result/rejection.ts'
import { attest, EXTRA } from '../testkit/tpm.testkit.ts'
import { readTpmQuote, tpmData } from './quote.ts'

describe('the message of a TPM quote', () => {
  it('is refused with fields over their size, doubled banks, or selections beyond 32 registers', () => {
    const none = [0, 0, 0]
    for (const broken of [
      attest({ extraData: new Uint8Array(65) }),
      attest({ digest: new Uint8Array(65) }),
      attest({
        banks: [
          [11, none],
          [11, none],
        ],
      }),
      attest({ banks: [[11, [0, 0, 0, 0, 0]]] }),
    ])
      expect(() => readTpmQuote(broken)).toThrow(Refusal)
  })

  it('takes no memory for selections that it announces and does not hold', () => {
    const broken = attest({ banks: [], digest: new Uint8Array() })
    // The number of selections stands before the length of the digest.
    broken.set([0x01, 0xff, 0xff, 0xff], broken.length - 6)
    const before = process.memoryUsage().heapUsed
    expect(() => readTpmQuote(broken)).toThrow(Refusal)
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(16_000_000)
  })

  it('names the registers of each bank in ascending order', () => {
    const { selections, extraData } = readTpmQuote(
      attest({
        banks: [
          [11, [0x81, 1]],
          [12, [2]],
        ],
      }),
    )
    expect(extraData).toEqual(EXTRA)
    expect(selections).toEqual([
      { hash: 'SHA-256', registers: [0, 7, 8] },
      { hash: 'SHA-384', registers: [1] },
    ])
  })
})

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i)

describe('what a TPM signs along', () => {
  it('is the report data while every TPM takes them', () => {
    for (const length of [0, 1, 31, 32]) expect(tpmData(bytes(length))).toEqual(bytes(length))
  })

  it('is their SHA-256 when they are longer', () => {
    for (const length of [33, 50, 64]) expect(tpmData(bytes(length))).toEqual(sha256(bytes(length)))
  })
})
