import {
  type Bundle,
  type CheckId,
  type ExecutionRecord,
  type Manifest,
  parseExecution,
  parseManifest,
  type TensorSpec,
  type Verdict,
} from '@opengradient/protocol'
import { opgText, utc } from '@opengradient/verifier'
import { bodyText } from './bodyText.ts'
import { type Child, h } from './dom.ts'
import { enclaveTable } from './enclaveView.ts'
import { bytes } from './format.ts'
import { hash } from './hash.ts'
import { type Row, table } from './table.ts'
import { type ShownTensor, tensorsIn } from './tensors.ts'

/** Most files, parameters and tensors of a model that are shown. */
const MOST = 100

/** A bundle with those of its parts read that can be. */
export interface Shown {
  readonly bundle: Bundle
  readonly manifest: Manifest | undefined
  readonly record: ExecutionRecord | undefined
}

/** Reads once what all views need. */
export const shownOf = (bundle: Bundle): Shown => ({
  bundle,
  manifest: tolerant(() => parseManifest(bundle.manifest)),
  record: tolerant(() => parseExecution(bundle.execution)),
})

/** Response and request, for reading. Each says whether it is what was signed. */
export function answerView({ bundle, manifest, record }: Shown, verdict: Verdict): Child[] {
  return [
    panel('Response', verdict, 'response.unaltered', body(bundle.response, outputHeader(record), 'outputs', manifest?.outputs)),
    panel('Request', verdict, 'request.bound', body(bundle.request, bundle.request?.headerLength, 'inputs', manifest?.inputs)),
  ]
}

/** Model and receipt, for reading. */
export function detailsView({ bundle, manifest, record }: Shown, verdict: Verdict): Child[] {
  return [
    panel('Model', verdict, 'model.identity', manifest ? modelTable(bundle, manifest) : h('p', {}, 'The manifest cannot be read.')),
    panel('Receipt', verdict, 'signature', receiptTable(bundle, record)),
    bundle.tee &&
      panel(
        'Enclave',
        verdict,
        'evidence.genuine',
        tolerant(() => enclaveTable(bundle.tee!)) ?? h('p', {}, 'The evidence cannot be read.'),
      ),
  ]
}

/** Only for showing: what does not parse is not shown, and the verdict says why. */
function tolerant<Value>(parse: () => Value): Value | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}

function panel(title: string, verdict: Verdict, id: CheckId, content: Child): HTMLElement {
  const status = verdict.checks.find((check) => check.id === id)?.status ?? 'absent'
  const word = { pass: `✓ ${id}`, fail: `✗ not what was signed (${id})`, absent: `– ${id} absent` }[status]
  return h('section', { class: `panel ${status}` }, h('h3', {}, title, ' ', h('span', { class: 'mark' }, word)), content)
}

function outputHeader(record: ExecutionRecord | undefined): number | undefined {
  const length = record?.parameters.inference_header_content_length
  return typeof length === 'number' ? length : undefined
}

function body(
  part: { contentType: string; body: Uint8Array } | undefined,
  headerLength: number | undefined,
  list: 'inputs' | 'outputs',
  specs: readonly TensorSpec[] | undefined,
): Child {
  if (!part) return h('p', { class: 'dim' }, 'Withheld. Its hash is in the receipt.')
  const tensors = tensorsIn(part.body, headerLength, list)
  // Only what the tensors were read from may be cut at a length that a stranger names: their bytes are shown as values.
  const raw = tensors ? part.body.subarray(0, headerLength) : part.body
  return [
    tensors?.map((tensor) => tensorView(tensor, specs?.find(({ name }) => name === tensor.name)?.doc ?? besideProof(tensor.name))),
    h(
      'details',
      { ...(tensors ? {} : { open: true }) },
      h('summary', {}, `${part.contentType || 'no content type'}, ${bytes(part.body.length)}`),
      h('pre', { tabindex: '0' }, bodyText(raw)),
    ),
  ]
}

/** What stands beside the outputs of an answer of level zk. */
function besideProof(name: string): string | undefined {
  if (name.startsWith('zk:')) return 'integers of a proof'
  return name.startsWith('float:') ? 'of the float model: stated, not proved' : undefined
}

function tensorView({ name, datatype, shape, values, total }: ShownTensor, doc: string | undefined): HTMLElement {
  const rest = total > values.length ? ` … ${(total - values.length).toLocaleString('en')} more` : ''
  return h(
    'figure',
    {},
    h('figcaption', {}, h('b', {}, name), ` ${datatype} [${shape.join(' × ')}]`, doc && h('span', { class: 'dim' }, ` ${doc}`)),
    h(
      'p',
      { class: 'values' },
      values.map((value, i) => [i > 0 ? '  ' : '', h('bdi', {}, value)]),
      rest,
    ),
  )
}

function modelTable(
  { receipt, author }: Bundle,
  { task, format, class: reproducibility, licence, files, inputs, outputs }: Manifest,
): Child {
  const shape = ({ name, datatype, shape }: TensorSpec): string => `${name} ${datatype} [${shape.join(' × ')}]`
  return table([
    ['model', hash(receipt.modelId)],
    ['author', hash(author)],
    ['task', task],
    ['format', `${format}, reproducible: ${reproducibility}`],
    ['licence', licence],
    ['inputs', first(inputs).map(shape).join(', ') + rest(inputs)],
    ['outputs', first(outputs).map(shape).join(', ') + rest(outputs)],
    ...first(files).map(({ path, size, sha256 }): Row => [path, [`${bytes(size)}, SHA-256 `, hash(sha256)]]),
    ...(files.length > MOST ? [['files', rest(files)] as Row] : []),
  ])
}

function receiptTable({ receipt, signer, network, inclusion }: Bundle, record: ExecutionRecord | undefined): Child {
  const free = receipt.price === 0n
  const parameters = Object.entries(record?.parameters ?? {})
  return table([
    ['node', hash(receipt.node)],
    ['signed by', hash(signer)],
    ['issued', utc(receipt.issuedAt)],
    ['price', free ? 'free' : [`${opgText(receipt.price)} OPG, paid by `, hash(receipt.payer)]],
    ...(record?.quote ?? []).map(
      ({ unit, rate }): Row => [
        `rate per ${unit}`,
        `${opgText(BigInt(rate))} OPG × ${record?.usage.find((line) => line.unit === unit)?.units ?? '?'}`,
      ],
    ),
    ['request id', hash(receipt.requestId)],
    ['chain', `${network.chainId}`],
    ...(inclusion ? [['batch', `${inclusion.batch.sequence}, ${inclusion.batch.count} receipts`] as Row] : []),
    ...(record
      ? [
          ['engine', `${record.engine.name} ${record.engine.version} on ${record.environment.device}`] as Row,
          ['took', `${(record.durationUs / 1000).toFixed(3)} ms`] as Row,
        ]
      : []),
    ...first(parameters).map(([name, value]): Row => [`parameter ${name}`, `${value}`]),
    ...(parameters.length > MOST ? [['parameters', rest(parameters)] as Row] : []),
  ])
}

const first = <Item>(items: readonly Item[]): readonly Item[] => items.slice(0, MOST)
const rest = ({ length }: readonly unknown[]): string => (length > MOST ? ` … ${length - MOST} more` : '')
