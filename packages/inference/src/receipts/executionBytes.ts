import { type ExecutionRecord, encodeExecution } from '@opengradient/protocol'

/** Keys that JavaScript puts in an order of its own, and `__proto__`. */
const UNORDERLY = /^(?:\d+|__proto__)$/

/**
 * The same bytes as `encodeExecution`, five times as fast: RFC 8785 is what `JSON.stringify` writes of an object whose keys were put in
 * in order. What cannot be ordered so, or is no proper Unicode, goes the slow way.
 */
export function executionBytes(record: ExecutionRecord): Buffer {
  const { model, engine, environment } = record
  const names = Object.keys(record.parameters).sort()
  if (names.some((name) => UNORDERLY.test(name))) return Buffer.from(encodeExecution(record))
  const parameters: Record<string, string | number | boolean> = {}
  for (const name of names) parameters[name] = record.parameters[name]!
  const text = JSON.stringify({
    added: record.added,
    class: record.class,
    contentType: record.contentType,
    data: record.data,
    dropped: record.dropped,
    durationUs: record.durationUs,
    endpoint: record.endpoint,
    engine: { digest: engine.digest, name: engine.name, version: engine.version },
    environment: { device: environment.device, fingerprint: environment.fingerprint },
    finish: record.finish,
    model: { files: model.files.map(({ path, sha256 }) => ({ path, sha256 })), modelId: model.modelId },
    parameters,
    quote: record.quote.map(({ rate, source, unit }) => ({ rate, source, unit })),
    salt: record.salt,
    startedAt: record.startedAt,
    usage: record.usage.map(({ unit, units }) => ({ unit, units })),
    v: record.v,
  })
  return text.includes('\\ud') ? Buffer.from(encodeExecution(record)) : Buffer.from(text)
}
