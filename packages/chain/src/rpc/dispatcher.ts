import { Share } from '../share.ts'
import { publicError, RPC_CODE, RpcError } from './codec/error.ts'
import { isDeeperThan } from './codec/nesting.ts'
import type { RpcLimits } from './limits.ts'
import { type Client, JsonText, type MethodTable } from './method.ts'

/** Answers JSON-RPC 2.0 texts. Transport-free: HTTP and WebSocket hand it what they received and send what it returns. */
export interface Dispatcher {
  /** The answer to one request or batch; undefined where none is due (notifications). Never throws. */
  handle(text: string, client: Client): Promise<string | undefined>
}

/** Batches up to this size that are too large get one error per call, so that clients which match answers by id can say so. */
const MAX_REFUSED_BATCH = 1_000

type Id = string | number | null

/** Lists and objects inside each other, the request and its batch included. What methods take is a dozen deep; what is thousands deep overflows the stack wherever it is passed on. */
const MAX_NESTING = 64

/** How a call ended. `refused`: an error that the client can understand; `limited`: it asked for too much; `fault`: ours. */
export type RpcOutcome = 'ok' | 'refused' | 'limited' | 'fault'

export interface DispatcherOptions<Context> {
  readonly methods: MethodTable<Context>
  readonly context: Context
  readonly limits: Pick<RpcLimits, 'maxBatch' | 'maxResponseChars'>
  /** What all clients together have of this thread; one of its own unless said. */
  readonly share?: Share
  /** Told of each call that was answered. Names that are no methods are one: `unknown`. */
  readonly onAnswered?: ((method: string, outcome: RpcOutcome) => void) | undefined
  /** Told about failures that are ours; the client only sees "internal error". */
  readonly onInternalError: (method: string, error: unknown) => void
}

export function createDispatcher<Context>(options: DispatcherOptions<Context>): Dispatcher {
  const { methods, context, limits, share = new Share() } = options
  const answered = (name: string, outcome: RpcOutcome) => options.onAnswered?.(Object.hasOwn(methods, name) ? name : 'unknown', outcome)

  /** Runs one call in its turn. */
  const call = (request: unknown, client: Client) => share.through(() => run(request, client))

  /** The answer is JSON text, or undefined for a notification. */
  async function run(request: unknown, client: Client): Promise<string | undefined> {
    const parsed = parseCall(request)
    if (parsed instanceof RpcError) return failure(idOf(request), parsed)
    const { id, name, params } = parsed
    try {
      const handle = Object.hasOwn(methods, name) ? methods[name] : undefined
      if (!handle) throw new RpcError(RPC_CODE.methodNotFound, `the method ${name} does not exist/is not available`)
      const result = await handle(context, params, client)
      answered(name, 'ok')
      return id === undefined ? undefined : success(id, result, limits.maxResponseChars)
    } catch (error) {
      const known = publicError(error)
      answered(name, known ? (known.code === RPC_CODE.limit ? 'limited' : 'refused') : 'fault')
      if (!known) options.onInternalError(name, error)
      return id === undefined ? undefined : failure(id, known ?? new RpcError(RPC_CODE.internal, 'internal error'))
    }
  }

  async function batch(requests: readonly unknown[], client: Client): Promise<string | undefined> {
    if (requests.length === 0) return failure(null, new RpcError(RPC_CODE.invalidRequest, 'empty batch'))
    if (requests.length > limits.maxBatch) return refuseBatch(requests, limits.maxBatch)
    const answers: string[] = []
    let left = limits.maxResponseChars
    for (const request of requests) {
      const answer = left > 0 ? await call(request, client) : failure(idOf(request), tooLarge(limits.maxResponseChars))
      if (answer === undefined) continue
      left -= answer.length
      // What was carried out is told where that takes no more than to refuse it: a transaction that was sent must not seem not to be.
      answers.push(left >= 0 ? answer : shorter(answer, failure(idOf(request), tooLarge(limits.maxResponseChars))))
    }
    return answers.length === 0 ? undefined : `[${answers.join(',')}]`
  }

  return {
    async handle(text, client) {
      let request: unknown
      try {
        request = await share.through(() => JSON.parse(text) as unknown)
      } catch {
        return failure(null, new RpcError(RPC_CODE.parse, 'parse error'))
      }
      if (isDeeperThan(text, MAX_NESTING)) return failure(idOf(request), tooDeep())
      return Array.isArray(request) ? batch(request, client) : call(request, client)
    },
  }
}

interface ParsedCall {
  readonly id: Id | undefined
  readonly name: string
  readonly params: unknown
}

function parseCall(request: unknown): ParsedCall | RpcError {
  const invalid = (why: string) => new RpcError(RPC_CODE.invalidRequest, `invalid request: ${why}`)
  if (typeof request !== 'object' || request === null || Array.isArray(request)) return invalid('not an object')
  const { id, jsonrpc, method, params } = request as Record<string, unknown>
  if (jsonrpc !== '2.0') return invalid('jsonrpc must be "2.0"')
  if (typeof method !== 'string') return invalid('method must be a string')
  if (id !== undefined && !isId(id)) return invalid('id must be a string, a number or null')
  return { id, name: method, params }
}

const isId = (id: unknown): id is Id => id === null || typeof id === 'string' || typeof id === 'number'

function idOf(request: unknown): Id {
  const id = typeof request === 'object' && request !== null ? (request as { id?: unknown }).id : null
  return isId(id) ? id : null
}

function success(id: Id, result: unknown, maxChars: number): string {
  const body = result instanceof JsonText ? result.text : JSON.stringify(result ?? null)
  if (body.length > maxChars) return failure(id, tooLarge(maxChars))
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${body}}`
}

function failure(id: Id, error: RpcError): string {
  const { code, message, data } = error
  return JSON.stringify({ jsonrpc: '2.0', id, error: data === undefined ? { code, message } : { code, message, data } })
}

const shorter = (a: string, b: string): string => (a.length <= b.length ? a : b)

const tooDeep = () =>
  new RpcError(RPC_CODE.invalidRequest, `invalid request: lists and objects inside each other, at most ${MAX_NESTING} deep`)

const tooLarge = (maxChars: number) =>
  new RpcError(
    RPC_CODE.limit,
    `response too large: at most ${maxChars} characters are answered at once; ask for less, or in smaller batches`,
  )

function refuseBatch(requests: readonly unknown[], max: number): string {
  const error = new RpcError(RPC_CODE.invalidRequest, `batch too large: ${requests.length} calls, at most ${max} are answered at once`)
  if (requests.length > MAX_REFUSED_BATCH) return failure(null, error)
  return `[${requests.map((request) => failure(idOf(request), error)).join(',')}]`
}
