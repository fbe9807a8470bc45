import type { IncomingMessage, ServerResponse } from 'node:http'
import { OgError } from '@opengradient/protocol'
import { Canceller } from '../engine/cancellation.ts'
import { type InferRequest, type InputLimits, parseInferRequest } from '../oip/request.ts'
import { encodeInferResponse } from '../oip/response.ts'
import type { TeeDoor } from '../tee/door.ts'
import { JSON_FILL, type SealedCall } from '../tee/sealedCall.ts'
import { openCall, sealedError } from './inferSealed.ts'
import { type Proving, runZk, takeZkPlaces } from './inferZk.ts'
import { isTee, levelOf, withTee } from './level.ts'
import { InferOutcome } from './outcome.ts'
import type { AdmitRequest, Completion, Reply, RequestGate, ServedLevel, Usage } from './pipeline.ts'
import type { ModelRegistry, RegisteredModel } from './registry.ts'
import type { RequestStats } from './requestStats.ts'
import { ANSWER_HEADERS, send } from './send.ts'
import { errorReply } from './status.ts'

export interface InferOptions {
  readonly registry: ModelRegistry
  readonly gate: RequestGate
  readonly limits: InputLimits
  /** Milliseconds until a caller gets an answer, unless it asks for less. */
  readonly deadlineMs: number
  readonly stats: RequestStats
  /** What makes proofs; without it no model is answered at level zk. */
  readonly proving?: Proving | undefined
  /** What opens sealed requests; without it no model is answered at the levels of enclaves. */
  readonly tee?: TeeDoor | undefined
  readonly log: (message: string, details: Record<string, unknown>) => void
}

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

/** The status that was sent, once it was. What waits for nothing is no promise: each costs a turn. */
function answer(call: InferCall, options: InferOptions, receivedAt: number, startedMs: number): Promise<number> {
  const { registry } = options
  const { response } = call
  const canceller = new Canceller()
  response.on('close', () => {
    if (!response.writableFinished) canceller.cancel()
  })
  const known = registry.peek(call.model, call.version)
  if (known !== undefined) return answerBy(known, call, options, receivedAt, startedMs, canceller)
  return registry.find(call.model, call.version).then((model) => answerBy(model, call, options, receivedAt, startedMs, canceller))
}

function answerBy(
  model: RegisteredModel,
  call: InferCall,
  options: InferOptions,
  receivedAt: number,
  startedMs: number,
  canceller: Canceller,
): Promise<number> {
  const { tee } = options
  const { message } = call
  const headerLength = headerLengthOf(message)
  const { modelId, levels } = model.served
  const offered = withTee(levels, tee?.levelOf(modelId))
  if (message.headers['og-seal'] !== undefined)
    return answerSealed({ call, model, headerLength, offered, receivedAt, startedMs, canceller }, options)
  const level = levelOf(message, offered)
  if (isTee(level)) throw new OgError('CHANNEL_REQUIRED', `Seal the body to the keyset of this node: it answers at level ${level} so only.`)
  const open = { call, model, headerLength, offered, receivedAt, startedMs, canceller, level, sealed: undefined }
  return answerBody(open, options)
}

/** A request whose model is found. */
interface Asking {
  readonly call: InferCall
  readonly model: RegisteredModel
  readonly headerLength: number | undefined
  /** Levels at which the model is offered now. */
  readonly offered: readonly ServedLevel[]
  readonly receivedAt: number
  readonly startedMs: number
  readonly canceller: Canceller
}

/** The same for a sealed body. Whatever is said about the request once it is open is sealed, too. */
function answerSealed(asking: Asking, options: InferOptions): Promise<number> {
  const { call } = asking
  const opened = openCall(asking, options)
  const reply = ({ status, headers, body }: Reply): number => {
    send(call.response, status, headers, body)
    return status
  }
  if (opened.kind === 'reply') return Promise.resolve(reply(opened.reply))
  const { level, sealed, body } = opened
  return answerBody(openOf(asking, body, level, sealed), options).catch((error) => {
    // What is not ours may quote the request anywhere.
    if (!(error instanceof OgError)) options.log('a sealed request failed', { path: call.message.url, error: (error as Error)?.name })
    return reply(sealedError(error, sealed))
  })
}

/** A request whose level is known, and its plain body. */
interface Open extends Asking {
  readonly level: ServedLevel
  readonly sealed: SealedCall | undefined
}

/** Member by member, in the order of requests that come open: what is spread instead costs microseconds. */
function openOf(asking: Asking, body: Buffer, level: ServedLevel, sealed: SealedCall): Open {
  const { call: came, model, headerLength, offered, receivedAt, startedMs, canceller } = asking
  const call = { message: came.message, response: came.response, body, model: came.model, version: came.version }
  return { call, model, headerLength, offered, receivedAt, startedMs, canceller, level, sealed }
}

