import { type Hex, OgError } from '@opengradient/protocol'
import type { OutputFidelity, Refusal } from '@opengradient/zkml'
import { type Style, table } from '../render/style.ts'
import { prose } from '../render/verdict.ts'
import type { CompiledModel } from './jobs.ts'

/** What every screen says of a proof of version 1. */
export const MODE = 'succinct, not zero-knowledge'

/** What to do about a refusal of the compiler, by code. */
const REMEDIES: Readonly<Record<string, string>> = {
  ZK_UNSUPPORTED_OP:
    'Replace the operator with supported ones (docs/zk.md lists them), or publish the model without --zk: at level signature ONNX Runtime runs it as it is.',
  ZK_DYNAMIC_SHAPE: 'Export the model with fixed sizes; only the first dimension, the batch, may be open.',
  ZK_FIDELITY: 'Give samples like the inputs in use (--calibration), or accept the difference knowingly (--max-rms).',
  ZK_BOUND_EXCEEDED: 'Give samples like the inputs in use (--calibration): scales follow from them.',
}

/** The refusal of a compiler with its remedy. Throws what is given, if nothing can be added. */
export function withRemedy(error: unknown): never {
  if (!(error instanceof OgError)) throw error
  const remedy = REMEDIES[error.code]
  if (remedy === undefined) throw error
  throw new OgError(error.code, `${error.message.replace(/\.?$/, '.')} ${remedy}`, { details: { ...error.details, remedy }, cause: error })
}

/** Every node that the compiler refused, in the order of the file: name, operator, reason. Empty for other errors. */
export function refusalLines(error: unknown): string[] {
  if (!(error instanceof OgError)) return []
  const { refused = [], count = 0 } = error.details as { refused?: readonly Refusal[]; count?: number }
  if (refused.length === 0) return []
  const rows = refused.map(({ node, op, reason }) => [node, op, reason].map((text) => text.replace(/\p{Cc}/gu, '?')))
  const more = count - refused.length
  return [`${count} of the file's nodes cannot be proved:`, ...table(rows), ...(more > 0 ? [`and ${more} more`] : [])]
}

/** Bytes for people. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** Milliseconds for people. */
export const msText = (ms: number): string =>
  ms < 10 ? `${ms.toFixed(1)} ms` : ms < 2000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`

/** Where the samples are from, that scales and fidelity rest on. */
export type SampleOrigin = 'given' | 'made-up' | 'golden'

const SAMPLES: Record<SampleOrigin, string> = {
  given: 'samples given',
  'made-up': 'made-up samples, uniform in [-1, 1]',
  golden: 'samples: the golden examples, and made-up ones of their size',
}

/** What a publisher should know of an integer model, in lines. */
export function modelLines(
  { report, cost, privateFile, registration }: CompiledModel,
  { from, detailed, id }: { from: SampleOrigin; detailed: boolean; id: Hex },
  style: Style,
  width = 100,
): string[] {
  const samples = `${report.samples} ${SAMPLES[from]}`
  const reference = report.reference === 'runtime' ? 'ONNX Runtime' : 'a float64 run of the file'
  return [
    `${style.bold('zkModelId')} ${id}`,
    `${style.bold('weights')}   ${privateFile ? 'committed' : 'public'}`,
    `${style.bold('fidelity')}  against ${reference}, on ${samples}`,
    ...table(report.outputs.map(fidelityRow)).map((line) => `          ${line}`.trimEnd()),
    `${style.bold('cost')}      about ${msText(cost.proveMs)} to prove on one core; a proof has about ${bytesText(cost.proofBytes)}`,
    ...(detailed ? [`${style.bold('size')}      ${sizes(report, cost)}`] : []),
    ...prose(
      'proofs',
      [
        `${MODE}: inputs and outputs are in the statement for everybody who checks it.`,
        ...(privateFile ? [COMMITTED, registration ? rangeText(registration) : UNRANGED] : []),
      ],
      style,
      width,
    ),
    ...prose('note', notes(report.notes, from !== 'given'), style, width),
  ]
}

/** What committed weights are, and are not. */
const COMMITTED = 'Committed weights are integrity, not confidentiality: a few proofs are enough to compute every weight.'
const UNRANGED = 'That they are in the range of their type is unproven: they are too many for a proof of that.'

const rangeText = ({ bytes, proveMs }: NonNullable<CompiledModel['registration']>): string =>
  `That each is in the range of its type is proved in the file (${bytesText(bytes)}, made in ${msText(proveMs)}).`

function fidelityRow({ name, maxError, rms, argmax }: OutputFidelity): string[] {
  return [
    name,
    maxError === undefined ? '' : `largest error ${maxError.toExponential(1)}`,
    rms === undefined ? '' : `relative RMS ${rms.toExponential(1)}`,
    argmax === undefined
      ? ''
      : `${maxError === undefined ? 'same label' : 'same argmax'} ${(argmax * 100).toFixed(argmax === 1 ? 0 : 2)} %`,
  ]
}

function sizes(
  { nodes, parameters, activations }: CompiledModel['report'],
  { lookups, constraints, cells }: CompiledModel['cost'],
): string {
  return `${nodes} nodes, ${parameters} parameters, ${activations} activations; ${constraints} constraints, ${lookups} lookups, ${cells[0] + cells[1]} committed cells`
}

function notes(said: readonly string[], madeUp: boolean): string[] {
  return madeUp ? [...said, 'Scales were chosen with made-up inputs; give samples (--calibration) for a model in use.'] : [...said]
}
