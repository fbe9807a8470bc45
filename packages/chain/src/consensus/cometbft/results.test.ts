import { bytesToHex } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readResponse, writeResponse } from './envelope.ts'
import { finalizedResponse, framedBytes, txResultOf } from './results.ts'

const finalized = { height: 1n, appHash: bytesToHex(new Uint8Array(32).fill(7)), validatorUpdates: [], outcomes: [] }

describe('the results of a block', () => {
  it('say of each transaction whether it ran, reverted or was left out; gas only of those in the block', () => {
    expect(txResultOf({ kind: 'succeeded', gasLimit: 30_000n, gasUsed: 21_000n })).toEqual({
      code: 0,
      gasWanted: 30_000n,
      gasUsed: 21_000n,
    })
    expect(txResultOf({ kind: 'reverted', gasLimit: 9n, gasUsed: 8n })).toEqual({ code: 1, gasWanted: 9n, gasUsed: 8n })
    expect(txResultOf({ kind: 'leftOut', reason: 'nonce too low' })).toEqual({ code: 2, log: 'nonce too low' })
  })

  it('keep their order and survive the wire', () => {
    const outcome = fc.oneof(
      fc.record({
        kind: fc.constantFrom('succeeded' as const, 'reverted' as const),
        gasLimit: fc.bigInt(0n, 60_000_000n),
        gasUsed: fc.bigInt(0n, 60_000_000n),
      }),
      fc.record({ kind: fc.constant('leftOut' as const), reason: fc.string() }),
    )
    fc.assert(
      fc.property(fc.array(outcome), (outcomes) => {
        const { method, value } = readResponse(writeResponse('finalizeBlock', finalizedResponse({ ...finalized, outcomes })))
        if (method !== 'finalizeBlock') throw new Error(method)
        expect(value.txResults.map(({ code }) => code)).toEqual(
          outcomes.map(({ kind }) => ['succeeded', 'reverted', 'leftOut'].indexOf(kind)),
        )
        expect(value.txResults.map(({ gasUsed }) => gasUsed)).toEqual(outcomes.map((of) => ('gasUsed' in of ? of.gasUsed : 0n)))
        expect(bytesToHex(value.appHash)).toBe(finalized.appHash)
      }),
    )
  })

  it('carry changes of the validators by the kind of their keys', () => {
    const [ed25519, secp256k1] = [new Uint8Array(32).fill(1), new Uint8Array(33).fill(2)]
    const validatorUpdates = [
      { key: ed25519, power: 5n },
      { key: secp256k1, power: 0n },
    ]
    expect(finalizedResponse({ ...finalized, validatorUpdates }).validatorUpdates).toEqual([
      { pubKey: { ed25519 }, power: 5n },
      { pubKey: { secp256k1 }, power: 0n },
    ])
    expect(() => finalizedResponse({ ...finalized, validatorUpdates: [{ key: new Uint8Array(31), power: 1n }] })).toThrow(/31 bytes/)
  })
})

it('counts the bytes of a transaction in a block as protobuf writes them', () => {
  const around = fc.constantFrom(0, 126, 127, 128, 129, 16_382, 16_383, 16_384, 16_385, 131_072).map((length) => [length])
  fc.assert(
    fc.property(fc.oneof(around, fc.array(fc.nat(300), { maxLength: 20 })), (lengths) => {
      const txs = lengths.map((length) => new Uint8Array(length))
      const empty = writeResponse('prepareProposal', {}).length
      const written = writeResponse('prepareProposal', { txs })
      const body = txs.reduce((sum, tx) => sum + framedBytes(tx), 0)
      // Around the body are its field and its length, which the empty message has too, in one byte.
      expect(written.length - body - empty).toBe(lengthBytes(body) - 1)
    }),
  )
})

const lengthBytes = (length: number): number => (length < 128 ? 1 : 1 + lengthBytes(Math.floor(length / 128)))
