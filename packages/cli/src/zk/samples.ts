import type { Signature } from '@opengradient/inference'
import { OgError } from '@opengradient/protocol'
import type { Floats } from '@opengradient/zkml'
import { readFileUpTo } from '../home/given.ts'

/** Sample inputs for calibration: every array holds `rows` calls of the model one after the other. */
export interface SampleInputs {
  readonly rows: number
  readonly inputs: Floats
}

/** Samples that are made up when none are given. */
const MADE_UP = 64
const MAX_BYTES = 1e9

/** Values of one call for an input of this shape: an open first dimension counts once. */
export const valuesOf = (shape: readonly (number | string | null)[]): number =>
  shape.reduce<number>((product, size) => product * (typeof size === 'number' ? size : 1), 1)

/**
 * Samples from JSON: `{ "x": [[row], [row], …] }`, or a list of such objects, one a sample; or the `input` tensors of golden examples.
 *
 * @throws OgError `USAGE` naming the input that is missing, not a number, or of another length
 */
export function readSamples(path: string, given: string, { inputs }: Signature): SampleInputs {
  let value: unknown
  try {
    value = JSON.parse(readFileUpTo(path, MAX_BYTES).toString('utf8'))
  } catch (cause) {
    throw new OgError('USAGE', `--calibration ${given}: ${(cause as Error).message}`, { cause })
  }
  return samplesFrom(Array.isArray(value) ? value : [value], { inputs }, `--calibration ${given}`)
}

/** As `readSamples`, from objects; `where` begins every refusal. */
export function samplesFrom(objects: readonly unknown[], { inputs }: Pick<Signature, 'inputs'>, where: string): SampleInputs {
  const refuse = (why: string): never => {
    throw new OgError('USAGE', `${where}: ${why}`)
  }
  const named = objects.map((one) => byName(one) ?? refuse('expected an object whose keys are the names of the inputs, or a list of such'))
  let rows: number | undefined
  const values = inputs.map(({ name, shape = [] }): [string, number[]] => {
    const numbers = named.flatMap((one) => flat(one[name] ?? refuse(`input "${name}" is missing; the model has ${namesOf({ inputs })}`)))
    const wrong = numbers.findIndex((x) => typeof x !== 'number' || !Number.isFinite(x))
    if (wrong >= 0) refuse(`value ${wrong} of "${name}" is ${JSON.stringify(numbers[wrong])}, not a number`)
    const size = valuesOf(shape)
    const count = numbers.length / size
    if (!Number.isInteger(count) || count < 1) refuse(`"${name}" has ${numbers.length} values; one sample has ${size}`)
    rows ??= count
    if (count !== rows) refuse(`"${name}" has ${count} samples, the inputs before it have ${rows}`)
    return [name, numbers as number[]]
  })
  return { rows: rows ?? refuse('the model has no inputs'), inputs: Object.fromEntries(values) }
}

/** Uniform in [−1, 1], always the same. */
export function madeUpSamples({ inputs }: Signature): SampleInputs {
  let state = 1
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 31 - 1
  }
  const values = inputs.map(({ name, shape = [] }): [string, Float32Array] => [
    name,
    Float32Array.from({ length: valuesOf(shape) * MADE_UP }, next),
  ])
  return { rows: MADE_UP, inputs: Object.fromEntries(values) }
}

/** `{ x: [...] }`, or the tensors of a golden example by their names. */
function byName(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { input, inputs } = value as { input?: unknown; inputs?: unknown }
  const tensors = Array.isArray(input) && Object.keys(value).includes('output') ? input : inputs
  if (!Array.isArray(tensors) || tensors.length === 0 || !tensors.every(isTensor)) return value as Record<string, unknown>
  return Object.fromEntries(tensors.map(({ name, data }) => [name, data]))
}

const isTensor = (value: unknown): value is { name: string; data: unknown } =>
  typeof value === 'object' && value !== null && 'name' in value && 'data' in value

function flat(value: unknown): unknown[] {
  if (!Array.isArray(value)) {
    const { data } = (value ?? {}) as { data?: unknown }
    return Array.isArray(data) ? flat(data) : [value]
  }
  return value.flat(Number.POSITIVE_INFINITY)
}

const namesOf = ({ inputs }: Pick<Signature, 'inputs'>): string => inputs.map(({ name }) => `"${name}"`).join(', ')
