import { bytesToUint, uintBytes } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'

/** A statement and its proof with all that a verifier needs. The bytes are explained in `packages/zkml/SPEC.md`. */
export interface ZkProofInput {
  /** 32 bytes. */
  readonly zkModelId: Uint8Array
  /** The zk manifest (SPEC 2.8). */
  readonly manifest: Uint8Array
  /** The integer model (SPEC 2.1). */
  readonly ir: Uint8Array
  /** The weights blob (SPEC 2.7); empty when weights are committed. */
  readonly weights: Uint8Array
  /** Values of the inputs and of the outputs (SPEC 1.7). */
  readonly x: Uint8Array
  readonly y: Uint8Array
  /** At most 256 bytes. */
  readonly ctx: Uint8Array
  readonly proof: Uint8Array
}

/** The byte strings after `zkModelId`, in the order of the encoding. */
export const ZK_INPUT_PARTS = ['manifest', 'ir', 'weights', 'x', 'y', 'ctx', 'proof'] as const

const WORD = 32
const HEAD = WORD * (1 + ZK_INPUT_PARTS.length)

const padded = (length: number): number => Math.ceil(length / WORD) * WORD

/**
 * `abi.encode(bytes32 zkModelId, bytes manifest, bytes ir, bytes weights, bytes x, bytes y, bytes ctx, bytes proof)`: the input of the
 * chain's precompile 0x0901 and of `HeldPayments.prove`.
 */
export function encodeZkProofInput(input: ZkProofInput): Uint8Array {
  if (input.zkModelId.length !== WORD) throw malformed(`zkModelId has ${input.zkModelId.length} bytes, not 32`)
  const size = ZK_INPUT_PARTS.reduce((sum, part) => sum + WORD + padded(input[part].length), HEAD)
  const out = new Uint8Array(size)
  out.set(input.zkModelId)
  let offset = HEAD
  for (const [i, part] of ZK_INPUT_PARTS.entries()) {
    const bytes = input[part]
    out.set(uintBytes(offset, WORD), WORD * (i + 1))
    out.set(uintBytes(bytes.length, WORD), offset)
    out.set(bytes, offset + WORD)
    offset += WORD + padded(bytes.length)
  }
  return out
}

/**
 * The parts of an untrusted input, as views of it. One encoding only: offsets in order without gaps, padding of zeros, nothing behind.
 * Throws `ZK_INPUT_MALFORMED`.
 */
export function decodeZkProofInput(bytes: Uint8Array): ZkProofInput {
  if (bytes.length < HEAD) throw malformed(`${bytes.length} bytes are less than its head of ${HEAD}`)
  let offset = HEAD
  const parts = ZK_INPUT_PARTS.map((part, i): readonly [string, Uint8Array] => {
    if (wordAt(bytes, WORD * (i + 1)) !== offset) throw malformed(`${part} does not begin at byte ${offset}`)
    const start = offset + WORD
    if (start > bytes.length) throw malformed(`${part} begins behind the end`)
    const length = wordAt(bytes, offset)
    if (length === undefined || length > bytes.length - start) throw malformed(`${part} ends behind the end`)
    offset = start + padded(length)
    if (offset > bytes.length) throw malformed(`the padding of ${part} is missing`)
    if (bytes.subarray(start + length, offset).some((byte) => byte !== 0)) throw malformed(`the padding of ${part} is not zero`)
    return [part, bytes.subarray(start, start + length)]
  })
  if (offset !== bytes.length) throw malformed(`${bytes.length - offset} bytes are behind its end`)
  return { zkModelId: bytes.subarray(0, WORD), ...Object.fromEntries(parts) } as unknown as ZkProofInput
}

/** A word that is at most 2^48, or undefined: no length comes near. */
function wordAt(bytes: Uint8Array, at: number): number | undefined {
  const word = bytesToUint(bytes.subarray(at, at + WORD))
  return word < 2n ** 48n ? Number(word) : undefined
}

const malformed = (why: string) =>
  new OgError('ZK_INPUT_MALFORMED', `The input of a proof's verification is not encoded canonically: ${why}.`)
