import { type Bundle, isSealedLevel } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import type { Dating } from '../dating.ts'
import { needState } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import { fail, type Outcome, pass } from '../outcome.ts'
import { HOUR, utc, within } from '../time.ts'
import { opgText } from '../units.ts'

/** What an active node has at risk at least, OPG wei (`Nodes.MIN_BOND`). */
const MIN_BOND = 10_000n * 10n ** 18n
/** Seconds for which the bond of a leaving node stays slashable (`Nodes.UNBONDING`). */
const UNBONDING = 7n * 24n * HOUR

/**
 * Whether the signing key was a receipt key of the node when the receipt was made. A key counts while it is live and for one
 * hour after it was retired, the key of a keyset likewise. A receipt that nothing on chain dates must be fresh, and so must the state it is judged on;
 * it is judged at the caller's time, or at the state's if that is later: then the caller's clock is behind, and what the block shows is no future.
 */
export function operatorRegistered({ bundle, policy, chain, now }: Context, dating: Dating): Outcome {
  const { signer: key } = bundle
  const { node, issuedAt } = bundle.receipt
  const expected = policy.expect?.node
  if (expected !== undefined && expected !== node) return fail('NODE_MISMATCH', { node, expected })
  const { facts, height, time } = needState(chain)

  const issued = utc(issuedAt)
  if (dating.by === 'batch' && !within(HOUR, issuedAt, dating.at)) return fail('RECEIPT_BACKDATED', { issued, time: utc(dating.at) })
  if (dating.by === 'nothing' && !within(HOUR, issuedAt, now)) return fail('RECEIPT_STALE', { issued })
  if (dating.by === 'nothing' && !within(HOUR, time, now)) return fail('STATE_STALE', { time: utc(time) })

  if (facts.node(node).registeredAt === 0n) return fail('NOT_REGISTERED', { node, height })
  const { from, until } = intervalOf(bundle, facts)
  const [earliest, latest] = span(dating, issuedAt, now > time ? now : time)
  const live = from !== 0n && from <= latest && (until === 0n || earliest < until + HOUR)
  const finding = { key, node, time: utc(dating.by === 'batch' ? dating.at : issuedAt) }
  if (!live) return fail('KEY_NOT_LIVE', finding)
  return pass(isSealedLevel(bundle.receipt.level) ? 'operator.keyset' : 'operator.registered', finding)
}

/** When the signing key was the node's: its receipt key, or at levels tee and development the key of the keyset that the receipt names. */
function intervalOf({ receipt: { node, level, proofRef }, signer }: Bundle, facts: Facts): { from: bigint; until: bigint } {
  if (!isSealedLevel(level)) return facts.key(node, signer)
  const keyset = facts.keyset(node, proofRef)
  return keyset?.signer === signer ? { from: keyset.notBefore, until: keyset.end } : { from: 0n, until: 0n }
}

/** Whether the node has a bond that it loses if it is caught signing twice, how much, and until when at least. */
export function operatorBonded({ bundle, chain }: Context): Outcome {
  const { node } = bundle.receipt
  const { facts, height, time } = needState(chain)
  const { bond, unbondingAt } = facts.node(node)
  if (bond < MIN_BOND) return fail('NOT_BONDED', { node, bond: opgText(bond), height })
  if (unbondingAt === 0n) return pass('operator.bonded', { node, bond: opgText(bond), height })
  const until = unbondingAt + UNBONDING
  if (time >= until) return fail('BOND_RELEASED', { node, until: utc(until) })
  return pass('operator.unbonding', { node, bond: opgText(bond), height, until: utc(until) })
}

/** The earliest and the latest time at which the receipt can have been recorded, unix seconds. */
function span(dating: Dating, issuedAt: bigint, judgedAt: bigint): [bigint, bigint] {
  if (dating.by === 'batch') return [dating.at, dating.at]
  if (dating.by === 'settlement') return [issuedAt - HOUR, issuedAt + HOUR]
  return [judgedAt, judgedAt]
}
