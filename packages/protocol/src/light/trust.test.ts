import { describe, expect, it } from 'vitest'
import { ZERO_ADDRESS } from '../bytes/hex.ts'
import { devAccount } from '../crypto/devAccount.ts'
import type { Anchor, Trust } from '../network/network.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { CHAIN_ID, hashOf } from '../testkit/samples.testkit.ts'
import { type Commit, signCommit, validatorsHashOf } from './commit.ts'
import { MAX_CLOCK_DRIFT } from './drift.ts'
import type { Header } from './header.ts'
import { trustHeader } from './trust.ts'

const GENESIS_TIME = 1_790_000_000
const PERIOD = 1_000_000
const validator = devAccount(CHAIN_ID, 3)
const stranger = devAccount(CHAIN_ID, 0)

const pinned: Anchor = { height: 0, blockHash: hashOf('genesis') }
const validators: Anchor = { height: 5, validatorsHash: validatorsHashOf([validator.address]), time: GENESIS_TIME, trustingPeriod: PERIOD }
const trust: Trust = { chainId: CHAIN_ID, genesisHash: hashOf('genesis'), anchors: [pinned, validators] }

function headerAt(number: number, timestamp = GENESIS_TIME + number, hash = hashOf(`block ${number}`)): Header {
  return {
    hash,
    parentHash: hashOf('parent'),
    coinbase: ZERO_ADDRESS,
    stateRoot: hashOf('state'),
    transactionsRoot: hashOf('t'),
    receiptsRoot: hashOf('r'),
    number,
    gasLimit: 1n,
    gasUsed: 0n,
    timestamp,
  }
}

const commitOf = (header: Header, key = validator.privateKey): Commit =>
  signCommit(CHAIN_ID, { height: header.number, blockHash: header.hash }, key)
const NOW = GENESIS_TIME + 1000

describe('a header is accepted', () => {
  it('if the trusted validator signed it', () => {
    const header = headerAt(9)
    expect(trustHeader(trust, header, commitOf(header), NOW)).toBe(validators)
  })

  it('at the very height and time of the anchor, and until the last second of its period', () => {
    const first = headerAt(5, GENESIS_TIME)
    expect(trustHeader(trust, first, commitOf(first), GENESIS_TIME)).toBe(validators)
    expect(trustHeader(trust, first, commitOf(first), GENESIS_TIME + PERIOD - 1)).toBe(validators)
  })

  it('if it is the pinned block, whoever signed it and however old it is', () => {
    const genesis = headerAt(0, GENESIS_TIME, hashOf('genesis'))
    expect(trustHeader(trust, genesis, commitOf(genesis, stranger.privateKey), NOW + 100 * PERIOD)).toBe(pinned)
  })

  it('if the clock of its validator is a little ahead', () => {
    const header = headerAt(9, NOW + MAX_CLOCK_DRIFT)
    expect(trustHeader(trust, header, commitOf(header), NOW)).toBe(validators)
  })

  it('by whichever anchor accepts it', () => {
    const expired: Anchor = { ...validators, trustingPeriod: 1 }
    const header = headerAt(9)
    expect(trustHeader({ ...trust, anchors: [expired, validators] }, header, commitOf(header), NOW)).toBe(validators)
  })
})

describe('a header is refused', () => {
  const header = headerAt(9)

  it.each<[string, Trust, Header, Commit, number]>([
    ['signed by a stranger', trust, header, commitOf(header, stranger.privateKey), NOW],
    ['without any anchor', { ...trust, anchors: [] }, header, commitOf(header), NOW],
    [
      'with a pinned block only, of another hash',
      { ...trust, anchors: [{ height: 9, blockHash: hashOf('other') }] },
      header,
      commitOf(header),
      NOW,
    ],
    [
      'with its hash pinned at another height',
      { ...trust, anchors: [{ height: 8, blockHash: header.hash }] },
      header,
      commitOf(header),
      NOW,
    ],
    ['below the anchor', trust, headerAt(4), commitOf(headerAt(4)), NOW],
    ['dated before the anchor', trust, headerAt(9, GENESIS_TIME - 1), commitOf(headerAt(9)), NOW],
    ['dated in the future', trust, headerAt(9, NOW + MAX_CLOCK_DRIFT + 1), commitOf(headerAt(9)), NOW],
    ['after the trusting period', trust, header, commitOf(header), GENESIS_TIME + PERIOD],
  ])('%s', (_, trust, header, commit, now) => {
    refusal(() => trustHeader(trust, header, commit, now), 'UNTRUSTED_HEADER')
  })

  it.each<[string, Trust, Header, Commit]>([
    ['with the commit of another block', trust, header, commitOf(headerAt(10))],
    ['of another chain', { ...trust, chainId: CHAIN_ID + 1 }, header, commitOf(header)],
    [
      'with a forged commit that names the validator',
      trust,
      header,
      { ...commitOf(header, stranger.privateKey), validator: validator.address },
    ],
  ])('%s', (_, trust, header, commit) => {
    refusal(() => trustHeader(trust, header, commit, NOW), 'COMMIT_INVALID')
  })

  it('saying why, for each anchor', () => {
    const old = refusal(() => trustHeader(trust, header, commitOf(header), GENESIS_TIME + PERIOD), 'UNTRUSTED_HEADER')
    expect(old.message).toContain('get a newer network file')
    expect(refusal(() => trustHeader(trust, header, commitOf(header, stranger.privateKey), NOW), 'UNTRUSTED_HEADER').message).toContain(
      'not the trusted one',
    )
    for (const anchors of [[], [pinned]])
      expect(refusal(() => trustHeader({ ...trust, anchors }, header, commitOf(header), NOW), 'UNTRUSTED_HEADER').message).toBe(
        `Block 9 (${header.hash}) is not accepted: the trust has no anchor for it.`,
      )
    const ahead = headerAt(9, NOW + MAX_CLOCK_DRIFT + 1)
    expect(refusal(() => trustHeader(trust, ahead, commitOf(ahead), NOW), 'UNTRUSTED_HEADER').message).toContain(
      `it is dated ${MAX_CLOCK_DRIFT + 1} s ahead`,
    )
  })
})
