import { type ExecutionRecord, encodeExecution } from '@opengradient/protocol'

/** A value that nothing may change, all the way down. */
export type Unchanging<T> = { readonly [K in keyof T]: T[K] extends object ? Unchanging<T[K]> : T[K] }

type Execution = Unchanging<ExecutionRecord>

/** Keys that JavaScript puts in an order of its own, and `__proto__`. */
const UNORDERLY = /^(?:\d+|__proto__)$/

/**
 * The same bytes as `encodeExecution`, ten times as fast: RFC 8785 is what `JSON.stringify` writes of objects whose keys were put in
 * in order, and parts that are frozen (all the way down: the caller's promise) are written once. What cannot be ordered so, or is no
 * proper Unicode, goes the slow way.
 */
export function executionBytes(record: Execution): Buffer {
  const parameters = once(record.parameters, parametersText)
  const text =
    parameters &&
    `{"added":${JSON.stringify(record.added)},"class":"${record.class}","contentType":${JSON.stringify(record.contentType)},` +
      `"data":${JSON.stringify(record.data)},"dropped":${JSON.stringify(record.dropped)},"durationUs":${record.durationUs},` +
      `"endpoint":${JSON.stringify(record.endpoint)},"engine":${once(record.engine, engineText)},` +
      `"environment":${once(record.environment, environmentText)},"finish":"${record.finish}","model":${once(record.model, modelText)},` +
      `"parameters":${parameters},"quote":${once(record.quote, quoteText)},"salt":"${record.salt}","startedAt":"${record.startedAt}",` +
      `"usage":${once(record.usage, usageText)},"v":${record.v}}`
  return text === undefined || text.includes('\\ud') ? Buffer.from(encodeExecution(record as ExecutionRecord)) : Buffer.from(text)
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
const usageText = (usage: Execution['usage']) => JSON.stringify(usage.map(({ unit, units }) => ({ unit, units })))
