import { describe, expect, it } from 'vitest'
import { ZERO_ADDRESS } from '../../bytes/hex.ts'
import type { ErrorCode } from '../../error/codes.ts'
import type { Anchor, Trust } from '../../network/network.ts'
import { type BlockPlan, inOrder, lightBlock, type Signer, signer } from '../../testkit/comet.testkit.ts'
import { refusal } from '../../testkit/expect.testkit.ts'
import { hashOf } from '../../testkit/samples.testkit.ts'
import type { Header } from '../header.ts'
import { trustHeader } from '../trust.ts'
import { cometValidatorsHash } from './encode.ts'
import { type CometCommit, cometCommitSchema, type LightBlock, MAX_TRAIL, MAX_VALIDATORS } from './lightBlock.ts'
import { anchorFor, verifyTrail } from './trust.ts'

const GENESIS_TIME = 1_790_000_000
const PERIOD = 1_000_000
const SECOND = 1_000_000_000n
const NOW = GENESIS_TIME + 5_000
const genesis = ['a', 'b', 'c'].map((name) => signer(name, 10))
/** Each set shares only its first member, one third of its power, with the one before. */
const later = [signer('c', 10), signer('d', 10), signer('e', 10)]
const setHash = (signers: readonly Signer[]) => cometValidatorsHash(inOrder(signers).map(({ validator }) => validator))

const anchor: Anchor = { height: 1, validatorsHash: setHash(genesis), time: GENESIS_TIME, trustingPeriod: PERIOD }
const trust: Trust = { chainId: 77, genesisHash: hashOf('genesis'), anchors: [{ height: 0, blockHash: hashOf('genesis') }, anchor] }

const at = (height: number, change: Partial<BlockPlan> = {}): LightBlock =>
  lightBlock({ chainId: 'og-77', height, time: BigInt(GENESIS_TIME + height) * SECOND, signers: genesis, ...change })

const header: Header = {
  hash: hashOf('block 20'),
  parentHash: hashOf('parent'),
  coinbase: ZERO_ADDRESS,
  stateRoot: hashOf('state'),
  transactionsRoot: hashOf('t'),
  receiptsRoot: hashOf('r'),
  number: 20,
  gasLimit: 1n,
  gasUsed: 0n,
  timestamp: GENESIS_TIME + 20,
}
const commitOf = (change: Partial<BlockPlan> = {}, ...trail: LightBlock[]): CometCommit => ({
  kind: 'cometbft',
  block: at(21, { appHash: header.hash, ...change }),
  trail,
})
const judge = (commit: CometCommit, by: Trust = trust, now = NOW): Anchor => trustHeader(by, header, commit, now)
const anchored = (change: Partial<typeof anchor>): Trust => ({ ...trust, anchors: [{ ...anchor, ...change }] })

describe('a block of a CometBFT network is accepted', () => {
  it('if the validators of the anchor signed the next header, which holds its hash', () => {
    expect(judge(commitOf())).toBe(anchor)
  })

  it('along a trail: adjacent heights need no common validator, jumps do', () => {
    expect(judge(commitOf({ signers: later }, at(9, { next: later }), at(10, { signers: later })))).toBe(anchor)
    const half = [...genesis.slice(0, 2), signer('e', 10)]
    expect(judge(commitOf({ signers: [signer('b', 10), signer('e', 10), signer('f', 10)] }, at(9), at(15, { signers: half })))).toBe(anchor)
  })

  it('if it is the pinned block, whatever the commit says', () => {
    const pinned: Anchor = { height: 20, blockHash: header.hash }
    expect(judge(commitOf({ appHash: hashOf('other') }), { ...trust, anchors: [pinned] }, NOW + 100 * PERIOD)).toBe(pinned)
  })

  it('by whichever anchor of its validators still holds', () => {
    const anchors = [{ ...anchor, trustingPeriod: 1 }, { ...anchor, height: 1_000 }, anchor]
    expect(judge(commitOf(), { ...trust, anchors })).toBe(anchor)
  })

  it('at the height and time of the anchor, and until the last second of its period', () => {
    expect(judge(commitOf(), anchored({ height: 21, time: GENESIS_TIME + 21 }))).toMatchObject({ height: 21 })
    expect(judge(commitOf(), trust, GENESIS_TIME + PERIOD - 1)).toBe(anchor)
  })
})

