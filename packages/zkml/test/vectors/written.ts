import { tagged } from '../../reference/bytes.ts'
import { gemm, one, ROUND } from './broken.ts'
import type { RejectedVector } from './proofs.ts'
import { type Change, type Loose, published } from './publication.ts'
import { COMMITTED, clip, nodeOf } from './publishers.ts'

const ascii = (text: string): readonly number[] => [...text].map((char) => char.charCodeAt(0))
/** A key of one letter as CBOR has it, and `v`, the version: the key and 1. */
const LETTER = 0x61
const VERSION = [LETTER, ...ascii('v'), 1]

/** The bytes with the first place that reads `from` reading `to`. */
function replaced(from: readonly number[], to: readonly number[]) {
  return (bytes: Uint8Array): Uint8Array => {
    const at = bytes.findIndex((_, i) => from.every((byte, j) => bytes[i + j] === byte))
    if (at < 0) throw new Error('the model has no such bytes')
    return Uint8Array.of(...bytes.subarray(0, at), ...to, ...bytes.subarray(at + from.length))
  }
}

/** The version behind all other keys, where the shortest come first. */
function versionLast(bytes: Uint8Array): Uint8Array {
  const without = replaced(VERSION, [])(bytes)
  return Uint8Array.of(...without, ...VERSION)
}

/**
 * What is written in another way than the one that there is for it, or is of another kind, and would be read as the same (SPEC 2.1, 2.8): a model
 * has one name. And what is just within the rules, so that it is something else that is wrong.
 */
export function written(of: string, committed: string): RejectedVector[] {
  const ir = (says: string, change: Change['ir'] & {}) => published(says, of, 'BAD_IR', clip, { ir: change })
  const kind = (says: string, spoil: Change['spoil'] & {}) => published(says, of, 'BAD_IR', clip, { spoil })
  const manifest = (says: string, fields: Record<string, unknown>) => published(says, of, 'WRONG_MODEL', clip, { manifest: fields })
  const good = (says: string, change: Change) => published(says, of, 'STATEMENT_MISMATCH', clip, change)
  const tensors = (model: Loose) => model.tensors as object[]
  return [
    ir('model with its version in two bytes', replaced(VERSION, [...VERSION.slice(0, 2), 0x18, 1])),
    ir('model with its version behind its other keys', versionLast),
    ir('model with its version twice', (bytes) => Uint8Array.of(bytes[0]! + 1, ...VERSION, ...bytes.subarray(1))),
    ir('model whose name is no text', replaced([0x64, ...ascii('test')], [0x64, ...ascii('tes'), 0xff])),
    ir('model with a fraction for its version', replaced(VERSION, [...VERSION.slice(0, 2), 0xf9, 0x3c, 0])),
    ir('model of lists in each other', () => new Uint8Array(2 ** 14).fill(0x81)),
    kind('model whose name is a string of bytes', (model) => Object.assign(model, { name: Uint8Array.from(ascii('test')) })),
    kind('model whose outputs are a string of bytes', (model) => Object.assign(model, { outputs: Uint8Array.of(1) })),
    kind('model with a text for an integer', (model) => Object.assign(nodeOf(model).a, { s: '1' })),
    kind('model with a text for a tensor', (model) => Object.assign(nodeOf(model), { out: '1' })),
    kind('model with tensors of unsigned integers', (model) => tensors(model).map((tensor) => Object.assign(tensor, { dt: 'u16' }))),
    kind('model with a first tensor that nothing makes', (model) => {
      tensors(model).push({ id: 2, axes: [4], dt: 'i16', f: 0 })
      Object.assign(model, { inputs: [1], outputs: [2] })
      Object.assign(nodeOf(model), { in: [1], out: 2 })
    }),
    manifest('manifest whose digest is a list of integers', { wd: [...tagged('zkml/v1/weights', new Uint8Array())] }),
    manifest('manifest with a byte for the hash of another file', { onnx: Uint8Array.of(1) }),
    manifest('manifest with a list for the hash of another file', { onnx: Array(32).fill(1) }),
    published('committed weights with other columns in another batch', committed, 'WRONG_MODEL', gemm, {
      manifest: { ...COMMITTED, pcs: [1, 2].map((batch) => [batch, 5 + batch, 9]) },
    }),
    published('committed weights with other codewords in another batch', committed, 'WRONG_MODEL', gemm, {
      manifest: { ...COMMITTED, pcs: [1, 2].map((batch) => [batch, 6, 7 + batch]) },
    }),
    good('values of another length for a model with sizes for each batch', {
      manifest: {
        pcs: [
          [1, 6, 8],
          [2, 7, 10],
        ],
      },
    }),
    good('values of another length for a model that says which file it is from', { manifest: { onnx: new Uint8Array(32) } }),
    good('values of another length for a model with a name of 256 bytes', {
      spoil: (model) => Object.assign(model, { name: 'm'.repeat(256) }),
    }),
    good('values of another length for a model with an input at a scale', {
      spoil: (model) => Object.assign(tensors(model)[0]!, { f: 7 }),
    }),
    published('proof of another model for one with a scale for each channel', of, 'BAD_ENCODING', gemm, {
      spoil: (model) => Object.assign((model.weights as object[])[0]!, { f: [3, 4] }),
    }),
    kind('model with one axis more than its operator makes', (model) => Object.assign(tensors(model)[1]!, { axes: [4, 1] })),
    kind('model with more cells than its operator makes', (model) => Object.assign(tensors(model)[1]!, { axes: [5] })),
    published('model with as many cells as a tensor may have', of, 'LIMIT', one('Clip', [2 ** 13, 2 ** 13], [2 ** 13, 2 ** 13], ROUND)),
  ]
}
