import Ajv2020 from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { aManifest, hashOf } from '../testkit/samples.testkit.ts'
import { CHUNK_SIZE } from './chunks.ts'
import { encodeManifest, MAX_MANIFEST_BYTES, manifestJsonSchema, parseManifest } from './manifest.ts'
import type { Manifest } from './schema.ts'

type Path = (string | number)[]

/** The sample with the value at `path` replaced; `undefined` removes it. */
function changed(path: Path, value: unknown): Uint8Array {
  const json = structuredClone(aManifest()) as unknown
  let at = json as Record<string | number, unknown>
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>
  at[path.at(-1)!] = value
  return utf8(JSON.stringify(json))
}

const fileOf = (size: number, chunks: number): object => ({
  path: 'big.onnx',
  size,
  sha256: hashOf('big'),
  chunks: Array.from({ length: chunks }, (_, i) => hashOf(`chunk ${i}`)),
})

describe('a manifest', () => {
  it('comes back as it was', () => {
    expect(parseManifest(encodeManifest(aManifest()))).toEqual(aManifest())
  })

  it('has one encoding, whatever the order of its fields', () => {
    const reversed = Object.fromEntries(Object.entries(aManifest()).reverse()) as Manifest
    expect(encodeManifest(reversed)).toEqual(encodeManifest(aManifest()))
  })

  it('keeps every optional part', () => {
    const manifest: Manifest = {
      ...aManifest(),
      tokenizer: { kind: 'huggingface', file: 'model.onnx' },
      parent: { modelId: hashOf('parent'), shareBps: 5000 },
      zk: { commitment: hashOf('weights'), statementVersion: 1, fidelity: { maxAbs: 0.001, samples: 32 } },
    }
    expect(parseManifest(encodeManifest(manifest))).toEqual(manifest)
  })

  it('of an upstream server has no files', () => {
    const upstream: Manifest = {
      ...aManifest(),
      format: 'upstream',
      files: [],
      golden: [],
      inputs: [],
      outputs: [],
      class: 'attested-only',
    }
    delete upstream.tolerance
    expect(parseManifest(encodeManifest(upstream))).toEqual(upstream)
  })

  it('of a large file has a hash for each chunk', () => {
    expect(parseManifest(changed(['files', 0], fileOf(2 * CHUNK_SIZE + 1, 3))).files[0]!.chunks).toHaveLength(3)
  })
})

