import { readFileSync } from 'node:fs'
import { concatBytes, isOgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readOnnx } from './read.ts'
import { attribute, block, floats, int, int64s, model, node, value } from './writer.testkit.ts'

const parts = { nodes: [node('Relu', ['x'], ['y'])], inputs: [value('x', ['N', 4])], outputs: [value('y', ['N', 4])] }

function refusal(bytes: Uint8Array): unknown {
  try {
    readOnnx(bytes)
  } catch (error) {
    if (!isOgError(error)) throw error
    return (error.details as { reason?: unknown } | undefined)?.reason
  }
  return undefined
}

describe('the reader of ONNX files', () => {
  it('refuses data outside the file, sizes that do not fit, elements in two places', () => {
    const stored = (...fields: Uint8Array[]): Uint8Array => model({ ...parts, constants: [concatBytes(...fields)] })
    expect(refusal(stored(int(1, 1), int(2, 1), block(8, 'w'), int(14, 1)))).toBe('EXTERNAL_DATA')
    expect(refusal(stored(int(1, 1), int(2, 1), block(8, 'w'), block(13, '')))).toBe('EXTERNAL_DATA')
    expect(refusal(stored(int(1, 2), int(2, 1), block(8, 'w'), block(9, new Uint8Array(4))))).toBe('TENSOR_SIZE')
    expect(refusal(stored(int(1, 1), int(2, 1), block(8, 'w'), block(9, new Uint8Array(4)), block(4, new Uint8Array(4))))).toBe(
      'TENSOR_DATA',
    )
    expect(refusal(stored(int(1, 2n ** 40n), int(1, 2n ** 40n), int(2, 1), block(8, 'w')))).toBe('DIMS')
    expect(refusal(stored(int(1, -1), int(2, 1), block(8, 'w')))).toBe('DIMS')
    expect(refusal(stored(...Array.from({ length: 17 }, () => int(1, 1)), int(2, 1), block(8, 'w')))).toBe('RANK')
    expect(refusal(stored(int(1, 1), int(2, 14), block(8, 'w')))).toBe('DATATYPE')
  })

  it('refuses repeated names, functions, training graphs, sparse tensors and files that are no models', () => {
    expect(refusal(model({ ...parts, constants: [floats('w', [1], [1]), floats('w', [1], [2])] }))).toBe('DUPLICATE_NAME')
    const twice = [attribute.int('a', 1), attribute.int('a', 2)]
    expect(refusal(model({ ...parts, nodes: [node('Relu', ['x'], ['y'], twice)] }))).toBe('DUPLICATE_NAME')
    expect(refusal(concatBytes(model(parts), block(25, '')))).toBe('FUNCTION')
    expect(refusal(concatBytes(model(parts), block(20, '')))).toBe('FUNCTION')
    expect(refusal(concatBytes(int(1, 8), block(8, int(2, 17)), block(7, block(15, ''))))).toBe('SPARSE')
    expect(refusal(new Uint8Array())).toBe('TRUNCATED')
    expect(refusal(model(parts).subarray(0, 40))).toBe('TRUNCATED')
  })

  it('reads values of every place they may be in', () => {
    const typed = concatBytes(int(1, 2), int(2, 1), block(8, 'f'), block(4, new Uint8Array(Float32Array.of(1.5, -2).buffer)))
    const integers = concatBytes(int(1, 2), int(2, 6), block(8, 'i'), int(5, 7), int(5, -3))
    const { constants, inputs, opset, nodes } = readOnnx(
      model({ ...parts, constants: [floats('w', [2], [0.25, 3]), int64s('n', [-1, 2 ** 40]), typed, integers] }, 13),
    )
    const data = (name: string): number[] => [...constants.get(name)!.data]
    expect([data('w'), data('n'), data('f'), data('i')]).toEqual([
      [0.25, 3],
      [-1, 2 ** 40],
      [1.5, -2],
      [7, -3],
    ])
    expect({ opset, inputs }).toEqual({ opset: 13, inputs: [{ name: 'x', type: 1, shape: ['N', 4] }] })
    expect(nodes[0]).toMatchObject({ name: 'y', op: 'Relu', domain: '', inputs: ['x'], outputs: ['y'] })
  })

  it('reads or refuses damaged files with a typed error', () => {
    const whole = new Uint8Array(readFileSync(new URL('../../../../../models/credit_logistic_12_ml/model.onnx', import.meta.url)))
    const damage = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), cut: fc.nat(whole.length) })
    fc.assert(
      fc.property(damage, fc.boolean(), ({ at, byte, cut }, shorten) => {
        const bytes = shorten ? whole.slice(0, cut) : whole.slice()
        if (at < bytes.length) bytes[at] = byte
        refusal(bytes)
      }),
      { numRuns: 400 },
    )
  })
})
