import { encode } from 'cborg'
import { domainHash } from '../ir/hash.ts'
import type { Program } from './types.ts'

/** Version of the encoding, its first element. */
const CP_VERSION = 1

/**
 * The bytes of a constraint program: deterministic CBOR of `[1, batch, segments, vecs, bases, constraints, tables]`, arrays,
 * shortest integers and text only. Two implementations interoperate exactly if these bytes match. SPEC 3.6.
 */
export function encodeProgram(program: Program): Uint8Array {
  const { batch, segments, vecs, bases, constraints, tables } = program
  return encode([CP_VERSION, batch, segments, vecs, bases, constraints, tables])
}

/** `programHash = Hd("zkml/v1/prog", bytes)`, 32 bytes. SPEC 1.5, 3.6. */
export function programHash(program: Program): Uint8Array {
  return domainHash('zkml/v1/prog', encodeProgram(program))
}
