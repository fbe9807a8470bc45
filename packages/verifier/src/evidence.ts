import { type ChainEvidence, type Finality, type Header, parseHeader, type Trust, trustHeader } from '@opengradient/protocol'
import { type Facts, factsOf } from './facts.ts'
import { checkHistory } from './history.ts'
import { absent, type Outcome, Stop, settle } from './outcome.ts'
import type { AbsenceKey } from './sentences.ts'
import { readState } from './state.ts'

/** What became of the chain evidence of a bundle. */
export type Chain =
  /** There is none, or nothing to check it against. */
  | { readonly kind: 'none'; readonly reason: AbsenceKey }
  /** It leads to no block that the trust accepts. */
  | { readonly kind: 'refused'; readonly outcome: Outcome }
  | AcceptedChain

/** A block that the trust accepts, and what the protocol's contracts held in it. */
export interface AcceptedChain {
  readonly kind: 'accepted'
  readonly height: string
  /** Unix seconds. */
  readonly time: bigint
  readonly facts: Facts
  /** What made the trust accept the block, or the newer block whose History holds it. */
  readonly by: Seal
  /** Height of that newer block. */
  readonly newer: string | undefined
}

/** The hash is in the trust; the one validator in the trust signed; or CometBFT's validators did, in a line from those in the trust. */
export type Seal = 'pin' | 'validator' | 'stake'

/** Chain evidence → a block that the caller's trust accepts at `now` (unix seconds) → the state proven under it. */
export function proveChain(evidence: ChainEvidence | undefined, trust: Trust, now: number): Chain {
  if (evidence === undefined) return { kind: 'none', reason: 'chain.none' }
  if (trust.anchors.length === 0) return { kind: 'none', reason: 'trust.none' }
  try {
    const header = parseHeader(evidence.header)
    const accepted = acceptedBy(header, evidence, trust, now)
    const facts = factsOf(readState(header.stateRoot, evidence.accounts))
    return { kind: 'accepted', height: `${header.number}`, time: BigInt(header.timestamp), facts, ...accepted }
  } catch (error) {
    return { kind: 'refused', outcome: settle(() => rethrow(error)) }
  }
}

/** The state of the accepted block; a check that needs it stops where there is none. */
export function needState(chain: Chain): AcceptedChain {
  if (chain.kind === 'accepted') return chain
  throw new Stop(absent(chain.kind === 'none' ? chain.reason : 'chain.untrusted'))
}

/** By what the trust accepts the block: its own commit, or that of a newer block whose History holds it. */
function acceptedBy(header: Header, { commit, history }: ChainEvidence, trust: Trust, now: number): Pick<AcceptedChain, 'by' | 'newer'> {
  if (history === undefined) return { by: sealOf(header, commit, trust, now), newer: undefined }
  const newer = parseHeader(history.header)
  const by = sealOf(newer, history.commit, trust, now)
  checkHistory(header, newer, history)
  return { by, newer: `${newer.number}` }
}

function sealOf(header: Header, finality: Finality, trust: Trust, now: number): Seal {
  const anchor = trustHeader(trust, header, finality, now)
  if ('blockHash' in anchor) return 'pin'
  return finality.kind === 'cometbft' ? 'stake' : 'validator'
}

function rethrow(error: unknown): never {
  throw error
}
