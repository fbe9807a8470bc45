import { readFileSync } from 'node:fs'
import { join as joinPath } from 'node:path'
import { isOgError } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { MODELS, sampleNames } from '../server/folderSource.testkit.ts'
import { DEFAULT_ONNX_LIMITS } from './limits.ts'
import { validateOnnx } from './validate.ts'
import {
  attribute,
  type Bytes,
  block,
  doubler,
  floats,
  graph,
  hoarder,
  int,
  int64s,
  join,
  model,
  node,
  opset,
  sleeper,
  TYPE,
  tensor,
  value,
  varint,
} from './writer.testkit.ts'

const X = value('x', TYPE.FLOAT, ['N', 4])
const Y = value('y', TYPE.FLOAT, ['N', 4])
const plain = (parts: Partial<Parameters<typeof graph>[0]>): Bytes =>
  model(graph({ nodes: [node('Identity', ['x'], ['y'])], inputs: [X], outputs: [Y], ...parts }))
/** A stored tensor whose data is "outside": a location key. */
const outside = join(block(13, join(block(1, 'location'), block(2, '../../secret'))), int(14, 1))
const sparse = (values: Bytes, indices: Bytes, dims: readonly (number | bigint)[]): Bytes =>
  join(block(1, values), block(2, indices), ...dims.map((d) => int(3, d)))

function refusal(bytes: Bytes): { reason: unknown; field: unknown; message: string } {
  try {
    validateOnnx(bytes)
  } catch (error) {
    if (!isOgError(error, 'MODEL_INVALID')) throw error
    return { reason: error.details.reason, field: error.details.field, message: error.message }
  }
  throw new Error('the file was accepted')
}

describe('a valid file', () => {
  it.each(sampleNames())('%s says what it takes, gives and uses', (name) => {
    const meta = JSON.parse(readFileSync(joinPath(MODELS, name, 'meta.json'), 'utf8')) as {
      inputs: { name: string; shape: number[] }[]
      outputs: { name: string; shape: number[] }[]
      opset: Record<string, number>
      operators: Record<string, number>
    }
    const { signature, opsets, operators } = validateOnnx(readFileSync(joinPath(MODELS, name, 'model.onnx')))
    expect(signature.inputs.map((info) => [info.name, info.shape?.length])).toEqual(
      meta.inputs.map((info) => [info.name, info.shape.length]),
    )
    expect(signature.outputs.map((info) => info.name)).toEqual(meta.outputs.map((info) => info.name))
    expect(opsets.get('')).toBe(meta.opset['ai.onnx'])
    expect(operators).toEqual(Object.keys(meta.operators).sort())
  })

  it('leaves out inputs that have a stored default', () => {
    const { signature, parameters } = validateOnnx(plain({ inputs: [X, value('w', TYPE.FLOAT, [2])], initializers: [floats('w', [1, 2])] }))
    expect(signature.inputs.map(({ name }) => name)).toEqual(['x'])
    expect(parameters).toBe(2n)
  })

  it('may leave dimensions, or the rank, open', () => {
    const { signature } = validateOnnx(plain({ inputs: [value('x', TYPE.FLOAT, [null, 'T', 3, -1])], outputs: [value('y', TYPE.FLOAT)] }))
    expect(signature.inputs[0]!.shape).toEqual([null, 'T', 3, null])
    expect(signature.outputs[0]!.shape).toBeUndefined()
  })

  it('may nest graphs, and may compute shapes from its input', () => {
    expect(validateOnnx(sleeper()).operators).toEqual(['Add', 'Identity', 'Loop'])
    expect(validateOnnx(hoarder()).operators).toEqual(['ConstantOfShape', 'ReduceSum'])
  })

  it('may keep elements in typed lists, packed or not', () => {
    const packed = join(int(1, 3), int(2, TYPE.INT64), block(8, 'w'), block(7, join(varint(1), varint(-1), varint(300))))
    const loose = join(int(1, 2), int(2, TYPE.INT32), block(8, 'v'), int(5, 7), int(5, 8))
    const half = join(int(1, 2), int(2, TYPE.FLOAT16), block(8, 'h'), int(5, 15360), int(5, 0))
    const text = join(int(1, 2), int(2, TYPE.STRING), block(8, 's'), block(6, 'a'), block(6, ''))
    const floating = join(int(1, 2), int(2, TYPE.FLOAT), block(8, 'f'), block(4, new Uint8Array(8)))
    expect(validateOnnx(plain({ initializers: [packed, loose, half, text, floating] })).parameters).toBe(11n)
  })
})