describe('a manifest is refused with', () => {
  it.each<[string, Path, unknown]>([
    ['another version', ['v'], 2],
    ['an unknown key', ['name'], 'alice/volatility'],
    ['an unknown key deep inside', ['files', 0, 'url'], 'https://example.org'],
    ['a task in upper case', ['task'], 'Regression'],
    ['an unknown format', ['format'], 'pickle'],
    ['no files', ['files'], []],
    ['an absolute path', ['files', 0, 'path'], '/etc/passwd'],
    ['a path that climbs', ['files', 0, 'path'], '../model.onnx'],
    ['a path that climbs inside', ['files', 0, 'path'], 'a/../b'],
    ['a path to here', ['files', 0, 'path'], './model.onnx'],
    ['a path with a backslash', ['files', 0, 'path'], 'a\\b'],
    ['a path with a drive', ['files', 0, 'path'], 'C:/model.onnx'],
    ['a path with an empty part', ['files', 0, 'path'], 'a//b'],
    ['a path that ends in a slash', ['files', 0, 'path'], 'a/'],
    ['an empty path', ['files', 0, 'path'], ''],
    ['a path of 600 characters', ['files', 0, 'path'], 'a'.repeat(600)],
    ['a path with a zero byte', ['files', 0, 'path'], 'a\0'],
    ['a negative size', ['files', 0, 'size'], -1],
    ['a size with fraction', ['files', 0, 'size'], 1.5],
    ['a size beyond 128 GiB', ['files', 0, 'size'], 2 ** 37 + 1],
    ['an upper-case hash', ['files', 0, 'sha256'], hashOf('x').toUpperCase()],
    ['no chunk', ['files', 0, 'chunks'], []],
    ['a chunk that is not the whole small file', ['files', 0, 'chunks', 0], hashOf('other')],
    ['a chunk too few', ['files', 0], fileOf(2 * CHUNK_SIZE + 1, 2)],
    ['a chunk too many', ['files', 0], fileOf(2 * CHUNK_SIZE, 3)],
    ['an empty file of another hash', ['files', 0], fileOf(0, 0)],
    ['an unknown datatype', ['inputs', 0, 'datatype'], 'FLOAT'],
    ['a negative dimension', ['inputs', 0, 'shape', 1], -2],
    ['a dimension with fraction', ['inputs', 0, 'shape', 1], 2.5],
    ['a symbol that is a number', ['inputs', 0, 'shape', 0], '1'],
    ['a symbol with a space', ['inputs', 0, 'shape', 0], 'a b'],
    ['a rank of 17', ['inputs', 0, 'shape'], new Array(17).fill(1)],
    ['an input without doc', ['inputs', 0, 'doc'], undefined],
    ['an input without name', ['inputs', 0, 'name'], ''],
    ['the same input twice', ['inputs', 1], aManifest().inputs[0]],
    ['the same output twice', ['outputs', 1], aManifest().outputs[0]],
    ['an unknown class', ['class'], 'roughly'],
    ['no tolerance at class tolerance', ['tolerance'], undefined],
    ['a tolerance at another class', ['class'], 'exact'],
    ['a negative tolerance', ['tolerance', 'atol'], -1],
    ['a batch of zero', ['batch', 'max'], 0],
    ['a golden input of another shape', ['golden', 0, 'input', 0, 'shape'], [2, 1]],
    ['a golden input with a value too few', ['golden', 0, 'input', 0, 'data'], [1]],
    ['a golden input of another datatype', ['golden', 0, 'input', 0, 'datatype'], 'FP64'],
    ['a golden input of another name', ['golden', 0, 'input', 0, 'name'], 'z'],
    ['a golden input too many', ['golden', 0, 'input', 1], aManifest().golden[0]!.input[0]],
    ['a golden input too few', ['golden', 0, 'input'], []],
    [
      'a golden output of another batch size than the input',
      ['golden', 0, 'output', 0],
      { ...aManifest().golden[0]!.output[0]!, shape: [2, 1], data: [1, 2] },
    ],
    ['a golden value that is text', ['golden', 0, 'input', 0, 'data', 0], '0.5'],
    ['a golden shape with fraction', ['golden', 0, 'input', 0, 'shape', 0], 0.5],
    ['a tokenizer that is no file of the model', ['tokenizer'], { kind: 'gguf', file: 'missing.gguf' }],
    ['an unknown tokenizer', ['tokenizer'], { kind: 'words' }],
    ['a licence that is no SPDX expression', ['licence'], 'see LICENSE file'],
    ['no licence', ['licence'], ''],
    ['a parent share above a half', ['parent'], { modelId: hashOf('p'), shareBps: 5001 }],
    ['a parent of zero', ['parent'], { modelId: `0x${'0'.repeat(64)}`, shareBps: 1 }],
    ['no card', ['card'], undefined],
    ['a card that is text', ['card'], 'A fine model'],
    ['a statement version of zero', ['zk'], { commitment: hashOf('w'), statementVersion: 0, fidelity: { maxAbs: 0, samples: 1 } }],
  ])('%s', (_, path, value) => {
    const error = refusal(() => parseManifest(changed(path, value)), 'MANIFEST_MALFORMED')
    expect(error.message).toContain(String(path[0]))
  })

  it('two files of the same path, also if they differ in case only', () => {
    for (const path of ['model.onnx', 'MODEL.onnx']) {
      const error = refusal(() => parseManifest(changed(['files', 1], { ...aManifest().files[0], path })), 'MANIFEST_MALFORMED')
      expect(error.details.field).toBe('files[1].path')
    }
  })

  it('the same golden input twice in place of another', () => {
    const [x] = aManifest().inputs
    const [golden] = aManifest().golden
    const manifest = {
      ...aManifest(),
      inputs: [x, { ...x, name: 'z' }],
      golden: [{ ...golden, input: [golden!.input[0], golden!.input[0]] }],
    }
    const error = refusal(() => parseManifest(utf8(JSON.stringify(manifest))), 'MANIFEST_MALFORMED')
    expect(error.details.field).toBe('golden[0].input[1].name')
  })

  it('a file that lies below another', () => {
    const files = ['a', 'a-b/c', 'A/b/c'].map((path) => ({ ...aManifest().files[0], path }))
    expect(refusal(() => parseManifest(changed(['files'], files)), 'MANIFEST_MALFORMED').details.field).toBe('files[2].path')
  })

  it('an upstream model that claims to be reproducible', () => {
    expect(refusal(() => parseManifest(changed(['format'], 'upstream')), 'MANIFEST_MALFORMED').details.field).toBe('class')
  })

  it('4,097 files', () => {
    const files = Array.from({ length: 4097 }, (_, i) => ({ ...aManifest().files[0], path: `f${i}` }))
    // Over the size limit too, so the schema is asked first.
    refusal(() => parseManifest(utf8(JSON.stringify({ ...aManifest(), files }))), 'MANIFEST_MALFORMED', 'JSON_TOO_LARGE')
  })

  it('more bytes than the limit', () => {
    refusal(() => parseManifest(new Uint8Array(MAX_MANIFEST_BYTES + 1)), 'JSON_TOO_LARGE')
  })

  it('whole floats beyond 2^53, which JSON readers may read differently: it is not even written', () => {
    const manifest = aManifest()
    manifest.golden[0]!.input[0]!.data[0] = 1e17
    refusal(() => encodeManifest(manifest), 'JSON_NUMBER_RANGE')
  })
})

