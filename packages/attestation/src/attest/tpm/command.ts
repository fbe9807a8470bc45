import { setTimeout as sleep } from 'node:timers/promises'
import { concatBytes, uintBytes } from '@opengradient/protocol'
import { BinaryReader } from '../../binary/reader.ts'
import { failed, reasonOf } from '../errors.ts'
import type { TpmConnection } from './connection.ts'

const NO_SESSIONS = 0x8001
const SESSIONS = 0x8002
/** TPMS_AUTH_COMMAND of an empty password: TPM_RS_PW, no nonce, no attributes, no HMAC. */
const EMPTY_PASSWORD = Uint8Array.of(0x40, 0, 0, 9, 0, 0, 0, 0, 0)

export const u8 = (value: number): Uint8Array => uintBytes(value, 1)
export const u16 = (value: number): Uint8Array => uintBytes(value, 2)
export const u32 = (value: number): Uint8Array => uintBytes(value, 4)

export interface TpmCommand {
  /** Names it in messages. */
  readonly name: string
  /** TPM_CC. */
  readonly code: number
  readonly handles?: readonly number[]
  /** Whether the first handle is authorised, by the empty password. */
  readonly authorised?: boolean
  readonly parameters: Uint8Array
  /** Whether the answer begins with a handle. */
  readonly returnsHandle?: boolean
}

/** The answer's handle, and a reader over its parameters. */
export interface TpmAnswer {
  readonly handle: number | undefined
  readonly parameters: BinaryReader
}

/** The command in its bytes (TPM 2.0 Library, part 1, 18). */
function encodeCommand({ code, handles = [], authorised = false, parameters }: TpmCommand): Uint8Array {
  const session = authorised ? concatBytes(u32(EMPTY_PASSWORD.length), EMPTY_PASSWORD) : new Uint8Array()
  const body = concatBytes(u32(code), ...handles.map(u32), session, parameters)
  return concatBytes(u16(authorised ? SESSIONS : NO_SESSIONS), u32(body.length + 6), body)
}

/** Runs one command. ATTESTER_FAILED with the TPM's own code when it refuses, or when its answer is malformed. */
export async function runCommand(tpm: TpmConnection, command: TpmCommand): Promise<TpmAnswer> {
  const { r, code } = await answered(tpm, command)
  return reading(command.name, () => {
    if (code !== 0) throw failed(`the TPM refused: ${meaningOf(code)}`)
    const handle = command.returnsHandle ? r.big(4) : undefined
    const parameters = command.authorised ? new BinaryReader(r.take(r.big(4)), command.name) : r
    return { handle, parameters }
  })
}

/** A TPM that is busy (TPM_RC_YIELDED, TPM_RC_TESTING, TPM_RC_RETRY) did nothing and wants the command again. */
const BUSY = new Set([0x908, 0x90a, 0x922])
/** Milliseconds between the tries, each twice the one before: four seconds in all. */
const PAUSES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048]

/** The answer after tag and size, and its code. */
async function answered(tpm: TpmConnection, command: TpmCommand): Promise<{ r: BinaryReader; code: number }> {
  for (let attempt = 0; ; attempt++) {
    const r = new BinaryReader(await tpm.send(encodeCommand(command)), command.name)
    const code = reading(command.name, () => {
      r.take(6)
      return r.big(4)
    })
    const pause = PAUSES[attempt]
    if (!BUSY.has(code) || pause === undefined) return { r, code }
    await sleep(pause)
  }
}

/** What a parser of an answer gives; ATTESTER_FAILED for whatever it refuses. */
export function reading<T>(name: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw failed(`${name}: ${reasonOf(error)}`, error)
  }
}

/** Response codes that operators meet (part 2, 6.6), by their number without the place of the parameter. */
const MEANINGS: Readonly<Record<number, string>> = {
  133: 'TPM_RC_HIERARCHY: the endorsement hierarchy is switched off',
  139: 'TPM_RC_HANDLE: there is no such key or index',
  142: 'TPM_RC_AUTH_FAIL: a password is set',
  149: 'TPM_RC_SIZE: more data than its hashes have; 64 bytes need a TPM with SHA-512',
  162: 'TPM_RC_BAD_AUTH: a password is set',
  256: 'TPM_RC_INITIALIZE: it was not started (TPM2_Startup)',
  2306: 'TPM_RC_OBJECT_MEMORY: no room for another object; flush the transient ones',
}

function meaningOf(code: number): string {
  // Codes of format one carry the number of the parameter, handle or session in other bits (part 2, 6.6.2).
  const plain = (code & 0x80) !== 0 ? (code & 0x3f) | 0x080 : code
  const hex = `0x${code.toString(16)}`
  return MEANINGS[plain] === undefined ? hex : `${hex}, ${MEANINGS[plain]}`
}