describe('data outside the file is refused wherever it hides:', () => {
  const external = tensor('w', TYPE.FLOAT, [1], new Uint8Array(0), outside)
  const dense = (t: Bytes): Bytes => plain({ initializers: [t] })
  const inner = graph({ nodes: [node('Identity', ['w'], ['o'])], outputs: [value('o', TYPE.FLOAT)], initializers: [external] })
  it.each<[string, Bytes, string]>([
    ['a stored tensor', dense(external), 'graph.initializer[0]'],
    [
      'a tensor that only names a location',
      dense(tensor('w', TYPE.FLOAT, [1], Float32Array.of(1), block(13, join(block(1, 'location'), block(2, 'x'))))),
      'graph.initializer[0]',
    ],
    ['a tensor that only says EXTERNAL', dense(tensor('w', TYPE.FLOAT, [1], Float32Array.of(1), int(14, 1))), 'graph.initializer[0]'],
    [
      'an attribute',
      plain({ nodes: [node('Constant', [], ['y'], [attribute.tensor('value', external)])] }),
      'graph.node[0].attribute[0].t',
    ],
    [
      'a list of tensors in an attribute',
      plain({ nodes: [node('Foo', [], ['y'], [join(block(1, 'a'), block(10, external))])] }),
      'graph.node[0].attribute[0].tensors[0]',
    ],
    [
      'a subgraph',
      plain({ nodes: [node('If', ['c'], ['y'], [attribute.graph('then_branch', inner)])] }),
      'graph.node[0].attribute[0].g.initializer[0]',
    ],
    [
      'a list of subgraphs',
      plain({ nodes: [node('Foo', ['c'], ['y'], [join(block(1, 'a'), block(11, inner))])] }),
      'graph.node[0].attribute[0].graphs[0].initializer[0]',
    ],
    [
      'the values of a sparse tensor',
      plain({ extra: [block(15, sparse(external, int64s('', [0], [1]), [4]))] }),
      'graph.sparse_initializer[0].values',
    ],
    [
      'the indices of a sparse tensor',
      plain({ extra: [block(15, sparse(floats('w', [1]), tensor('', TYPE.INT64, [1], new Uint8Array(0), outside), [4]))] }),
      'graph.sparse_initializer[0].indices',
    ],
    [
      'a sparse attribute',
      plain({ nodes: [node('Constant', [], ['y'], [attribute.sparse('sparse_value', sparse(external, int64s('', [0], [1]), [4]))])] }),
      'graph.node[0].attribute[0].sparse_tensor.values',
    ],
  ])('%s', (_, bytes, field) => {
    const { reason, field: where } = refusal(bytes)
    expect(reason).toBe('EXTERNAL_DATA')
    expect(String(where).startsWith(field)).toBe(true)
  })
})

