import { callTracer } from '../../trace/callTracer.ts'
import { prestateTracer } from '../../trace/prestate.ts'
import { structLogTracer } from '../../trace/structLog.ts'
import type { Tracer } from '../../trace/tracer.ts'
import { invalidParams } from './error.ts'
import { boolean, type Decoder, member, record, uint64 } from './params.ts'

/** How to trace: geth's options. Those that bound geth's own work (`timeout`, `reexec`) are ignored: the node has its bounds. */
export const traceOptions: Decoder<Tracer> = (value, where) => {
  const object = record(value, where)
  const name = member(object, 'tracer', text, where) ?? ''
  const config = member(object, 'tracerConfig', record, where) ?? {}
  const flag = (name: string, from = config) => member(from, name, boolean, where) ?? false
  if (name === 'callTracer') return callTracer({ onlyTopCall: flag('onlyTopCall'), withLog: flag('withLog') })
  if (name === 'prestateTracer') {
    return prestateTracer({ diffMode: flag('diffMode'), disableCode: flag('disableCode'), disableStorage: flag('disableStorage') })
  }
  if (name !== '') throw invalidParams(`invalid ${where}: no tracer ${JSON.stringify(name)}; there are callTracer and prestateTracer`)
  return structLogTracer({
    disableStack: flag('disableStack', object),
    disableStorage: flag('disableStorage', object),
    enableMemory: flag('enableMemory', object),
    enableReturnData: flag('enableReturnData', object),
    limit: member(object, 'limit', count, where) ?? 0,
  })
}

const text: Decoder<string> = (value, where) => {
  if (typeof value === 'string' && value.length <= 100) return value
  throw invalidParams(`invalid ${where}: expected a short text`)
}

/** A number of steps: as JSON, or hex. */
const count: Decoder<number> = (value, where) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number(uint64(value, where))

/** Every step with stack and storage: what geth answers when nothing is asked. */
export const DEFAULT_TRACER: Tracer = traceOptions({}, 'options')
