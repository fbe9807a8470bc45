import { isBytes, OgError } from '@opengradient/protocol'
import type { ModelIo } from '../convert/io.ts'
import { decodeCbor, encodeCbor } from '../ir/cbor.ts'
import type { Fail } from '../ir/fail.ts'
import { decodeIr } from '../ir/ir.ts'
import { MAX_IR_BYTES, MAX_WEIGHTS_BYTES } from '../ir/limits.ts'
import { MAX_ZK_MANIFEST_BYTES } from '../ir/manifest.ts'
import { readerOf } from '../ir/read.ts'
import type { ZkFiles } from '../proof/model.ts'
import { MAX_PROOF_BYTES } from '../proof/params.ts'
import { ioFromPlain, ioToPlain } from './io.ts'

const MAX_IO_BYTES = 2 ** 21
/** Bytes of a whole file, at most. */
export const MAX_ZKIR_BYTES = MAX_ZK_MANIFEST_BYTES + MAX_IR_BYTES + MAX_WEIGHTS_BYTES + MAX_IO_BYTES + MAX_PROOF_BYTES + 64

/**
 * A `.zkir` file: a model as `openModel` takes it, and how its inputs and outputs map to those of the ONNX file. The mapping is the publisher's
 * word, bound by the hash of the file only. Committed weights are missing in the file that is published, and there in the prover's.
 */
export interface ZkirFile extends ZkFiles {
  readonly io: ModelIo
  /** The registration proof of committed weights: each is in the range of its type. Whether it verifies is for `verifyRegistration` to say. */
  readonly registration?: Uint8Array
}

/** The map with its six names and six parts. */
const MAX_ITEMS = 13

/** Throws `ZK_BAD_FILE`. */
const badFile: Fail = (place, reason) => {
  throw new OgError('ZK_BAD_FILE', `zkir file: ${place} ${reason}.`, { details: { place } })
}

const read = readerOf(badFile)

/** The bytes of a `.zkir` file: deterministic CBOR, so the same model gives the same file. */
export function encodeZkir({ manifest, ir, weights, registration, io }: ZkirFile): Uint8Array {
  return encodeCbor({
    v: 1,
    manifest,
    ir,
    ...(weights && { weights }),
    ...(registration && { registration }),
    io: encodeCbor(ioToPlain(io)),
  })
}

/**
 * The parts of an untrusted `.zkir` file. The mapping fits the integer model; whether manifest, integer model and weights belong together is
 * for `openModel` to say.
 *
 * @throws OgError `ZK_BAD_FILE`, `ZK_BAD_IR`
 */
export function decodeZkir(bytes: Uint8Array): ZkirFile {
  const decoded = decodeCbor(bytes, MAX_ZKIR_BYTES, badFile, MAX_ITEMS)
  const map = read.map(decoded, 'the file', ['v', 'manifest', 'ir', 'io'], ['weights', 'registration'])
  read.int(map.v, 'v', 1, 1)
  const part = (name: 'manifest' | 'ir' | 'io' | 'weights' | 'registration', most: number): Uint8Array => {
    const value = map[name]
    if (!isBytes(value)) badFile(name, 'is not a byte string')
    if (value.length > most) badFile(name, `has ${value.length} bytes, over the limit of ${most}`)
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  }
  const ir = part('ir', MAX_IR_BYTES)
  const io = ioFromPlain(decodeCbor(part('io', MAX_IO_BYTES), MAX_IO_BYTES, badFile), decodeIr(ir), badFile)
  const weights = map.weights === undefined ? {} : { weights: part('weights', MAX_WEIGHTS_BYTES) }
  const registration = map.registration === undefined ? {} : { registration: part('registration', MAX_PROOF_BYTES) }
  return { manifest: part('manifest', MAX_ZK_MANIFEST_BYTES), ir, ...weights, ...registration, io }
}
