import type { Context } from '../context.ts'
import type { Dating } from '../dating.ts'
import { needState } from '../evidence.ts'
import { absent, type Outcome, pass } from '../outcome.ts'

const FACT = { pin: 'finality.pinned', validator: 'finality.signed', stake: 'finality.staked' } as const

/** Whether the record that dates the receipt is in a block that the caller's trust accepts. */
export function finality({ chain }: Context, dating: Dating): Outcome {
  if (chain.kind === 'refused') return chain.outcome
  const { height, by, newer } = needState(chain)
  if (dating.by === 'nothing') return absent('finality.unanchored')
  return newer === undefined ? pass(FACT[by], { height }) : pass('finality.older', { height, newer })
}
