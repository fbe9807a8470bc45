import { ELEMENT_BYTES, OgError } from '@opengradient/protocol'
import type { TensorInfo } from './engine.ts'
import { elementsOf, type Tensor } from './tensor.ts'
import { holdsStrings } from './wire.ts'

const MAX_DIM = 0xffff_ffff

/**
 * Checks tensors against what a model declares, in the declared order: names, datatypes, ranks, fixed and symbolic dimensions (one symbol,
 * one size, over all inputs), and bytes = elements × size.
 * @throws OgError `INPUT_MISSING`, `INPUT_UNKNOWN`, `INPUT_DATATYPE`, `INPUT_SHAPE`, `INPUT_SIZE`
 */
export function checkInputs(declared: readonly TensorInfo[], tensors: readonly Tensor[]): void {
  if (tensors.length < declared.length)
    throw new OgError('INPUT_MISSING', `The model needs input "${declared[tensors.length]!.name}".`, {
      details: { input: declared[tensors.length]!.name },
    })
  if (tensors.length > declared.length)
    throw new OgError('INPUT_UNKNOWN', `The model has ${declared.length} inputs, not ${tensors.length}.`)
  let symbols: Map<string, number> | undefined
  for (let i = 0; i < declared.length; i++) {
    const info = declared[i]!
    const tensor = tensors[i]!
    if (tensor.name !== info.name)
      throw new OgError('INPUT_UNKNOWN', `Input ${i} is "${info.name}", not "${tensor.name}".`, { details: { input: tensor.name } })
    if (tensor.datatype !== info.datatype) {
      throw new OgError('INPUT_DATATYPE', `Input "${info.name}" is ${info.datatype}, not ${tensor.datatype}.`, {
        details: { input: info.name, expected: info.datatype, got: tensor.datatype },
      })
    }
    const { shape } = tensor
    for (let d = 0; d < shape.length; d++)
      if (!(Number.isInteger(shape[d]) && shape[d]! >= 0 && shape[d]! <= MAX_DIM)) throw wrongShape(info, tensor)
    if (info.shape !== undefined) {
      if (shape.length !== info.shape.length) throw wrongShape(info, tensor)
      for (let d = 0; d < shape.length; d++) {
        const expected = info.shape[d]!
        if (typeof expected === 'number') {
          if (expected !== shape[d]) throw wrongShape(info, tensor)
        } else if (expected !== null && declared.length + shape.length > 2) {
          symbols ??= new Map()
          const bound = symbols.get(expected)
          if (bound === undefined) symbols.set(expected, shape[d]!)
          else if (bound !== shape[d]) throw wrongShape(info, tensor, `"${expected}" is ${bound} elsewhere`)
        }
      }
    }
    const count = elementsOf(shape)
    const right =
      info.datatype === 'BYTES' ? holdsStrings(tensor.data, count) : tensor.data.byteLength === count * ELEMENT_BYTES[info.datatype]
    if (!right) {
      throw new OgError(
        'INPUT_SIZE',
        `Input "${info.name}" has ${tensor.data.byteLength} bytes, which is not what ${info.datatype}[${shape.join(',')}] asks for.`,
        {
          details: { input: info.name, bytes: tensor.data.byteLength, shape },
        },
      )
    }
  }
}

function wrongShape(info: TensorInfo, tensor: Tensor, why?: string): OgError {
  const expected = (info.shape ?? []).map((dim) => dim ?? '?')
  return new OgError(
    'INPUT_SHAPE',
    `Input "${info.name}" has the shape [${tensor.shape.join(',')}], the model asks for [${expected.join(',')}]${why === undefined ? '' : ` and ${why}`}.`,
    {
      details: { input: info.name, expected, got: tensor.shape },
    },
  )
}