describe('a block of a CometBFT network is refused', () => {
  const forgedTrail = structuredClone(at(9))
  Object.assign(forgedTrail.commit, { round: 1 })

  it.each<[string, ErrorCode, CometCommit, Trust?, number?]>([
    ['with the light block of another block', 'HEADER_APP_HASH_MISMATCH', commitOf({ appHash: hashOf('other') })],
    ['with the light block of another height', 'HEADER_APP_HASH_MISMATCH', commitOf({ height: 22 })],
    ['of other validators than the anchor names', 'VALIDATORS_UNTRUSTED', commitOf({ signers: later })],
    ['by a trust that pins another block only', 'VALIDATORS_UNTRUSTED', commitOf(), { ...trust, anchors: trust.anchors.slice(0, 1) }],
    ['by a trust without anchors', 'VALIDATORS_UNTRUSTED', commitOf(), { ...trust, anchors: [] }],
    ['after the trusting period', 'TRUST_EXPIRED', commitOf(), trust, GENESIS_TIME + PERIOD],
    ['below the anchor', 'UNTRUSTED_HEADER', commitOf(), anchored({ height: 22 })],
    ['from before the anchor', 'UNTRUSTED_HEADER', commitOf(), anchored({ time: GENESIS_TIME + 22 })],
    ['of another chain', 'WRONG_CHAIN', commitOf(), { ...trust, chainId: 78 }],
    ['ten minutes ahead', 'HEADER_FROM_FUTURE', commitOf(), trust, GENESIS_TIME + 21 - 600],
    ['signed by two thirds exactly', 'COMMIT_POWER_TOO_LOW', commitOf({ flags: ['commit', 'absent', 'commit'] })],
    ['after a jump too far', 'COMMIT_TRUSTED_POWER_TOO_LOW', commitOf({ signers: later }, at(9))],
    ['with a trail out of order', 'TRAIL_OUT_OF_ORDER', commitOf({}, at(10), at(9))],
    ['with a trail that ends after it', 'TRAIL_OUT_OF_ORDER', commitOf({}, at(22))],
    ['with the anchor’s validators in the middle of the trail', 'VALIDATORS_UNTRUSTED', commitOf({}, at(9, { signers: later }), at(10))],
    ['with a forged beginning', 'COMMIT_SIGNATURE_INVALID', commitOf({}, forgedTrail)],
    ['with a forged middle', 'COMMIT_SIGNATURE_INVALID', commitOf({}, at(8), forgedTrail)],
  ])('%s', (_, code, commit, by, now) => {
    refusal(() => judge(commit, by, now), code)
  })

  it('when its trust has expired by a nanosecond', () => {
    const end = BigInt(GENESIS_TIME + PERIOD) * SECOND
    expect(anchorFor(trust.anchors, at(9), end - 1n)).toBe(anchor)
    refusal(() => anchorFor(trust.anchors, at(9), end), 'TRUST_EXPIRED')
  })

  it('a nanosecond older than the anchor, in its first light block', () => {
    const [start, early] = [BigInt(GENESIS_TIME) * SECOND, BigInt(GENESIS_TIME) * SECOND - 1n]
    expect(anchorFor(trust.anchors, at(9, { time: start }), start)).toBe(anchor)
    refusal(() => anchorFor(trust.anchors, at(9, { time: early }), start), 'UNTRUSTED_HEADER')
  })

  it('without a light block at all', () => {
    refusal(() => verifyTrail(trust, [], BigInt(NOW) * SECOND), 'VALIDATORS_UNTRUSTED')
  })
})