describe('licences', () => {
  it.each([
    'MIT',
    'Apache-2.0',
    'GPL-2.0+',
    'LicenseRef-mine',
    'MIT OR Apache-2.0',
    '(MIT OR Apache-2.0) AND CC-BY-4.0',
    'GPL-2.0-only WITH Classpath-exception-2.0',
  ])('%s is accepted', (licence) => {
    expect(parseManifest(changed(['licence'], licence)).licence).toBe(licence)
  })
})

describe('hostile manifests', () => {
  const junk = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(-1, 0.5, 1e308, '', '0x', 'x'.repeat(600), [], {}, null, true))
  const places: Path[] = [
    ...Object.keys(aManifest()).map((key) => [key]),
    ['files', 0, 'size'],
    ['files', 0, 'path'],
    ['files', 0, 'chunks', 0],
    ['inputs', 0, 'shape', 0],
    ['inputs', 0, 'shape'],
    ['outputs', 0],
    ['tolerance', 'atol'],
    ['golden', 0, 'input', 0, 'data', 0],
    ['golden', 0, 'input', 0, 'shape', 0],
    ['golden', 0, 'input', 0, 'shape'],
    ['golden', 0, 'output', 0, 'datatype'],
    ['golden', 0],
  ]

  it('give a manifest or an OgError, never anything else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), junk, fc.constantFrom(...places), junk, (path, value, otherPath, otherValue) => {
        const bytes = utf8(JSON.stringify(structuredClone(aManifest())))
        try {
          parseManifest(bytes)
          parseManifest(changed(path, value))
        } catch (error) {
          if (!(error instanceof OgError)) throw error
        }
        try {
          const json = JSON.parse(new TextDecoder().decode(changed(path, value))) as Record<string, unknown>
          json[String(otherPath[0])] = otherValue
          parseManifest(utf8(JSON.stringify(json)))
        } catch (error) {
          if (!(error instanceof OgError)) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the JSON Schema', () => {
  const validate = new Ajv2020.default({ strict: false }).compile(manifestJsonSchema())

  it('accepts the sample', () => {
    expect(validate(JSON.parse(new TextDecoder().decode(encodeManifest(aManifest())))), JSON.stringify(validate.errors)).toBe(true)
  })

  it.each<[string, Path, unknown]>([
    ['an unknown key', ['name'], 'x'],
    ['a short hash', ['card'], '0x12'],
    ['an unknown format', ['format'], 'pickle'],
    ['a missing task', ['task'], undefined],
    ['an absolute path', ['files', 0, 'path'], '/etc/passwd'],
  ])('refuses %s', (_, path, value) => {
    expect(validate(JSON.parse(new TextDecoder().decode(changed(path, value))))).toBe(false)
  })
})
