import { type BundleRequest, type Hex, OgError } from '@opengradient/protocol'
import { statementInput } from '@opengradient/verifier'
import type { Context, SdkLevel } from '../context.ts'
import { type LoadedModel, loadModel } from '../models/load.ts'
import { openPurse } from '../pay/purse.ts'
import { isTeeLevel } from '../tee/level.ts'
import { type CheckedInputs, checkInputs } from '../tensor/inputs.ts'
import { BINARY_TYPE, encodeRequest, JSON_FILL, type Parameters } from '../tensor/request.ts'
import type { InputValue } from '../tensor/values.ts'
import { ask } from './ask.ts'
import { chooseOffers, offersSoon, requireBalance } from './choose.ts'
import { conclude, type InferResult } from './conclude.ts'
import { LONGEST_MS, unprepared, within } from './limit.ts'
import { type ProofProgress, requireKernels, zkirOf } from './proof.ts'

/** What is different for this one call. */
export interface InferOptions {
  /** Ask this node and no other. */
  node?: Hex
  /** Parameters of the request; a node that does not use one as it is fails the verification. */
  parameters?: Parameters
  /** Most OPG wei for this call, instead of the policy's. */
  maxPrice?: bigint
  /** What this answer must reach, instead of the policy's level. */
  level?: SdkLevel
  /** Told how far the proof of an answer of level zk is, while it is waited for. */
  onProof?: (progress: ProofProgress) => void
  /** Milliseconds for everything (60,000), whoever is slow: node, chain or store. */
  timeoutMs?: number
  /**
   * Ends the call with its own reason. What was sent by then may be answered, and paid for, yet: `receipts.list` has it as `sent`, and `recover`
   * asks for it.
   */
  signal?: AbortSignal
}

/**
 * Resolve → manifest → check inputs → cheapest node → pay and ask → receipt and execution record → chain evidence → verdict → outputs.
 * Whatever is wrong on the way is an error; there is no result without a passed verdict.
 */
export async function infer(
  context: Context,
  name: string,
  values: Readonly<Record<string, InputValue>>,
  options: InferOptions = {},
): Promise<InferResult> {
  const { timeoutMs = 60_000, maxPrice = context.policy.maxPrice, level = context.policy.level } = options
  // One of this call's own: hundreds may share their caller's, and Node warns of an eleventh listener.
  const signal = options.signal && AbortSignal.any([options.signal])
  const limit = { deadline: performance.now() + Math.min(timeoutMs, LONGEST_MS), signal }
  const ready = <Part>(work: () => Promise<Part>) => within(limit, work, unprepared)
  const model = await ready(async () => loadModel(context.chain.at(await context.chain.head()), context.files, name))
  const inputs = checkInputs(model.manifest.inputs, values)
  requireLevel(model, level)
  const request = requestFor(model, inputs, options.parameters, level)
  if (level === 'zk') await requireKernels()
  const zkir = level === 'zk' ? await ready(() => zkirOf(context, model.manifest)) : undefined
  const x = zkir && (await statementInput(zkir, request))
  const offers = await offersSoon(context, { model, level, node: options.node }, limit)
  const chosen = chooseOffers(context, offers, request.body.length)
  await ready(() => requireBalance(context, chosen, request.body.length))
  const purse = openPurse({
    account: context.account,
    chainId: context.chain.network.chainId,
    maxPrice,
    maxPerDay: context.policy.maxPerDay,
    ledger: context.ledger,
    now: context.now,
    random: context.random,
  })
  const answer = await ask(context, { model, request, level, chosen, purse, x, ...limit })
  return conclude(context, answer, inputs, { level, ...limit, onProof: options.onProof, zkir })
}

/** @throws OgError `POLICY_LEVEL_UNMET`: nothing was asked and nothing is paid */
function requireLevel({ asked, manifest }: LoadedModel, level: SdkLevel): void {
  if (level !== 'zk' && manifest.format === 'zkir')
    throw new OgError('POLICY_LEVEL_UNMET', `${asked} is an integer model alone, which is answered with a proof only; ask at level zk`)
  if (level === 'zk' && manifest.zk === undefined)
    throw new OgError('POLICY_LEVEL_UNMET', `${asked} has no integer model, so its answers cannot be proved; ask at level signature`)
}

function requestFor(
  { modelId, manifest }: LoadedModel,
  inputs: CheckedInputs,
  parameters: Parameters | undefined,
  level: SdkLevel,
): BundleRequest {
  const outputs = level === 'zk' ? undefined : manifest.outputs.map(({ name }) => name)
  const { body, headerLength } = encodeRequest(inputs, outputs, parameters, isTeeLevel(level) ? JSON_FILL : 1)
  return { method: 'POST', path: `/v2/models/${modelId}/infer`, contentType: BINARY_TYPE, headerLength, body }
}
