import { concatBytes } from '@opengradient/protocol'
import { BinaryReader } from '../../binary/reader.ts'
import { buffer, tpm2b } from '../../tpm/quote.ts'
import { readTpmSignature } from '../../tpm/signature.ts'
import { failed } from '../errors.ts'
import { reading, runCommand, u8, u16, u32 } from './command.ts'
import type { TpmConnection } from './connection.ts'

/** TPM_CC of the commands that are given. */
export const CC = {
  createPrimary: 0x131,
  nvRead: 0x14e,
  quote: 0x158,
  flushContext: 0x165,
  nvReadPublic: 0x169,
  getCapability: 0x17a,
  pcrRead: 0x17e,
} as const
const ENDORSEMENT = 0x4000_000b
const SHA256 = 0x000b
const NO_SCHEME = 0x0010
const REGISTERS = 24
/** Bytes of one read of the non-volatile memory; every TPM takes them. */
const NV_CHUNK = 512
const MAX_NV = 8_192

/** TPML_PCR_SELECTION of registers of SHA-256. */
function selection(registers: readonly number[]): Uint8Array {
  const bits = new Uint8Array(3)
  for (const register of registers) bits[register >> 3]! |= 1 << (register & 7)
  return concatBytes(u32(1), u16(SHA256), u8(bits.length), bits)
}

/** Registers 0 to 23 of SHA-256, in as many reads as the TPM needs (it gives up to eight at once). */
export async function readRegisters(tpm: TpmConnection): Promise<Uint8Array[]> {
  const values: Uint8Array[] = []
  while (values.length < REGISTERS) {
    const left = Array.from({ length: REGISTERS - values.length }, (_, i) => values.length + i)
    const { parameters: r } = await runCommand(tpm, { name: 'TPM2_PCR_Read', code: CC.pcrRead, parameters: selection(left) })
    values.push(...reading('TPM2_PCR_Read', () => readSome(r, left)))
  }
  return values
}

/** The registers that one read gave: the first of those asked for. */
function readSome(r: BinaryReader, asked: readonly number[]): Uint8Array[] {
  r.take(4) // counter of updates
  if (r.big(4) !== 1 || r.big(2) !== SHA256) throw failed('it has no registers of SHA-256')
  const bits = r.take(r.big(1))
  const count = r.big(4)
  const given = asked.slice(0, count)
  const right = count > 0 && count <= 8 && given.every((register) => ((bits[register >> 3] ?? 0) >> (register & 7)) & 1)
  if (!right) throw failed('it gave other registers than asked for')
  const values = given.map(() => buffer(r, 32))
  r.end()
  return values
}

/** A key from the endorsement seed: the same template (TPMT_PUBLIC) gives the same key every time. Flush the handle. */
export async function createPrimary(tpm: TpmConnection, template: Uint8Array): Promise<{ handle: number; publicArea: Uint8Array }> {
  const noSensitive = tpm2b(concatBytes(tpm2b(new Uint8Array()), tpm2b(new Uint8Array())))
  const parameters = concatBytes(noSensitive, tpm2b(template), tpm2b(new Uint8Array()), u32(0))
  const name = 'TPM2_CreatePrimary'
  const answer = await runCommand(tpm, {
    name,
    code: CC.createPrimary,
    handles: [ENDORSEMENT],
    authorised: true,
    parameters,
    returnsHandle: true,
  })
  return { handle: answer.handle!, publicArea: reading(name, () => buffer(answer.parameters, 1024)) }
}

export async function flush(tpm: TpmConnection, handle: number): Promise<void> {
  await runCommand(tpm, { name: 'TPM2_FlushContext', code: CC.flushContext, parameters: u32(handle) })
}

/** TPM2B_ATTEST's content and TPMT_SIGNATURE over all registers of SHA-256, with this data signed along. */
export async function quote(tpm: TpmConnection, key: number, data: Uint8Array): Promise<{ message: Uint8Array; signature: Uint8Array }> {
  const all = Array.from({ length: REGISTERS }, (_, i) => i)
  const parameters = concatBytes(tpm2b(data), u16(NO_SCHEME), selection(all))
  const { parameters: r } = await runCommand(tpm, { name: 'TPM2_Quote', code: CC.quote, handles: [key], authorised: true, parameters })
  return reading('TPM2_Quote', () => {
    const message = buffer(r, 2048)
    const signature = r.take(r.left)
    const whole = new BinaryReader(signature, 'TPM signature')
    readTpmSignature(whole)
    whole.end()
    return { message, signature }
  })
}

/** Indices of the non-volatile memory are handles: this range of TPM2_GetCapability(TPM_CAP_HANDLES). */
const CAP_HANDLES = 1

/** Whether the non-volatile memory has this index. */
export async function hasNv(tpm: TpmConnection, index: number): Promise<boolean> {
  const name = 'TPM2_GetCapability'
  const parameters = concatBytes(u32(CAP_HANDLES), u32(index), u32(1))
  const { parameters: r } = await runCommand(tpm, { name, code: CC.getCapability, parameters })
  return reading(name, () => {
    r.take(1) // whether there are more
    if (r.big(4) !== CAP_HANDLES) throw failed('it answered about something else')
    const found = Array.from({ length: Math.min(r.big(4), 1) }, () => r.big(4))
    r.end()
    return found[0] === index
  })
}

const OWNER = 0x4000_0001
/** TPMA_NV_AUTHREAD: whoever knows the password of the index may read it. Else only the owner may, whose password is empty as a rule. */
const AUTHREAD = 1 << 18

/** The content of an index of the non-volatile memory. */
export async function readNv(tpm: TpmConnection, index: number): Promise<Uint8Array> {
  const name = `TPM2_NV_Read of 0x${index.toString(16)}`
  const { parameters: r } = await runCommand(tpm, { name, code: CC.nvReadPublic, parameters: u32(index) })
  const { size, attributes } = reading(name, () => {
    const area = new BinaryReader(buffer(r, 256), name)
    area.take(6) // index, hash of the name
    const attributes = area.big(4)
    buffer(area, 64) // policy
    const size = area.big(2)
    area.end()
    return { size, attributes }
  })
  const reader = (attributes & AUTHREAD) === 0 ? OWNER : index
  if (size > MAX_NV) throw failed(`${name}: ${size} bytes`)
  const parts: Uint8Array[] = []
  for (let offset = 0; offset < size; offset += NV_CHUNK) {
    const length = Math.min(NV_CHUNK, size - offset)
    const parameters = concatBytes(u16(length), u16(offset))
    const part = await runCommand(tpm, { name, code: CC.nvRead, handles: [reader, index], authorised: true, parameters })
    parts.push(reading(name, () => exactly(buffer(part.parameters, NV_CHUNK), length)))
  }
  return concatBytes(...parts)
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw failed(`${bytes.length} bytes where ${length} were asked for`)
  return bytes
}
