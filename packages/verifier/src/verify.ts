import { type Bundle, isBytes, type Policy, parseBundle, type Trust, type Verdict } from '@opengradient/protocol'
import { finality } from './checks/finality.ts'
import { inclusion } from './checks/inclusion.ts'
import { modelIdentity, modelUnmodified } from './checks/model.ts'
import { operatorBonded, operatorRegistered } from './checks/operator.ts'
import { parametersHonoured } from './checks/parameters.ts'
import { paymentPrice, paymentSettled } from './checks/payment.ts'
import { requestBound, requestFresh } from './checks/request.ts'
import { responseUnaltered } from './checks/response.ts'
import { signature } from './checks/signature.ts'
import { teeChecks } from './checks/tee.ts'
import { zkChecks } from './checks/zk.ts'
import { claimOf } from './claim.ts'
import type { Context } from './context.ts'
import { datingOf } from './dating.ts'
import { proveChain } from './evidence.ts'
import { requireArguments } from './given.ts'
import { settle } from './outcome.ts'
import { type Examination, refused, verdictOf } from './verdict.ts'

/**
 * What a bundle proves. Pure: no clock, no network; the same arguments always give the same verdict.
 *
 * - `input`: bytes as found, which may hold anything, or a bundle already parsed.
 * - `policy`: what must pass (see `presets`) and what the caller knows itself.
 * - `trust`: the network that the caller trusts. Never taken from the bundle.
 * - `now`: unix seconds.
 *
 * In Node, `installFastCrypto()` of `@opengradient/protocol/node` first makes it four times as fast; the SDK and `og` do.
 *
 * Never throws because of the bundle: what cannot be read is a verdict that fails. What the caller gives besides throws `CONFIG_INVALID` if it is
 * of a wrong form.
 *
 * ```ts
 * const verdict = await verify(bytes, presets.settled, trustOf(networkFile), Math.floor(Date.now() / 1000))
 * if (!verdict.ok) for (const { id, code, says } of verdict.checks) console.log(id, code, says)
 * ```
 */
export async function verify(input: Uint8Array | Bundle, policy: Policy, trust: Trust, now: number): Promise<Verdict> {
  requireArguments(policy, trust, now)
  try {
    const bundle = isBytes(input) ? parseBundle(input) : input
    return verdictOf(await examine(bundle, policy, trust, now), policy)
  } catch (error) {
    return refused(error, policy)
  }
}

async function examine(bundle: Bundle, policy: Policy, trust: Trust, now: number): Promise<Examination> {
  const chain = proveChain(bundle.chain, trust, now)
  const context: Context = { ...claimOf(bundle), policy, trust, now: BigInt(now), chain }

  const included = settle(() => inclusion(context))
  const settled = settle(() => paymentSettled(context))
  const dating = datingOf(context, included, settled)

  const tee = await teeChecks(context)

  const outcomes: Examination['outcomes'] = {
    'model.identity': settle(() => modelIdentity(context)),
    'model.unmodified': settle(() => modelUnmodified(context)),
    'request.bound': settle(() => requestBound(context)),
    'request.fresh': settle(() => requestFresh(context)),
    'response.unaltered': settle(() => responseUnaltered(context)),
    'parameters.honoured': settle(() => parametersHonoured(context)),
    signature: settle(() => signature(context)),
    'operator.registered': settle(() => operatorRegistered(context, dating)),
    'operator.bonded': settle(() => operatorBonded(context)),
    'payment.price': settle(() => paymentPrice(context, settled)),
    'payment.settled': settled,
    inclusion: included,
    finality: settle(() => finality(context, dating)),
    ...tee.outcomes,
    ...(await zkChecks(context)),
  }
  return { context, outcomes, dating, enclave: tee.enclave }
}