async function answerBody(open: Open, options: InferOptions): Promise<number> {
  const { gate, limits, deadlineMs } = options
  const { call, model, headerLength, receivedAt, startedMs, canceller } = open
  const { response, body } = call
  const request = parseInferRequest(body, headerLength, model.signature, limits)
  const usage = usageOf(body)
  if (open.level === 'zk') return answerZk({ ...open, request, usage }, options)
  const place = model.scheduled.place(body.length)
  try {
    const admitted = gate.admit(admitRequest(open, usage))
    const admission = admitted instanceof Promise ? await admitted : admitted
    if (admission.kind === 'reply') {
      const { reply } = admission
      send(response, reply.status, reply.headers, reply.body)
      return reply.status
    }
    const { ticket } = admission
    let outcome: InferOutcome
    let completion: Completion
    try {
      const job = {
        deadlineMs: deadlineOf(request, deadlineMs),
        cancellation: canceller,
        alone: open.sealed !== undefined,
        outputs: request.outputs,
      }
      const result = await place.run(request.inputs, job)
      const encoded = encodeInferResponse(model.template, request.id, result.outputs, request.binary, undefined, open.sealed && JSON_FILL)
      const durationUs = Math.round((performance.now() - startedMs) * 1000)
      outcome = new InferOutcome({ call, model, request, result, encoded, usage, receivedAt, durationUs })
      completion = await gate.complete(ticket, outcome)
    } catch (error) {
      // Once, and never what is completed, even if it cannot be sent.
      await gate.abort(ticket, error as Error)
      throw error
    }
    const release = completion.settling === undefined ? completion : await completion.settling(startedMs + deadlineOf(request, deadlineMs))
    if (open.sealed !== undefined && release.sealed === undefined) throw new OgError('INTERNAL', 'The answer was not sealed.')
    const sent = release.sealed ?? outcome.responseText ?? outcome.responseBody
    send(response, 200, ANSWER_HEADERS[outcome.responseContentType], sent, outcome.responseHeaders, release.headers)
    return 200
  } finally {
    place.release()
  }
}

interface ZkRequest extends Open {
  readonly request: InferRequest
  readonly usage: readonly Usage[]
}

/** The same steps at level zk. What the gate gives up later is not proved. */
async function answerZk(zkRequest: ZkRequest, { gate, deadlineMs, proving }: InferOptions): Promise<number> {
  const { call, model, request, usage, canceller, startedMs } = zkRequest
  const { response, body } = call
  const places = await takeZkPlaces(model, request, body.length, proving)
  try {
    const admitted = { ...admitRequest(zkRequest, usage), x: places.input.x, unpayable: places.unpayable }
    const admission = await gate.admit(admitted)
    if (admission.kind === 'reply') {
      const { reply } = admission
      send(response, reply.status, reply.headers, reply.body)
      return reply.status
    }
    const { ticket, zk } = admission
    let outcome: InferOutcome
    let completion: Completion
    try {
      if (zk === undefined) throw new OgError('NODE_LEVEL_NOT_OFFERED', 'This node signs no receipts of level zk.')
      const deadline = deadlineOf(request, deadlineMs)
      outcome = await runZk({ ...zkRequest, places, proving: proving!, admission: zk, deadlineMs: deadline, cancellation: canceller })
      completion = await gate.complete(ticket, outcome)
    } catch (error) {
      await gate.abort(ticket, error as Error)
      // A job that stays on disk is found at the next start to belong to no answer.
      if (zk) await proving!.queue.forget(zk.requestId).catch(() => {})
      throw error
    }
    const release = completion.settling === undefined ? completion : await completion.settling(startedMs + deadlineOf(request, deadlineMs))
    send(response, 200, ANSWER_HEADERS[outcome.responseContentType], outcome.responseBody, outcome.responseHeaders, release.headers)
    return 200
  } finally {
    places.release()
  }
}

function deadlineOf({ timeoutUs }: InferRequest, deadlineMs: number): number {
  return timeoutUs === undefined ? deadlineMs : Math.min(deadlineMs, timeoutUs / 1000)
}

function admitRequest({ call, model, headerLength, receivedAt, level, offered, sealed }: Open, usage: readonly Usage[]): AdmitRequest {
  const { message, body } = call
  const request = {
    method: message.method!,
    path: message.url!,
    contentType: message.headers['content-type'] ?? '',
    body,
    headers: message.headers,
    model: model.served,
    usage,
    receivedAt,
    level,
    offered,
    sealed,
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