describe('the JSON of a commit', () => {
  const change = (path: (string | number)[], value: unknown): unknown => {
    const json: unknown = JSON.parse(JSON.stringify(commitOf({}, at(9))))
    let place = json as Record<string | number, unknown>
    for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>
    place[path.at(-1)!] = value
    return json
  }
  const anyHash = hashOf('x')

  it('is the commit itself', () => {
    const commit = commitOf({ flags: ['commit', 'nil', 'absent'] }, at(1))
    expect(cometCommitSchema.parse(JSON.parse(JSON.stringify(commit)))).toEqual(commit)
  })

  it.each<[string, (string | number)[], unknown]>([
    ['an unknown key', ['extra'], 1],
    ['a trail too long', ['trail'], new Array(MAX_TRAIL + 1).fill(at(9))],
    ['no validators', ['block', 'validators'], []],
    ['too many validators', ['block', 'validators'], new Array(MAX_VALIDATORS + 1).fill(genesis[0]!.validator)],
    ['no signatures', ['block', 'commit', 'signatures'], []],
    ['too many signatures', ['block', 'commit', 'signatures'], new Array(MAX_VALIDATORS + 1).fill({ flag: 'absent' })],
    ['a priority', ['block', 'validators', 0, 'priority'], '1'],
    ['another protocol of blocks', ['block', 'header', 'version', 'block'], 12],
    ['height zero', ['block', 'header', 'height'], 0],
    ['a height as text', ['block', 'header', 'height'], '21'],
    ['a fraction of a height', ['block', 'header', 'height'], 1.5],
    ['a height beyond 2^53', ['block', 'header', 'height'], 2 ** 53],
    ['a chain id that is too long', ['block', 'header', 'chainId'], 'x'.repeat(51)],
    ['a time as number', ['block', 'header', 'time'], 5],
    ['a time before 1970', ['block', 'header', 'time'], '-1'],
    ['a time beyond 64 bits', ['block', 'header', 'time'], `${2n ** 63n}`],
    ['a timestamp beyond 64 bits', ['block', 'commit', 'signatures', 0, 'timestamp'], `${2n ** 63n}`],
    ['a time with a leading zero', ['block', 'header', 'time'], '01'],
    ['no validators hash', ['block', 'header', 'validatorsHash'], '0x'],
    ['a hash and a byte', ['block', 'header', 'dataHash'], `${anyHash}00`],
    ['an app hash of 65 bytes', ['block', 'header', 'appHash'], `0x${'00'.repeat(65)}`],
    ['a hash in upper case', ['block', 'header', 'dataHash'], anyHash.toUpperCase().replace('0X', '0x')],
    ['a proposer of 21 bytes', ['block', 'header', 'proposerAddress'], `0x${'00'.repeat(21)}`],
    ['a negative round', ['block', 'commit', 'round'], -1],
    ['a round beyond int32', ['block', 'commit', 'round'], 2 ** 31],
    ['a block id without parts', ['block', 'commit', 'blockId', 'parts', 'total'], 0],
    ['a block id of nothing', ['block', 'commit', 'blockId', 'hash'], '0x'],
    ['a signature and a byte', ['block', 'commit', 'signatures', 0, 'signature'], `0x${'00'.repeat(65)}`],
    ['a signature cut', ['block', 'commit', 'signatures', 0, 'signature'], `0x${'00'.repeat(63)}`],
    ['an address of 19 bytes', ['block', 'commit', 'signatures', 0, 'address'], `0x${'00'.repeat(19)}`],
    ['an unknown flag', ['block', 'commit', 'signatures', 0, 'flag'], 'unknown'],
    ['a signature of someone absent', ['block', 'commit', 'signatures', 0, 'flag'], 'absent'],
    ['a power below zero', ['block', 'validators', 0, 'power'], '-1'],
    ['a power of 2^63', ['block', 'validators', 0, 'power'], `${2n ** 63n}`],
    ['a power as number', ['block', 'validators', 0, 'power'], 10],
    ['an Ed25519 key of 33 bytes', ['block', 'validators', 0, 'key'], `0x${'02'.repeat(33)}`],
    ['a secp256k1 key of 32 bytes', ['block', 'validators', 0, 'type'], 'secp256k1'],
    ['a key of another kind', ['block', 'validators', 0, 'type'], 'bls12381'],
  ])('does not hold %s', (_, path, value) => {
    expect(cometCommitSchema.safeParse(change(path, value)).success).toBe(false)
  })
})
