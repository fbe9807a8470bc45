import { sha256 } from '@noble/hashes/sha2.js'
import { attest as makeQuote } from '@opengradient/attestation-dev/make'
import { concatBytes } from '@opengradient/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { tpm2b } from '../../tpm/quote.ts'
import { DATA, OTHER } from '../attest.testkit.ts'
import { tpmAttester } from './attester.ts'
import { u16, u32 } from './command.ts'
import { AK_TEMPLATE } from './key.ts'
import { CC } from './operations.ts'
import { answer, quoteAnswer, REGISTERS, registersAnswer, serveTpm, sessionAnswer, type TpmHandlers } from './tpm.testkit.ts'

let stop = (): void => {}
afterEach(() => stop())

const signed = (): Uint8Array =>
  concatBytes(Uint8Array.of(0, 0x18, 0, 11), tpm2b(new Uint8Array(32).fill(1)), tpm2b(new Uint8Array(32).fill(2)))
const quoteOver = (data: Uint8Array, registers = REGISTERS): Uint8Array => quoteAnswer(data, signed, registers)
/** What a TPM is given to sign for `DATA`. */
const BOUND = sha256(DATA)

/** What a TPM answers to each command; a test replaces some of it. */
const GOOD: TpmHandlers = {
  [CC.createPrimary]: () => sessionAnswer(tpm2b(AK_TEMPLATE), 0x8000_0000),
  [CC.quote]: () => quoteOver(BOUND),
  [CC.flushContext]: () => answer(0),
  [CC.getCapability]: () => answer(0, concatBytes(Uint8Array.of(0), u32(1), u32(0))),
  [CC.pcrRead]: () => registersAnswer(8),
}

async function tpmThat(changes: TpmHandlers, timeout = 20_000) {
  stop()
  const tpm = await serveTpm({ ...GOOD, ...changes }, { silent: timeout !== 20_000 })
  stop = tpm.stop
  return { asked: tpm.asked, attester: tpmAttester({ place: tpm.place, timeout }) }
}
const refusalOf = async (changes: TpmHandlers, timeout?: number) => {
  const { attester, asked } = await tpmThat(changes, timeout)
  const error = await attester.attest(DATA).then(
    () => ({ code: 'ok', message: '' }),
    ({ code, message }: { code: string; message: string }) => ({ code, message }),
  )
  return { ...error, asked }
}

describe('a TPM that something stands before', () => {
  it('is not believed when it quoted other data', async () => {
    expect(await refusalOf({ [CC.quote]: () => quoteOver(OTHER) })).toMatchObject({ code: 'ATTESTER_MISBOUND' })
    expect(await refusalOf({ [CC.quote]: () => quoteOver(BOUND.subarray(1)) })).toMatchObject({ code: 'ATTESTER_MISBOUND' })
    expect(await refusalOf({ [CC.quote]: () => quoteOver(DATA) })).toMatchObject({ code: 'ATTESTER_MISBOUND' })
  })

  it('is asked again when a register changed meanwhile, and given up when that does not end', async () => {
    const other = REGISTERS.with(0, new Uint8Array(32))
    const refused = await refusalOf({ [CC.quote]: () => quoteOver(BOUND, other) })
    expect(refused).toMatchObject({ code: 'ATTESTER_FAILED', message: /change faster/ })
    expect(refused.asked.filter((code) => code === CC.quote)).toHaveLength(3)
    let first = true
    const once = await refusalOf({
      [CC.quote]: () => {
        const bytes = quoteOver(BOUND, first ? other : REGISTERS)
        first = false
        return bytes
      },
    })
    expect(once.code).toBe('ok')
  })

  it('is asked again while it is busy', async () => {
    let busy = 3
    const { code, asked } = await refusalOf({ [CC.quote]: () => (busy-- > 0 ? answer(0x922) : quoteOver(BOUND)) })
    expect(code).toBe('ok')
    expect(asked.filter((command) => command === CC.quote)).toHaveLength(4)
  })

  it('is refused answers that are cut, too long, malformed, or about other registers, and its key is flushed all the same', async () => {
    const answers: (() => Uint8Array)[] = [
      () => answer(0x0000_018b),
      () => answer(0),
      () => concatBytes(u16(0x8001), u32(9), u32(0)),
      () => concatBytes(u16(0x8001), u32(4097), u32(0)),
      () => concatBytes(answer(0), Uint8Array.of(0)),
      () => sessionAnswer(tpm2b(new Uint8Array(100))),
    ]
    for (const [i, make] of answers.entries()) {
      const refused = await refusalOf({ [CC.quote]: make })
      expect(refused.code, `answer ${i}`).toBe('ATTESTER_FAILED')
      expect(refused.asked.at(-1), `answer ${i}`).toBe(CC.flushContext)
    }
    for (const make of [
      () => registersAnswer(0),
      () => registersAnswer(9),
      () => registersAnswer(8, [0, 255, 255]),
      () => answer(0, u32(1)),
    ])
      expect((await refusalOf({ [CC.pcrRead]: make })).code).toBe('ATTESTER_FAILED')
    for (const body of [u32(1), concatBytes(Uint8Array.of(0), u32(2), u32(0)), concatBytes(Uint8Array.of(0), u32(1), u32(0), u32(0))])
      expect((await refusalOf({ [CC.getCapability]: () => answer(0, body) })).code).toBe('ATTESTER_FAILED')
    expect((await refusalOf({ [CC.createPrimary]: () => sessionAnswer(new Uint8Array(), 1) })).code).toBe('ATTESTER_FAILED')
  })

  it('is refused when it hangs up or stays silent', async () => {
    expect(await refusalOf({ [CC.quote]: () => new Uint8Array() })).toMatchObject({
      code: 'ATTESTER_FAILED',
      message: /closed the connection/,
    })
    expect(await refusalOf({ [CC.quote]: () => new Uint8Array() }, 300)).toMatchObject({ code: 'ATTESTER_FAILED', message: /300 ms/ })
  })

  it('has only keys that attest', async () => {
    const encrypting = concatBytes(AK_TEMPLATE.subarray(0, 10), u16(6), AK_TEMPLATE.subarray(12))
    const hashing = concatBytes(u16(8), AK_TEMPLATE.subarray(2))
    for (const area of [encrypting, hashing, new Uint8Array(3)]) {
      const { attester } = await tpmThat({ [CC.createPrimary]: () => sessionAnswer(tpm2b(area), 1) })
      await expect(attester.attestationKey()).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
    }
  })

  it('gives message, signature and registers as one', async () => {
    const { attester } = await tpmThat({})
    const { evidence, endorsements } = await attester.attest(DATA)
    const message = makeQuote({ extraData: BOUND, registers: REGISTERS })
    expect(evidence.subarray(0, message.length + 2)).toEqual(tpm2b(message))
    expect(evidence.subarray(-24 * 34)).toEqual(concatBytes(...REGISTERS.map(tpm2b)))
    expect(endorsements).toEqual({})
  })

  it('is missing where there is no such device', async () => {
    const attester = tpmAttester({ place: { device: '/nowhere/tpmrm0' } })
    await expect(attester.attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })
})
