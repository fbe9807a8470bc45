import { base64, OgError, zkStatementHash } from '@opengradient/protocol'
import type { Cancellation } from '../engine/cancellation.ts'
import type { InferRequest } from '../oip/request.ts'
import { encodeInferResponse } from '../oip/response.ts'
import type { ProvableModel } from '../proving/provers.ts'
import type { ProofPlace, ProofQueue } from '../proving/queue.ts'
import type { Place } from '../scheduler/scheduledModel.ts'
import { zkAnswer } from '../zk/answer.ts'
import { quantised, type ZkInput } from '../zk/input.ts'
import type { ZkServing } from '../zk/serving.ts'
import type { InferCall } from './infer.ts'
import { InferOutcome } from './outcome.ts'
import type { Usage, ZkAdmission } from './pipeline.ts'
import { type RegisteredModel, ranBy } from './registry.ts'

/** What makes proofs for the server. */
export interface Proving {
  /** Makes sure that the model can be proved here. @throws OgError why it cannot */
  ready(model: ProvableModel): Promise<{
    /** Why no payment may be taken for its answers, if none may. */
    readonly unpayable: OgError | undefined
  }>
  readonly queue: Pick<ProofQueue, 'place' | 'submit' | 'forget' | 'isQuick' | 'nextDeadline'>
}

/** Proofs that take less go with the answer. */
const INLINE_MS = 50
/** How long an answer waits for a proof that was to be quick and is not. */
const INLINE_WAIT_MS = 2 * INLINE_MS
const MODE = 'succinct, not zero-knowledge'

/** A request at level zk that may be admitted: it fits the integer model, and there is room to answer and to prove it. */
export interface ZkPlaces {
  readonly zk: ZkServing
  readonly input: ZkInput
  readonly unpayable: OgError | undefined
  readonly proof: ProofPlace
  readonly run: Place
  /** The float runtime's, if there is one. */
  readonly float: Place | undefined
  release(): void
}

/**
 * Everything that can refuse a request at level zk, before anything is paid: inputs out of range, a model that cannot be proved after all,
 * proofs that would come too late, full queues.
 * @throws OgError `INPUT_*`, `ZK_INPUT_OUT_OF_RANGE`, `ZK_NON_FINITE_INPUT`, `ZK_QUEUE_FULL`, `NODE_LEVEL_NOT_OFFERED`, and as `place` does
 */
export async function takeZkPlaces(
  model: RegisteredModel,
  request: InferRequest,
  bytes: number,
  proving: Proving | undefined,
): Promise<ZkPlaces> {
  const { zk } = model
  if (zk === undefined || proving === undefined) throw new OgError('NODE_LEVEL_NOT_OFFERED', 'This node makes no proofs.')
  if (request.outputs !== undefined)
    throw new OgError('INPUT_MALFORMED', 'outputs: an answer at level zk has all outputs, since the statement has; leave the list out.')
  const input = quantised(zk.ir, zk.io, request.inputs)
  const { unpayable } = await proving.ready(zk.model)
  const taken: { release(): void }[] = []
  const release = () => {
    for (const place of taken) place.release()
  }
  const keep = <T extends { release(): void }>(place: T): T => {
    taken.push(place)
    return place
  }
  try {
    const proof = keep(proving.queue.place(zk.model.zkModelId))
    const run = keep(zk.scheduled.place(bytes))
    const float = model.scheduled === zk.scheduled ? undefined : keep(model.scheduled.place(bytes))
    return { zk, input, unpayable, proof, run, float, release }
  } catch (error) {
    release()
    throw error
  }
}

/** One admitted request at level zk. */
export interface ZkCall {
  readonly call: InferCall
  readonly model: RegisteredModel
  readonly request: InferRequest
  readonly places: ZkPlaces
  readonly proving: Proving
  readonly admission: ZkAdmission
  readonly usage: readonly Usage[]
  readonly deadlineMs: number
  readonly cancellation: Cancellation
  readonly receivedAt: number
  readonly startedMs: number
}

/**
 * Runs the integer model and the float model, hands the statement in to be proved, and waits for the proof only if it is a matter of
 * milliseconds. When this resolves the proof's job is on disk.
 */
export async function runZk(zkCall: ZkCall): Promise<InferOutcome> {
  const { call, model, request, places, proving, admission, usage, deadlineMs, cancellation, receivedAt, startedMs } = zkCall
  const { zk, input, run, float } = places
  const job = { deadlineMs, cancellation }
  const [result, floats] = await Promise.all([run.run(input.tensors, job), float?.run(request.inputs, job)])
  const { modelId, manifest } = model.served
  const { tensors, y, floatMaxError } = zkAnswer(zk.ir, manifest.outputs, result.outputs, floats?.outputs)
  const { zkModelId } = zk.model
  const { requestId, ctx } = admission
  const statement = { modelId, zkModelId, x: input.x, y, ctx }
  const proofRef = zkStatementHash(statement)
  const { queue } = proving
  const inline = queue.isQuick(zkModelId, INLINE_MS)
  const { kept, proved } = queue.submit({ requestId, proofRef, ...statement, deadline: queue.nextDeadline })
  places.proof.release()
  await kept
  const proof = inline ? await atMost(proved, INLINE_WAIT_MS) : undefined
  const facts = {
    mode: MODE,
    statement: proofRef,
    ...(floatMaxError !== undefined && { float_max_error: floatMaxError }),
    ...(proof && { proof: base64(proof) }),
    proof_ready: proof !== undefined,
  }
  const binary = tensors.map(() => request.used.binary_data_output === true)
  const encoded = encodeInferResponse(model.template, request.id, tensors, binary, { og_zk: facts })
  const durationUs = Math.round((performance.now() - startedMs) * 1000)
  const engine = { parameters: zk.engine.parameters, ran: ranBy(modelId, manifest, zk.engine), outputs: tensors.length, proofRef }
  return new InferOutcome({ call, model, request, result, encoded, usage, receivedAt, durationUs, zk: engine })
}

/** What a promise gives within `ms` milliseconds. */
function atMost<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), ms)
    void promise.then((value) => {
      clearTimeout(timer)
      resolve(value)
    })
  })
}
