import type { InferRequest } from '../oip/request.ts'
import type { EncodedResponse } from '../oip/response.ts'
import type { JobResult } from '../scheduler/job.ts'
import type { InferCall } from './infer.ts'
import type { ExecutionFacts, Outcome, Usage } from './pipeline.ts'
import type { RegisteredModel } from './registry.ts'

const NONE: Readonly<Record<string, string>> = Object.freeze({})

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
}

/** What the gate is told; the facts of the execution are put together only if it asks for them. */
export class InferOutcome implements Outcome {
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly #answered: Answered

  constructor(answered: Answered) {
    this.#answered = answered
    const { headerLength } = answered.encoded
    this.responseHeaders = headerLength === undefined ? NONE : { 'inference-header-content-length': String(headerLength) }
  }

  get responseBody(): Uint8Array {
    return this.#answered.encoded.body
  }

  get responseContentType(): EncodedResponse['contentType'] {
    return this.#answered.encoded.contentType
  }

  get execution(): ExecutionFacts {
    return executionFacts(this.#answered)
  }
}

function executionFacts({ call, model, request, result, encoded, usage, receivedAt, durationUs }: Answered): ExecutionFacts {
  const { name, version, digest, device, fingerprint, parameters } = model.engine
  return {
    endpoint: call.message.url!,
    contentType: encoded.contentType,
    model: { modelId: model.served.modelId, files: [...model.files] },
    engine: { name, version, digest },
    environment: { device, fingerprint },
    class: model.served.manifest.class,
    parameters: {
      ...parameters,
      binary_data_output: false,
      ...request.used,
      rows: result.rows,
      outputs: result.outputs.length,
      ...(encoded.headerLength === undefined ? {} : { inference_header_content_length: encoded.headerLength }),
    },
    added: [],
    dropped: [...request.dropped],
    usage: [...usage],
    finish: 'stop',
    data: [],
    startedAt: String(receivedAt),
    durationUs,
  }
}
