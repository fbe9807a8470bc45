import type { Hex } from '@opengradient/protocol'
import type { InferRequest } from '../oip/request.ts'
import type { EncodedResponse } from '../oip/response.ts'
import type { ExecutionFacts } from '../receipts/executionBytes.ts'
import type { JobResult } from '../scheduler/job.ts'
import type { InferCall } from './infer.ts'
import type { Outcome, Usage } from './pipeline.ts'
import type { RegisteredModel } from './registry.ts'

const NONE: Readonly<Record<string, string>> = Object.freeze({})

type Parameters = ExecutionFacts['parameters']

/** Everything known once a request is answered. */
export interface Answered {
  readonly call: InferCall
  readonly model: RegisteredModel
  readonly request: InferRequest
  readonly result: JobResult
  readonly encoded: EncodedResponse
  readonly usage: readonly Usage[]
  /** Unix milliseconds. */
  readonly receivedAt: number
  readonly durationUs: number
  /** At level zk: the engine that answered, what it answered with, and the statement. */
  readonly zk?: {
    readonly parameters: RegisteredModel['engine']['parameters']
    readonly ran: RegisteredModel['ran']
    readonly outputs: number
    readonly proofRef: Hex
  }
}

/** What the gate is told; the facts of the execution are put together only if it asks for them. */
export class InferOutcome implements Outcome {
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly proofRef?: Hex
  readonly #answered: Answered

  constructor(answered: Answered) {
    this.#answered = answered
    if (answered.zk !== undefined) this.proofRef = answered.zk.proofRef
    const { headerLength } = answered.encoded
    this.responseHeaders = headerLength === undefined ? NONE : { 'inference-header-content-length': String(headerLength) }
  }

  get responseBody(): Uint8Array {
    return this.#answered.encoded.body
  }

  /** The body as text, if it is ASCII. */
  get responseText(): string | undefined {
    return this.#answered.encoded.text
  }

  get responseContentType(): EncodedResponse['contentType'] {
    return this.#answered.encoded.contentType
  }

  get execution(): ExecutionFacts {
    return executionFacts(this.#answered)
  }
}

function executionFacts(answered: Answered): ExecutionFacts {
  const { call, model: asked, request, encoded, usage, receivedAt, durationUs, zk } = answered
  const { model, engine, environment } = zk?.ran ?? asked.ran
  return {
    endpoint: call.message.url!,
    contentType: encoded.contentType,
    model,
    engine,
    environment,
    class: zk === undefined ? asked.served.manifest.class : 'exact',
    parameters: parametersOf(answered),
    added: [],
    dropped: request.dropped,
    usage,
    finish: 'stop',
    data: [],
    startedAt: String(receivedAt),
    durationUs,
  }
}

function parametersOf(answered: Answered): Parameters {
  const { model, request, result, encoded, zk } = answered
  if (zk !== undefined || Object.keys(request.used).length > 0) return newParameters(answered)
  const run = { rows: result.rows, outputs: result.outputs.length, headerLength: encoded.headerLength }
  return model.plainParameters.of(run, () => newParameters(answered))
}

function newParameters({ model, request, result, encoded: { headerLength }, zk }: Answered): Parameters {
  return Object.freeze({
    ...(zk?.parameters ?? model.engine.parameters),
    binary_data_output: false,
    ...request.used,
    rows: result.rows,
    outputs: zk?.outputs ?? result.outputs.length,
    ...(headerLength === undefined ? {} : { inference_header_content_length: headerLength }),
  })
}