describe('refused, naming the field:', () => {
  const huge = 2n ** 40n
  const withTensor = (t: Bytes): Bytes => plain({ initializers: [t] })
  const nested = (depth: number): Bytes =>
    depth === 0
      ? graph({ nodes: [], outputs: [] })
      : graph({ nodes: [node('If', ['c'], ['y'], [attribute.graph('then_branch', nested(depth - 1))])], outputs: [] })
  const constant = (name: string, values: readonly (number | bigint)[]): Bytes =>
    node('Constant', [], [name], [attribute.tensor('value', int64s('', values))])
  it.each<[string, Bytes, string, string?]>([
    ['an empty file', new Uint8Array(), 'TRUNCATED'],
    ['something that is no model', Buffer.from('hello world'), 'UNKNOWN_FIELD'],
    ['zeros', new Uint8Array(100), 'PROTOBUF'],
    ['a model without graph', join(int(1, 8), block(8, opset(17))), 'TRUNCATED'],
    ['a model without version', join(block(8, opset(17)), block(7, graph({ nodes: [], outputs: [Y] }))), 'IR_VERSION'],
    ['a version from the future', model(graph({ nodes: [], outputs: [Y] }), { irVersion: 99 }), 'IR_VERSION'],
    ['a model without operator sets', model(graph({ nodes: [], outputs: [Y] }), { opsets: [] }), 'OPSET'],
    ['an operator set from the future', model(graph({ nodes: [], outputs: [Y] }), { opsets: [opset(999)] }), 'OPSET', 'opset_import[0]'],
    [
      'an operator set of a vendor',
      model(graph({ nodes: [], outputs: [Y] }), { opsets: [opset(17), opset(1, 'com.microsoft')] }),
      'CUSTOM_DOMAIN',
      'opset_import[1]',
    ],
    [
      'the same operator set twice',
      model(graph({ nodes: [], outputs: [Y] }), { opsets: [opset(17), opset(18, 'ai.onnx')] }),
      'DUPLICATE_NAME',
    ],
    [
      'an operator of a vendor',
      plain({ nodes: [node('Gelu', ['x'], ['y'], [], 'com.microsoft')] }),
      'CUSTOM_DOMAIN',
      'graph.node[0].domain',
    ],
    [
      'an operator of training',
      plain({ nodes: [node('Adam', ['x'], ['y'], [], 'ai.onnx.preview.training')] }),
      'CUSTOM_DOMAIN',
      'graph.node[0].domain',
    ],
    [
      'an operator of a vendor inside a subgraph',
      plain({
        nodes: [
          node('If', ['c'], ['y'], [attribute.graph('else_branch', graph({ nodes: [node('A', [], ['b'], [], 'x.y')], outputs: [] }))]),
        ],
      }),
      'CUSTOM_DOMAIN',
      'graph.node[0].attribute[0].g.node[0].domain',
    ],
    ['model-local functions', model(graph({ nodes: [], outputs: [Y] }), { extra: [block(25, block(1, 'f'))] }), 'FUNCTION'],
    ['training graphs', model(graph({ nodes: [], outputs: [Y] }), { extra: [block(20, new Uint8Array())] }), 'TRAINING'],
    ['a node without operator', plain({ nodes: [node('', ['x'], ['y'])] }), 'NODE', 'graph.node[0]'],
    ['trailing bytes', join(doubler(), Uint8Array.of(0)), 'PROTOBUF'],
    ['an unknown field', join(doubler(), block(99, 'x')), 'UNKNOWN_FIELD'],
    ['a second graph, which some readers would merge', join(doubler(), block(7, graph({ nodes: [], outputs: [] }))), 'DUPLICATE_FIELD'],
    [
      'a second data_type in one tensor',
      withTensor(join(floats('w', [1]), int(2, TYPE.DOUBLE))),
      'DUPLICATE_FIELD',
      'graph.initializer[0]',
    ],
    ['a field of another wire type', join(doubler(), varint(14 * 8), varint(1)), 'PROTOBUF'],
    ['a group', join(doubler(), varint(14 * 8 + 3)), 'PROTOBUF'],
    ['a length beyond the file', join(doubler(), varint(14 * 8 + 2), varint(1000)), 'TRUNCATED'],
    ['a length beyond its message', plain({ extra: [join(varint(5 * 8 + 2), varint(2 ** 40))] }), 'TRUNCATED'],
    ['a number of more than 10 bytes', join(doubler(), varint(14 * 8 + 2), new Uint8Array(12).fill(0xff)), 'PROTOBUF'],
    ['an unknown data type', withTensor(tensor('w', 77, [1], new Uint8Array(4))), 'DATATYPE', 'graph.initializer[0]'],
    ['complex numbers', withTensor(tensor('w', 14, [1], new Uint8Array(8))), 'DATATYPE', 'graph.initializer[0]'],
    ['a tensor without type', withTensor(join(int(1, 1), block(8, 'w'), block(9, new Uint8Array(4)))), 'DATATYPE', 'graph.initializer[0]'],
    ['a tensor without name', withTensor(floats('', [1])), 'NAME', 'graph.initializer[0]'],
    ['two tensors of one name', plain({ initializers: [floats('w', [1]), floats('w', [1])] }), 'DUPLICATE_NAME', 'graph.initializer[1]'],
    ['fewer bytes than the shape asks for', withTensor(floats('w', [1, 2, 3], [4])), 'TENSOR_SIZE', 'graph.initializer[0]'],
    ['more bytes than the shape asks for', withTensor(floats('w', [1, 2, 3], [2])), 'TENSOR_SIZE', 'graph.initializer[0]'],
    [
      'fewer listed elements than the shape asks for',
      withTensor(join(int(1, 3), int(2, TYPE.INT64), block(8, 'w'), int(7, 1))),
      'TENSOR_SIZE',
      'graph.initializer[0]',
    ],
    [
      'a shape whose product wraps around 2^64 to what is stored',
      withTensor(tensor('w', TYPE.FLOAT, [2n ** 32n, 2n ** 32n], new Uint8Array(0))),
      'DIMS',
      'graph.initializer[0]',
    ],
    ['a negative dimension', withTensor(tensor('w', TYPE.FLOAT, [-1, -1], new Uint8Array(4))), 'DIMS', 'graph.initializer[0]'],
    ['a terabyte that is not there', withTensor(tensor('w', TYPE.FLOAT, [huge], new Uint8Array(4))), 'DIMS', 'graph.initializer[0]'],
    ['a huge dimension beside a zero', withTensor(tensor('w', TYPE.FLOAT, [huge, 0], new Uint8Array(0))), 'DIMS', 'graph.initializer[0]'],
    ['33 dimensions', withTensor(tensor('w', TYPE.FLOAT, new Array(33).fill(1), new Uint8Array(4))), 'RANK', 'graph.initializer[0]'],
    [
      'elements both raw and listed',
      withTensor(join(floats('w', [1]), block(4, new Uint8Array(4)))),
      'TENSOR_DATA',
      'graph.initializer[0]',
    ],
    [
      'elements in the list of another type',
      withTensor(join(int(1, 1), int(2, TYPE.FLOAT), block(8, 'w'), int(7, 1))),
      'TENSOR_DATA',
      'graph.initializer[0]',
    ],
    [
      'elements in two lists',
      withTensor(join(int(1, 2), int(2, TYPE.FLOAT), block(8, 'w'), block(4, new Uint8Array(4)), int(7, 1))),
      'TENSOR_DATA',
      'graph.initializer[0]',
    ],
    ['strings as raw bytes', withTensor(tensor('w', TYPE.STRING, [1], new Uint8Array(4))), 'TENSOR_DATA', 'graph.initializer[0]'],
    [
      'a packed list of half a float',
      withTensor(join(int(1, 1), int(2, TYPE.FLOAT), block(8, 'w'), block(4, new Uint8Array(6)))),
      'PROTOBUF',
      'graph.initializer[0]',
    ],
    ['a segment of a tensor', withTensor(join(floats('w', [1]), block(3, new Uint8Array()))), 'SEGMENT', 'graph.initializer[0]'],
    [
      'a sparse tensor that unpacks to a terabyte',
      plain({ extra: [block(15, sparse(floats('w', [1]), int64s('', [0], [1]), [huge]))] }),
      'DIMS',
      'graph.sparse_initializer[0]',
    ],
    ['a sparse tensor without indices', plain({ extra: [block(15, block(1, floats('w', [1])))] }), 'SPARSE', 'graph.sparse_initializer[0]'],
    [
      'sparse indices that do not fit the values',
      plain({ extra: [block(15, sparse(floats('w', [1, 2, 3]), int64s('', [0], [1]), [4]))] }),
      'SPARSE',
      'graph.sparse_initializer[0]',
    ],
    ['a name that is not UTF-8', plain({ inputs: [join(block(1, Uint8Array.of(0xff)), X)] }), 'NOT_UTF8'],
    ['a name of a megabyte', plain({ nodes: [node('Identity', ['x'.repeat(2 ** 20)], ['y'])] }), 'NAME_TOO_LONG'],
    ['no outputs', plain({ outputs: [] }), 'OUTPUT'],
    ['two inputs of one name', plain({ inputs: [X, X] }), 'DUPLICATE_NAME'],
    ['an output without type', plain({ outputs: [block(1, 'y')] }), 'TYPE', 'graph.output[0]'],
    [
      'an input that is a sequence',
      plain({ inputs: [join(block(1, 'x'), block(2, block(4, block(1, block(1, int(1, 1))))))] }),
      'TYPE',
      'graph.input[0]',
    ],
    ['an input that nobody can send', plain({ inputs: [value('x', 16, [1])] }), 'DATATYPE', 'graph.input[0]'],
    ['an input of 2^60 elements', plain({ inputs: [value('x', TYPE.FLOAT, [2 ** 30, 2 ** 30])] }), 'DIMS', 'graph.input[0].type'],
    ['a dimension of -2', plain({ inputs: [value('x', TYPE.FLOAT, [-2])] }), 'DIMS', 'graph.input[0].type'],
    ['graphs nested too deep', model(nested(12)), 'NESTING'],
    [
      'types nested too deep',
      plain({
        inputs: [
          join(
            block(1, 'x'),
            block(
              2,
              Array.from({ length: 12 }).reduce<Bytes>((inner) => block(4, block(1, inner)), block(1, int(1, 1))),
            ),
          ),
        ],
      }),
      'NESTING',
    ],
    [
      '64 GiB from a constant shape',
      plain({ nodes: [node('ConstantOfShape', ['s'], ['y'])], initializers: [int64s('s', [2n ** 34n])] }),
      'ALLOCATION',
    ],
    [
      'a constant shape listed after its user',
      plain({ nodes: [node('Expand', ['x', 's'], ['y']), constant('s', [2 ** 20, 2 ** 20])] }),
      'ALLOCATION',
    ],
    [
      'a constant shape from the graph around',
      plain({
        nodes: [
          node('If', ['c'], ['y'], [attribute.graph('then_branch', graph({ nodes: [node('Expand', ['x', 's'], ['o'])], outputs: [] }))]),
        ],
        initializers: [int64s('s', [2n ** 40n])],
      }),
      'ALLOCATION',
    ],
    [
      'a tile of a stored tensor',
      plain({ nodes: [node('Tile', ['w', 'r'], ['y'])], initializers: [floats('w', new Array(1000).fill(1)), int64s('r', [2 ** 20])] }),
      'ALLOCATION',
    ],
    [
      'an endless range',
      plain({
        nodes: [node('Range', ['a', 'b', 'c'], ['y'])],
        initializers: [int64s('a', [0], []), int64s('b', [2n ** 50n], []), int64s('c', [1], [])],
      }),
      'ALLOCATION',
    ],
    [
      'padding by a terabyte',
      plain({ nodes: [node('Pad', ['x', 'p'], ['y'])], initializers: [int64s('p', [0, huge, 0, 0])] }),
      'ALLOCATION',
    ],
    [
      'padding by a terabyte, in an attribute',
      plain({ nodes: [node('MaxPool', ['x'], ['y'], [attribute.ints('pads', [huge, 0])])] }),
      'ALLOCATION',
    ],
    [
      'a one-hot of 2^40 classes',
      plain({ nodes: [node('OneHot', ['x', 'd', 'v'], ['y'])], initializers: [int64s('d', [huge], [])] }),
      'ALLOCATION',
    ],
    [
      'random numbers without end',
      plain({ nodes: [node('RandomNormal', [], ['y'], [attribute.ints('shape', [2 ** 20, 2 ** 20])])] }),
      'ALLOCATION',
    ],
    [
      'a resize to 2^40 pixels',
      plain({ nodes: [node('Resize', ['x', '', '', 's'], ['y'])], initializers: [int64s('s', [1, 1, 2 ** 20, 2 ** 20])] }),
      'ALLOCATION',
    ],
  ])('%s', (_, bytes, reason, field) => {
    const refused = refusal(bytes)
    expect(refused.reason, refused.message).toBe(reason)
    if (field !== undefined) {
      expect(refused.field).toBe(field)
      expect(refused.message.startsWith(field)).toBe(true)
    }
  })

  it('more of anything than the limits allow', () => {
    const limits = { ...DEFAULT_ONNX_LIMITS, maxNodes: 2, maxFields: 1000 }
    const nodes = (n: number): Bytes => plain({ nodes: Array.from({ length: n }, (_, i) => node('Identity', ['x'], [`y${i}`])) })
    expect(() => validateOnnx(nodes(3), limits)).toThrow(/more than 2 nodes/)
    expect(() => validateOnnx(nodes(300), { ...limits, maxNodes: 1000 })).toThrow(/more fields/)
    expect(() => validateOnnx(nodes(1), { ...limits, maxBytes: 10 })).toThrow(/at most 10/)
    expect(validateOnnx(nodes(2), limits).operators).toEqual(['Identity'])
  })

  it('more of what takes long to read than of what is skipped', () => {
    const limits = { ...DEFAULT_ONNX_LIMITS, maxFields: 2_000 }
    const ints = attribute.ints('a', Array(1_000).fill(1))
    const many = (part: Bytes): Bytes => join(...Array<Bytes>(100).fill(part))
    const read = (parts: Partial<Parameters<typeof graph>[0]>) => () => validateOnnx(plain(parts), limits)
    expect(read({ nodes: [node('Identity', ['x'], ['y'], [ints])] })).not.toThrow()
    expect(read({ nodes: [node('Identity', ['x'], ['y'], Array<Bytes>(50).fill(attribute.int('a', 1)))] })).toThrow(/more fields/)
    expect(read({ nodes: [join(node('Identity', ['x'], ['y']), many(many(block(1, 'name'))).subarray(0, 1_200))] })).toThrow(/more fields/)
    expect(read({ extra: Array<Bytes>(50).fill(block(13, X)) })).toThrow(/more fields/)
  })
})
