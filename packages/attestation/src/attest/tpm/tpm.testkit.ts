import { createServer } from 'node:net'
import { attest as makeQuote } from '@opengradient/attestation-dev/make'
import { concatBytes } from '@opengradient/protocol'
import { tpm2b } from '../../tpm/quote.ts'
import { u16, u32 } from './command.ts'

/** The answer to a command, in its frame. */
export const answer = (code: number, body: Uint8Array = new Uint8Array()): Uint8Array =>
  concatBytes(u16(0x8001), u32(10 + body.length), u32(code), body)

/** The same to a command with a session. */
export const sessionAnswer = (parameters: Uint8Array, handle?: number): Uint8Array =>
  answer(0, concatBytes(handle === undefined ? new Uint8Array() : u32(handle), u32(parameters.length), parameters, new Uint8Array(5)))

/** Registers that nothing was measured into but one byte. */
export const REGISTERS = Array.from({ length: 24 }, () => new Uint8Array(32).fill(0x33))

/** So many of these registers, with the bits that say which. */
export const registersAnswer = (count: number, bits = [255, 255, 255], registers: readonly Uint8Array[] = REGISTERS): Uint8Array =>
  answer(0, concatBytes(u32(7), u32(1), u16(11), Uint8Array.of(3, ...bits), u32(count), ...registers.slice(0, count).map(tpm2b)))

/** The first eight of the registers that TPM2_PCR_Read asks for. */
export function registersAsked(command: Buffer, registers: readonly Uint8Array[]): Uint8Array {
  const bits = command.subarray(-3)
  const asked = registers.filter((_, i) => ((bits[i >> 3]! >> (i & 7)) & 1) === 1)
  return registersAnswer(Math.min(8, asked.length), [...bits], asked)
}

/** A quote over the registers, and what signs its message (TPMT_SIGNATURE). */
export function quoteAnswer(data: Uint8Array, signature: (message: Uint8Array) => Uint8Array, registers = REGISTERS): Uint8Array {
  const message = makeQuote({ extraData: data, registers })
  return sessionAnswer(concatBytes(tpm2b(message), signature(message)))
}

/** What answers a command: nothing hangs up, or stays silent. */
export type TpmHandlers = Readonly<Record<number, (command: Buffer) => Uint8Array>>

/** A TPM's command port that answers by the code of the command, and keeps the codes. */
export async function serveTpm(handlers: TpmHandlers, { silent = false } = {}) {
  const asked: number[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (command) => {
      const code = command.readUInt32BE(6)
      asked.push(code)
      const bytes = handlers[code]!(command)
      if (bytes.length > 0) socket.write(bytes)
      else if (!silent) socket.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { asked, place: { host: '127.0.0.1', port }, stop: () => void server.close() }
}
