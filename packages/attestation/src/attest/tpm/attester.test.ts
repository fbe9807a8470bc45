import { createServer, type Server } from 'node:net'
import { attest as makeQuote } from '@opengradient/attestation-dev/make'
import { concatBytes } from '@opengradient/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { tpm2b } from '../../tpm/quote.ts'
import { DATA, OTHER } from '../attest.testkit.ts'
import { tpmAttester } from './attester.ts'
import { u16, u32 } from './command.ts'
import { AK_TEMPLATE } from './key.ts'
import { CC } from './operations.ts'

let server: Server | undefined
afterEach(() => {
  server?.close()
})

const answer = (code: number, body: Uint8Array = new Uint8Array()): Uint8Array =>
  concatBytes(u16(0x8001), u32(10 + body.length), u32(code), body)
const sessionAnswer = (parameters: Uint8Array, handle?: number): Uint8Array =>
  answer(0, concatBytes(handle === undefined ? new Uint8Array() : u32(handle), u32(parameters.length), parameters, new Uint8Array(5)))

/** What a TPM answers to each command; a test replaces some of it. */
const REGISTERS = Array.from({ length: 24 }, () => new Uint8Array(32).fill(0x33))
const quoteOver = (data: Uint8Array, registers = REGISTERS): Uint8Array =>
  sessionAnswer(
    concatBytes(
      tpm2b(makeQuote({ extraData: data, registers })),
      Uint8Array.of(0, 0x18, 0, 11),
      tpm2b(new Uint8Array(32).fill(1)),
      tpm2b(new Uint8Array(32).fill(2)),
    ),
  )
const registersAnswer = (count: number, bits = [255, 255, 255]): Uint8Array =>
  answer(0, concatBytes(u32(7), u32(1), u16(11), Uint8Array.of(3, ...bits), u32(count), ...REGISTERS.slice(0, count).map(tpm2b)))

const GOOD: Readonly<Record<number, () => Uint8Array>> = {
  [CC.createPrimary]: () => sessionAnswer(tpm2b(AK_TEMPLATE), 0x8000_0000),
  [CC.quote]: () => quoteOver(DATA),
  [CC.flushContext]: () => answer(0),
  [CC.getCapability]: () => answer(0, concatBytes(Uint8Array.of(0), u32(1), u32(0))),
  [CC.pcrRead]: () => registersAnswer(8),
}

/** Answers by command code; keeps the codes that were asked. */
async function tpmThat(changes: Readonly<Record<number, () => Uint8Array>>, timeout = 20_000) {
  server?.close()
  const asked: number[] = []
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (command) => {
      const code = command.readUInt32BE(6)
      asked.push(code)
      const bytes = (changes[code] ?? GOOD[code]!)()
      if (bytes.length > 0) socket.write(bytes)
      else if (timeout === 20_000) socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { asked, attester: tpmAttester({ place: { host: '127.0.0.1', port }, timeout }) }
}
const refusalOf = async (changes: Readonly<Record<number, () => Uint8Array>>, timeout?: number) => {
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
    expect(await refusalOf({ [CC.quote]: () => quoteOver(DATA.subarray(1)) })).toMatchObject({ code: 'ATTESTER_MISBOUND' })
  })

  it('is asked again when a register changed meanwhile, and given up when that does not end', async () => {
    const other = REGISTERS.with(0, new Uint8Array(32))
    const refused = await refusalOf({ [CC.quote]: () => quoteOver(DATA, other) })
    expect(refused).toMatchObject({ code: 'ATTESTER_FAILED', message: /change faster/ })
    expect(refused.asked.filter((code) => code === CC.quote)).toHaveLength(3)
    let first = true
    const once = await refusalOf({
      [CC.quote]: () => {
        const bytes = quoteOver(DATA, first ? other : REGISTERS)
        first = false
        return bytes
      },
    })
    expect(once.code).toBe('ok')
  })

  it('is asked again while it is busy', async () => {
    let busy = 3
    const { code, asked } = await refusalOf({ [CC.quote]: () => (busy-- > 0 ? answer(0x922) : quoteOver(DATA)) })
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
    const message = makeQuote({ extraData: DATA, registers: REGISTERS })
    expect(evidence.subarray(0, message.length + 2)).toEqual(tpm2b(message))
    expect(evidence.subarray(-24 * 34)).toEqual(concatBytes(...REGISTERS.map(tpm2b)))
    expect(endorsements).toEqual({})
  })

  it('is missing where there is no such device', async () => {
    const attester = tpmAttester({ place: { device: '/nowhere/tpmrm0' } })
    await expect(attester.attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })
})
