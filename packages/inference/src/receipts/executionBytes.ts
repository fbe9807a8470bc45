import { type ExecutionRecord, encodeExecution, type Hex } from '@opengradient/protocol'

/** A value that nothing may change, all the way down. */
export type Unchanging<T> = { readonly [K in keyof T]: T[K] extends object ? Unchanging<T[K]> : T[K] }

type Execution = Unchanging<ExecutionRecord>

/** Keys that JavaScript puts in an order of its own, and `__proto__`. */
const UNORDERLY = /^(?:\d+|__proto__)$/

/** The execution record without what only the gate knows: the quote it accepted and the salt it drew. */
export type ExecutionFacts = Unchanging<Omit<ExecutionRecord, 'v' | 'quote' | 'salt'>>

/**
 * The same bytes as `encodeExecution` gives for the whole record, ten times as fast: RFC 8785 is what `JSON.stringify` writes of objects whose
 * keys were put in in order, and what is frozen (all the way down: the caller's promise) is written once for all requests to a model. What cannot be ordered so,
 * or is no proper Unicode, goes the slow way.
 */
export function executionBytes(facts: ExecutionFacts, quote: Execution['quote'], salt: Hex): Buffer {
  const frame = frameOf(facts, quote)
  return frame === undefined ? wholeBytes(facts, quote, salt) : framedBytes(frame, facts, salt)
}

/** What records of requests to one model have in common. */
interface Frame extends Pick<ExecutionFacts, Shared> {
  readonly quote: Execution['quote']
  /** Up to `durationUs`, and from there up to `salt`. */
  readonly head: Buffer
  readonly middle: Buffer
}

type Shared = 'class' | 'contentType' | 'endpoint' | 'engine' | 'environment' | 'finish' | 'model' | 'parameters'

/** The one before: most requests follow one to the same model. */
let last: Frame | undefined

/** Nothing if not all of it is frozen, or if it is one of the rare cases. */
function frameOf(facts: ExecutionFacts, quote: Execution['quote']): Frame | undefined {
  if (facts.added.length + facts.data.length + facts.dropped.length > 0) return undefined
  const { class: reproducibility, contentType, endpoint, engine, environment, finish, model, parameters } = facts
  if (
    last !== undefined &&
    last.parameters === parameters &&
    last.model === model &&
    last.engine === engine &&
    last.environment === environment &&
    last.quote === quote &&
    last.endpoint === endpoint &&
    last.contentType === contentType &&
    last.class === reproducibility &&
    last.finish === finish
  )
    return last
  if (![parameters, model, engine, environment, quote].every(Object.isFrozen)) return undefined
  const text = parametersText(parameters)
  if (text === undefined) return undefined
  const head = `{"added":[],"class":"${reproducibility}","contentType":${JSON.stringify(contentType)},"data":[],"dropped":[],"durationUs":`
  const middle =
    `,"endpoint":${JSON.stringify(endpoint)},"engine":${engineText(engine)},"environment":${environmentText(environment)},` +
    `"finish":"${finish}","model":${modelText(model)},"parameters":${text},"quote":${quoteText(quote)},"salt":"`
  if (middle.includes('\\ud')) return undefined
  const shared = { class: reproducibility, contentType, endpoint, engine, environment, finish, model, parameters, quote }
  last = { ...shared, head: Buffer.from(head), middle: Buffer.from(middle) }
  return last
}

function framedBytes({ head, middle }: Frame, { durationUs, startedAt, usage }: ExecutionFacts, salt: Hex): Buffer {
  const duration = String(durationUs)
  const tail = `${salt}","startedAt":"${startedAt}","usage":[${usage.map(usageText).join()}],"v":1}`
  const from = head.length + duration.length
  const bytes = Buffer.allocUnsafe(from + middle.length + tail.length)
  bytes.set(head)
  bytes.write(duration, head.length, 'latin1')
  bytes.set(middle, from)
  bytes.write(tail, from + middle.length, 'latin1')
  return bytes
}

function wholeBytes(facts: ExecutionFacts, quote: Execution['quote'], salt: Hex): Buffer {
  const parameters = once(facts.parameters, parametersText)
  const text =
    parameters &&
    `{"added":${listText(facts.added)},"class":"${facts.class}","contentType":${JSON.stringify(facts.contentType)},` +
      `"data":${listText(facts.data)},"dropped":${listText(facts.dropped)},"durationUs":${facts.durationUs},` +
      `"endpoint":${JSON.stringify(facts.endpoint)},"engine":${once(facts.engine, engineText)},` +
      `"environment":${once(facts.environment, environmentText)},"finish":"${facts.finish}","model":${once(facts.model, modelText)},` +
      `"parameters":${parameters},"quote":${once(quote, quoteText)},"salt":"${salt}","startedAt":"${facts.startedAt}",` +
      `"usage":[${facts.usage.map(usageText).join()}],"v":1}`
  if (text !== undefined && !text.includes('\\ud')) return Buffer.from(text)
  return Buffer.from(encodeExecution({ v: 1, ...facts, quote, salt } as ExecutionRecord))
}

const written = new WeakMap<object, string>()

function once<T extends object, Text extends string | undefined>(part: T, write: (part: T) => Text): Text | string {
  const known = written.get(part)
  if (known !== undefined) return known
  const text = write(part)
  if (text !== undefined && Object.isFrozen(part)) written.set(part, text)
  return text
}

function parametersText(parameters: Execution['parameters']): string | undefined {
  const names = Object.keys(parameters).sort()
  if (names.some((name) => UNORDERLY.test(name))) return undefined
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, parameters[name]])))
}

const engineText = ({ digest, name, version }: Execution['engine']) => JSON.stringify({ digest, name, version })
const environmentText = ({ device, fingerprint }: Execution['environment']) => JSON.stringify({ device, fingerprint })
const modelText = ({ files, modelId }: Execution['model']) =>
  JSON.stringify({ files: files.map(({ path, sha256 }) => ({ path, sha256 })), modelId })
const quoteText = (quote: Execution['quote']) => JSON.stringify(quote.map(({ rate, source, unit }) => ({ rate, source, unit })))
const usageText = ({ unit, units }: Execution['usage'][number]) => `{"unit":"${unit}","units":"${units}"}`
const listText = (list: readonly string[]) => (list.length === 0 ? '[]' : JSON.stringify(list))
