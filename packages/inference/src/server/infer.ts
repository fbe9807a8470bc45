import type { IncomingMessage, ServerResponse } from 'node:http'
import { OgError } from '@opengradient/protocol'
import { Canceller } from '../engine/cancellation.ts'
import { type InputLimits, parseInferRequest } from '../oip/request.ts'
import { encodeInferResponse } from '../oip/response.ts'
import { InferOutcome } from './outcome.ts'
import type { AdmitRequest, Completion, RequestGate, Ticket, Usage } from './pipeline.ts'
import type { ModelRegistry, RegisteredModel } from './registry.ts'
import type { RequestStats } from './requestStats.ts'
import { errorReply } from './status.ts'

export interface InferOptions {
  readonly registry: ModelRegistry
  readonly gate: RequestGate
  readonly limits: InputLimits
  /** Milliseconds until a caller gets an answer, unless it asks for less. */
  readonly deadlineMs: number
  readonly stats: RequestStats
  readonly log: (message: string, details: Record<string, unknown>) => void
}

/** Headers of every answer: hashes are over the bytes sent, so nobody on the way may touch them. */
const UNTOUCHED = { 'content-encoding': 'identity', 'cache-control': 'no-transform' } as const
const HEADERS = {
  'application/json': { 'content-type': 'application/json', ...UNTOUCHED },
  'application/octet-stream': { 'content-type': 'application/octet-stream', ...UNTOUCHED },
} as const

const NONE: Readonly<Record<string, string>> = Object.freeze({})

/** The parts of one request that the path does not say. */
export interface InferCall {
  readonly message: IncomingMessage
  readonly response: ServerResponse
  readonly body: Buffer
  readonly model: string
  readonly version: string | undefined
}

/** Answers one inference request, in the steps of `pipeline.ts`. Never throws: whatever happens becomes an answer. */
export async function infer(call: InferCall, options: InferOptions): Promise<void> {
  const startedMs = performance.now()
  let status = 500
  try {
    status = await answer(call, options, Date.now(), startedMs)
  } catch (error) {
    if (!(error instanceof OgError))
      options.log('a request failed', {
        path: call.message.url,
        error: String(error),
        stack: error instanceof Error ? error.stack : undefined,
      })
    const reply = errorReply(error)
    status = reply.status
    send(call.response, status, reply.headers, reply.body)
  }
  options.stats.observe(status, (performance.now() - startedMs) / 1000)
}

async function answer(
  call: InferCall,
  { registry, gate, limits, deadlineMs }: InferOptions,
  receivedAt: number,
  startedMs: number,
): Promise<number> {
  const { message, response, body } = call
  const canceller = new Canceller()
  response.on('close', () => {
    if (!response.writableFinished) canceller.cancel()
  })
  const model = registry.peek(call.model, call.version) ?? (await registry.find(call.model, call.version))
  const headerLength = headerLengthOf(message)
  const request = parseInferRequest(body, headerLength, model.signature, limits)
  const usage = usageOf(body)
  const place = model.scheduled.place(body.length)
  try {
    const admission = await gate.admit(admitRequest(call, model, headerLength, usage, receivedAt))
    if (admission.kind === 'reply') {
      const { reply } = admission
      send(response, reply.status, reply.headers, reply.body)
      return reply.status
    }
    const { outcome, completion } = await runAdmitted(admission.ticket, gate, async () => {
      const deadline = request.timeoutUs === undefined ? deadlineMs : Math.min(deadlineMs, request.timeoutUs / 1000)
      const job = { deadlineMs: deadline, cancellation: canceller, ...(request.outputs === undefined ? {} : { outputs: request.outputs }) }
      const result = await place.run(request.inputs, job)
      const encoded = encodeInferResponse(model.template, request.id, result.outputs, request.binary)
      const durationUs = Math.round((performance.now() - startedMs) * 1000)
      return new InferOutcome({ call, model, request, result, encoded, usage, receivedAt, durationUs })
    })
    send(response, 200, HEADERS[outcome.responseContentType], outcome.responseBody, outcome.responseHeaders, completion.headers)
    return 200
  } finally {
    place.release()
  }
}

/** Runs what was admitted and completes it; if either fails it is aborted, once. What is completed is never aborted, even if it cannot be sent. */
async function runAdmitted(
  ticket: Ticket,
  gate: RequestGate,
  run: () => Promise<InferOutcome>,
): Promise<{ outcome: InferOutcome; completion: Completion }> {
  try {
    const outcome = await run()
    return { outcome, completion: await gate.complete(ticket, outcome) }
  } catch (error) {
    await gate.abort(ticket, error as Error)
    throw error
  }
}

function admitRequest(
  { message, body }: InferCall,
  model: RegisteredModel,
  headerLength: number | undefined,
  usage: readonly Usage[],
  receivedAt: number,
): AdmitRequest {
  const request = {
    method: message.method!,
    path: message.url!,
    contentType: message.headers['content-type'] ?? '',
    body,
    headers: message.headers,
    model: model.served,
    usage,
    receivedAt,
  }
  return headerLength === undefined ? request : { ...request, headerLength }
}

function usageOf(body: Buffer): readonly Usage[] {
  return [
    { unit: 'request', units: '1' },
    { unit: 'byte', units: String(body.length) },
  ]
}

/** `inference-header-content-length`: bytes of JSON in front of binary tensors. */
function headerLengthOf(message: IncomingMessage): number | undefined {
  const value = message.headers['inference-header-content-length']
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !/^(?:0|[1-9][0-9]{0,9})$/.test(value))
    throw new OgError('INPUT_MALFORMED', 'Inference-Header-Content-Length is not a length.')
  return Number(value)
}

/** One list of names and values: what node:http turns into bytes with the least work. */
function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
  extra: Readonly<Record<string, string>> = NONE,
  more: Readonly<Record<string, string>> = NONE,
): void {
  if (response.destroyed || response.headersSent) return
  const list = ['content-length', String(body.length)]
  for (const part of [headers, extra, more]) for (const name in part) list.push(name, part[name]!)
  response.writeHead(status, list)
  response.end(body)
}
