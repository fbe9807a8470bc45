import { presets } from '@opengradient/protocol'
import { actor, DAY, GENESIS, HOUR, OPG } from '../cast.ts'
import { both } from '../scene.ts'
import type { Story } from '../story.ts'
import { free, fresh, later, reanchor, unbatched } from '../valid.ts'
import { judge } from './lies.ts'

/** Lies about the operator: registration, keys, times, bond. */
export const operator: readonly Story[] = [
  {
    name: 'node-not-registered',
    says: 'The node never registered; only its key is on chain.',
    edits: { anchor: (s) => void Object.assign(s.node, { registeredAt: 0n }) },
    fails: { 'operator.registered': 'NOT_REGISTERED' },
  },
  {
    name: 'node-not-expected',
    says: 'The answer is from another node than the one that the caller asked.',
    edits: judge((s) => {
      s.policy = { ...s.policy, expect: { node: actor('second operator').address } }
    }),
    fails: { 'operator.registered': 'NODE_MISMATCH' },
  },
  {
    name: 'key-of-nobody',
    says: 'Someone without a registered key signs in the name of a bonded node.',
    edits: {
      anchor: (s) => {
        s.key.from = 0n
      },
    },
    fails: { 'operator.registered': 'KEY_NOT_LIVE' },
  },
  {
    name: 'key-retired',
    says: 'The key had been retired for an hour to the second when the batch was recorded.',
    edits: {
      anchor: (s) => {
        s.key.until = BigInt(s.anchoredAt - HOUR)
      },
    },
    fails: { 'operator.registered': 'KEY_NOT_LIVE' },
  },
  {
    name: 'key-registered-later',
    says: 'The key was registered a second after the batch was recorded.',
    edits: {
      anchor: later(DAY, (s) => {
        s.key.from = BigInt(s.anchoredAt + 1)
      }),
    },
    fails: { 'operator.registered': 'KEY_NOT_LIVE' },
  },
  {
    name: 'key-retired-dated-by-settlement',
    says: 'In no batch: the key had been retired for two hours when the receipt was issued.',
    edits: both(unbatched, {
      anchor: (s) => {
        s.key.until = BigInt(s.issuedAt - 2 * HOUR)
      },
      judge: (s) => {
        s.policy = presets.answer
      },
    }),
    fails: { 'operator.registered': 'KEY_NOT_LIVE' },
  },
  {
    name: 'key-registered-later-dated-by-settlement',
    says: 'In no batch: the key was registered more than an hour after the receipt was issued.',
    edits: both(unbatched, {
      anchor: later(DAY, (s) => {
        s.key.from = BigInt(s.issuedAt + HOUR + 1)
      }),
      judge: (s) => {
        s.policy = presets.answer
      },
    }),
    fails: { 'operator.registered': 'KEY_NOT_LIVE' },
  },
  {
    name: 'key-retired-fresh',
    says: 'Nothing on chain dates the receipt; the key was retired an hour ago.',
    edits: both(fresh, {
      anchor: (s) => {
        s.key.until = BigInt(s.issuedAt + 2 - HOUR)
      },
    }),
    fails: { 'operator.registered': 'KEY_NOT_LIVE' },
  },
  {
    name: 'backdated',
    says: 'The receipt is dated a second more than an hour before the block that records it.',
    edits: { anchor: (s) => reanchor(s, s.issuedAt + HOUR + 1) },
    fails: { 'operator.registered': 'RECEIPT_BACKDATED' },
  },
  {
    name: 'postdated',
    says: 'The receipt is dated a second more than an hour after the block that records it.',
    edits: { anchor: (s) => reanchor(s, s.issuedAt - HOUR - 1) },
    fails: { 'operator.registered': 'RECEIPT_BACKDATED' },
  },
  {
    name: 'stale',
    says: 'Nothing on chain dates the receipt, and it is more than an hour old.',
    edits: both(fresh, {
      anchor: (s) => {
        s.blockTimes = [GENESIS + 60, GENESIS + DAY, s.issuedAt + HOUR]
      },
      judge: (s) => {
        s.now = s.issuedAt + HOUR + 1
      },
    }),
    fails: { 'operator.registered': 'RECEIPT_STALE' },
  },
  {
    name: 'free-and-stale',
    says: 'A free answer cannot be dated by a settlement, and it is more than an hour old.',
    edits: both(both(free, unbatched), { judge: (s) => void Object.assign(s, { policy: presets.answer, now: s.issuedAt + HOUR + 1 }) }),
    fails: { 'operator.registered': 'RECEIPT_STALE' },
  },
  {
    name: 'stale-state',
    says: 'Nothing on chain dates the receipt, and the state shown is from an hour and a second ago: the key may be retired since.',
    edits: both(fresh, {
      anchor: (s) => {
        s.blockTimes = [GENESIS + 60, s.issuedAt + 1 - HOUR]
      },
    }),
    fails: { 'operator.registered': 'STATE_STALE' },
  },
  {
    name: 'bond-too-low',
    says: 'The bond is one wei below 10,000 OPG.',
    edits: {
      anchor: (s) => {
        s.node.bond = 10_000n * OPG - 1n
      },
    },
    fails: { 'operator.bonded': 'NOT_BONDED' },
  },
  {
    name: 'slashed',
    says: 'The node was slashed: nothing is left to lose.',
    edits: {
      anchor: (s) => {
        s.node.bond = 0n
      },
    },
    fails: { 'operator.bonded': 'NOT_BONDED' },
  },
  {
    name: 'bond-released',
    says: 'The node asked to leave seven days before the block: it can take its bond at any time.',
    edits: {
      anchor: (s) => {
        s.node.unbondingAt = BigInt(s.anchoredAt - 7 * DAY)
      },
    },
    fails: { 'operator.bonded': 'BOND_RELEASED' },
  },
]

/** The caller's clock is behind the chain's: added later, so at the end of the list. */
export const clockBehind: readonly Story[] = [
  {
    name: 'key-retired-clock-behind',
    says: 'Nothing on chain dates the receipt; by the time of the block the key was retired an hour ago, by the caller’s clock, which is behind, not yet.',
    edits: both(fresh, {
      anchor: (s) => {
        s.key.until = BigInt(s.issuedAt - 5 - HOUR)
      },
      judge: (s) => {
        s.now = s.block.time - 1
      },
    }),
    fails: { 'operator.registered': 'KEY_NOT_LIVE' },
  },
]
