import { decodeCbor, encodeCbor } from './cbor.ts'
import { badManifest } from './fail.ts'
import { domainHash } from './hash.ts'
import { MAX_BATCH } from './limits.ts'
import { readerOf } from './read.ts'

/** Bytes of an encoded zk manifest, and entries of its `pcs`. */
export const MAX_ZK_MANIFEST_BYTES = 4096
const MAX_PCS = 64

/** Columns of a commitment: 2^c, and of a codeword: 2^l. SPEC 6.2. */
const MIN_C = 5
const MAX_C = 14
const MAX_L = 20

/** Sizes of the commitment for one permitted batch: 2^c columns, codewords of 2^l. */
export type PcsEntry = readonly [batch: number, c: number, l: number]

/** What a network manifest commits to as `zk.commitment`. SPEC 2.8. */
export interface ZkManifest {
  readonly v: 1
  /** `Hd("zkml/v1/ir", irBytes)`. */
  readonly ir: Uint8Array
  /** 0: public weights, `wd` is their digest. 1: committed weights, `wd` is the root of W. */
  readonly weights: 0 | 1
  readonly wd: Uint8Array
  /** Permitted batches, strictly increasing. */
  readonly pcs: readonly PcsEntry[]
  /** Hash of the ONNX file: the publisher's own word, never verified. */
  readonly onnx?: Uint8Array
}

const read = readerOf(badManifest)

/** The deterministic CBOR of a manifest. Throws `ZK_BAD_MANIFEST` as `decodeZkManifest` does. */
export function encodeZkManifest(manifest: ZkManifest): Uint8Array {
  const bytes = encodeCbor(manifest)
  decodeZkManifest(bytes)
  return bytes
}

/** A manifest from untrusted bytes. Throws `ZK_BAD_MANIFEST`. */
export function decodeZkManifest(bytes: Uint8Array): ZkManifest {
  const map = read.map(decodeCbor(bytes, MAX_ZK_MANIFEST_BYTES, badManifest), 'the manifest', ['v', 'ir', 'weights', 'wd', 'pcs'], ['onnx'])
  read.int(map.v, 'v', 1, 1)
  const weights = read.int(map.weights, 'weights', 0, 1) === 0 ? 0 : 1
  const pcs = read.list(map.pcs, 'pcs', MAX_PCS, 1).map((entry, i) => readEntry(entry, `pcs[${i}]`))
  for (const [i, [batch, c, l]] of pcs.entries()) {
    const [before = 0, firstC, firstL] = [pcs[i - 1]?.[0], pcs[0]![1], pcs[0]![2]]
    if (batch <= before) badManifest(`pcs[${i}]`, `has batch ${batch} after ${before}; batches increase`)
    if (weights === 1 && (c !== firstC || l !== firstL))
      badManifest(`pcs[${i}]`, 'has other sizes than the first; committed weights have one')
  }
  const manifest: ZkManifest = { v: 1, ir: read.bytes(map.ir, 'ir', 32), weights, wd: read.bytes(map.wd, 'wd', 32), pcs }
  return map.onnx === undefined ? manifest : { ...manifest, onnx: read.bytes(map.onnx, 'onnx', 32) }
}

/** `zkModelId = Hd("zkml/v1/model", manifestBytes)`: the one name of an integer model with its weights. */
export function zkModelId(manifestBytes: Uint8Array): Uint8Array {
  return domainHash('zkml/v1/model', manifestBytes)
}

function readEntry(value: unknown, place: string): PcsEntry {
  const [batch, c, l] = read.list(value, place, 3, 3)
  const columns = read.int(c, `${place}[1]`, MIN_C, MAX_C)
  return [read.int(batch, `${place}[0]`, 1, MAX_BATCH), columns, read.int(l, `${place}[2]`, columns + 2, MAX_L)]
}
