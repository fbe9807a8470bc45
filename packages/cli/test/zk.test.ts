import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Home } from './og.testkit.ts'

const MODELS = fileURLToPath(new URL('../../../models/', import.meta.url))
const VOLATILITY = `${MODELS}volatility_mlp_16_32_32_1/`
const MODE = 'succinct, not zero-knowledge'

interface CompiledJson {
  zkModelId: string
  weights: string
  outputs: { rms: number }[]
  privateFile?: string
}

const home = new Home()
afterAll(() => home.remove())

let zkModelId: string
beforeAll(async () => {
  zkModelId = (await home.json<CompiledJson>('zk', 'compile', `${VOLATILITY}model.onnx`, '-o', 'model.zkir')).zkModelId
  expect((await home.og('zk', 'prove', 'model.zkir', '--input', `${VOLATILITY}example.json`, '-o', 'p.bin')).code).toBe(0)
})

/** The proof file with one byte changed, counted from its end. */
function forged(name: string, fromEnd: number): string {
  const bytes = readFileSync(home.path('p.bin'))
  bytes[bytes.length - fromEnd]! ^= 1
  writeFileSync(home.path(name), bytes)
  return name
}

describe('og zk verify refuses', () => {
  test('a proof of another model, naming both', async () => {
    await home.json('zk', 'compile', `${MODELS}credit_logistic_12/model.onnx`, '-o', 'other.zkir')
    const { code, out } = await home.og('zk', 'verify', 'p.bin', '--model', 'other.zkir')
    expect({ code, first: out.split('\n')[0] }).toEqual({ code: 1, first: 'REFUSED: WRONG_MODEL' })
    expect(out).toContain(zkModelId.slice(0, 20))
  })

  test.each([300, 1000, 5000])('a proof whose byte %i from the end is another', async (fromEnd) => {
    const { code, out } = await home.og('zk', 'verify', forged(`forged-${fromEnd}.bin`, fromEnd), '--model-id', zkModelId)
    expect(code).toBe(1)
    expect(out).toMatch(/^REFUSED: [A-Z_]+\nNothing is proved\./)
  })

  test('another output than the proved one', async () => {
    const bytes = readFileSync(home.path('p.bin'))
    const at = bytes.indexOf(Buffer.from(BigInt64Array.of(await outputInteger()).buffer))
    bytes[at]! ^= 1
    writeFileSync(home.path('output.bin'), bytes)
    const { code, out } = await home.og('zk', 'verify', 'output.bin', '--model-id', zkModelId, '--json')
    expect({ code, ok: JSON.parse(out).ok, outputs: JSON.parse(out).outputs }).toEqual({ code: 1, ok: false, outputs: undefined })
  })

  test('a file that is no proof, and one that is not there', async () => {
    expect(await home.og('zk', 'verify', 'model.zkir', '--model-id', zkModelId)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^REFUSED: BAD_ENCODING/),
    })
    expect(await home.og('zk', 'verify', 'nothing.bin', '--model-id', zkModelId)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/cannot read nothing.bin/),
    })
  })

  test('to guess which model is meant', async () => {
    expect(await home.og('zk', 'verify', 'p.bin')).toMatchObject({ code: 2, err: expect.stringMatching(/which model do you trust/) })
    expect((await home.og('zk', 'verify', 'p.bin', '--model-id', '0x12')).code).toBe(2)
  })
})

const outputInteger = async (): Promise<bigint> =>
  BigInt((await home.json<{ integers: { y: string[] }[] }>('zk', 'verify', 'p.bin', '--model-id', zkModelId)).integers[0]!.y[0]!)

describe('og zk compile refuses', () => {
  test('an operator that cannot be proved, by name and with the remedy, and writes nothing', async () => {
    const { code, err } = await home.og('zk', 'compile', `${MODELS}digits_mlp_int8_matmulinteger/model.onnx`, '-o', 'unsupported.zkir')
    expect(code).toBe(3)
    expect(err.replace(/\s+/g, ' ')).toMatch(/ZK_UNSUPPORTED_OP: QuantizeLinear "q0": .* at level signature ONNX Runtime runs it/)
    expect(existsSync(home.path('unsupported.zkir'))).toBe(false)
  })

  test('every node at once, in a list with --report and as JSON', async () => {
    const file = `${MODELS}digits_mlp_int8_matmulinteger/model.onnx`
    const { code, err } = await home.og('zk', 'compile', file, '-o', 'unsupported.zkir', '--report')
    expect(code).toBe(3)
    expect(err).toMatch(/^\d+ of the file's nodes cannot be proved:\nq0 +QuantizeLinear +the operator is not supported\n/)
    const said = JSON.parse((await home.og('zk', 'compile', file, '-o', 'unsupported.zkir', '--json')).out)
    const { refused, count } = said.error.details as { refused: { node: string; op: string }[]; count: number }
    expect(refused[0]).toEqual({ code: 'ZK_UNSUPPORTED_OP', node: 'q0', op: 'QuantizeLinear', reason: 'the operator is not supported' })
    expect(refused.map(({ op }) => op)).toContain('MatMulInteger')
    expect(refused).toHaveLength(count)
  })

  test('samples of another length, naming the input', async () => {
    writeFileSync(home.path('short.json'), JSON.stringify({ input: [1, 2, 3] }))
    const { code, err } = await home.og('zk', 'compile', `${VOLATILITY}model.onnx`, '--calibration', 'short.json')
    expect({ code, err: err.replace(/\s+/g, ' ') }).toMatchObject({
      code: 2,
      err: expect.stringMatching(/"input" has 3 values; one sample has 16/),
    })
  })

  test('a model that is less faithful than asked', async () => {
    const { code, err } = await home.og('zk', 'compile', `${VOLATILITY}model.onnx`, '-o', 'unfaithful.zkir', '--max-rms', '1e-9')
    expect({ code, err }).toMatchObject({ code: 3, err: expect.stringMatching(/ZK_FIDELITY/) })
  })

  test('what is no ONNX file', async () => {
    expect((await home.og('zk', 'compile', `${VOLATILITY}example.json`)).code).toBe(3)
  })
})

describe('og zk prove refuses', () => {
  test.each([
    ['too few values', { input: [1] }, 2, /"input" has 1 values; one sample has 16/],
    ['another name', { x: Array(16).fill(0) }, 2, /input "input" is missing/],
    ['two samples', { input: Array(32).fill(0) }, 2, /a proof is about one/],
    ['a value outside the range', { input: [1e9, ...Array(15).fill(0)] }, 2, /ZK_INPUT_OUT_OF_RANGE/],
    ['a text', { input: ['a', ...Array(15).fill(0)] }, 2, /is "a", not a number/],
  ])('%s', async (_, input, code, says) => {
    writeFileSync(home.path('x.json'), JSON.stringify(input))
    const said = await home.og('zk', 'prove', 'model.zkir', '--input', 'x.json', '-o', 'never.bin')
    expect({ code: said.code, err: said.err.replace(/\s+/g, ' ') }).toMatchObject({ code, err: expect.stringMatching(says) })
    expect(existsSync(home.path('never.bin'))).toBe(false)
  })

  test.each(['0', '17', 'many'])('%s threads', async (threads) => {
    const { code, err } = await home.og('zk', 'prove', 'model.zkir', '--input', `${VOLATILITY}example.json`, '--threads', threads)
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringMatching(/--threads/) })
  })

  test('a file that is no integer model', async () => {
    expect(await home.og('zk', 'prove', 'p.bin', '--input', `${VOLATILITY}example.json`)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/ZK_BAD_FILE/),
    })
  })
})

test('threads make the same proof', async () => {
  const file = `${MODELS}digits_lenet/model.onnx`
  await home.json('zk', 'compile', file, '-o', 'large.zkir')
  writeFileSync(home.path('pixels.json'), JSON.stringify({ input: Array.from({ length: 784 }, (_, i) => (i % 17) / 17) }))
  for (const threads of ['1', '3'])
    await home.json('zk', 'prove', 'large.zkir', '--input', 'pixels.json', '-o', `${threads}.bin`, '--threads', threads)
  expect(readFileSync(home.path('3.bin')).equals(readFileSync(home.path('1.bin')))).toBe(true)
})

describe('a proof', () => {
  test('is accepted for its model, with what it proves and what it does not', async () => {
    const { code, out } = await home.og('zk', 'verify', 'p.bin', '--model', 'model.zkir')
    expect(code).toBe(0)
    expect(out).toContain(`PROVED (${MODE})`)
    expect(out).toMatch(/^output {2}0\.92/m)
    expect(out).toContain('names and decoding by model.zkir')
    expect(out).toContain('That inputs, outputs or weights are hidden from whoever has the proof.')
  })

  test('carries what it is for', async () => {
    expect(
      (await home.og('zk', 'prove', 'model.zkir', '-i', `${VOLATILITY}example.json`, '-o', 'c.bin', '--context', 'order 17')).code,
    ).toBe(0)
    expect((await home.og('zk', 'verify', 'c.bin', '--model-id', zkModelId)).out).toContain('context "order 17"')
  })

  test('of committed weights needs the private file, and says what they are', async () => {
    const compiled = await home.json<CompiledJson>('zk', 'compile', `${VOLATILITY}model.onnx`, '-o', 'c.zkir', '--commit-weights')
    expect(compiled).toMatchObject({ weights: 'committed', privateFile: 'c.private.zkir', registration: { bytes: expect.any(Number) } })
    expect(statSync(home.path('c.private.zkir')).mode & 0o077).toBe(0)
    expect(await home.og('zk', 'prove', 'c.zkir', '-i', `${VOLATILITY}example.json`)).toMatchObject({
      code: 3,
      err: expect.stringMatching(/weights/i),
    })
    expect((await home.og('zk', 'prove', 'c.private.zkir', '-i', `${VOLATILITY}example.json`, '-o', 'cw.bin')).code).toBe(0)
    const unranged = /committed weights are in the range of their type/
    const byFile = await home.og('zk', 'verify', 'cw.bin', '--model', 'c.zkir')
    expect(byFile.code).toBe(0)
    expect(byFile.out.replace(/\s+/g, ' ')).not.toMatch(unranged)
    const byId = await home.og('zk', 'verify', 'cw.bin', '--model-id', compiled.zkModelId)
    expect(byId.code).toBe(0)
    expect(byId.out.replace(/\s+/g, ' ')).toMatch(unranged)
  })

  test('is not believed with a model file whose registration proof is false', async () => {
    const bytes = readFileSync(home.path('c.zkir'))
    // The proof follows its name and the head of its byte string (CBOR: 0x59, two bytes of length).
    const at = bytes.indexOf('registration') + 'registration'.length + 3
    bytes[at + 100]! ^= 1
    writeFileSync(home.path('false.zkir'), bytes)
    expect(await home.og('zk', 'verify', 'cw.bin', '--model', 'false.zkir')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/registration proof that does not verify/),
    })
  })

  test('leaves no half-written file behind', () => {
    expect(readdirSync(home.root).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})

test('integer models are measured against ONNX Runtime', async () => {
  const compiled = await home.json<CompiledJson & { reference: string }>('zk', 'compile', `${MODELS}credit_gbt_200x4_classifier/model.onnx`)
  expect(compiled).toMatchObject({ reference: 'runtime', calibration: 'made-up', outputs: [{ name: 'label', argmax: 1 }, { argmax: 1 }] })
})
