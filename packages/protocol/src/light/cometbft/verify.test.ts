import { describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../error/codes.ts'
import { type BlockPlan, commitTo, inOrder, lightBlock, type Signer, signer } from '../../testkit/comet.testkit.ts'
import { refusal } from '../../testkit/expect.testkit.ts'
import { hashOf } from '../../testkit/samples.testkit.ts'
import { MAX_CLOCK_DRIFT } from '../drift.ts'
import type { LightBlock } from './lightBlock.ts'
import { cometAddress } from './signature.ts'
import { checkForm, checkNext, checkSigned } from './verify.ts'

const SECOND = 1_000_000_000n
const START = 1_790_000_000n * SECOND
const rules = { chainId: 77, now: START + 1_000n * SECOND }
const [a, b, c, d] = [signer('a', 40), signer('b', 30, 'secp256k1'), signer('c', 20), signer('d', 10)]
const four = [a, b, c, d]

const at = (height: number, change: Partial<BlockPlan> = {}): LightBlock =>
  lightBlock({ chainId: 'og-77', height, time: START + BigInt(height) * SECOND, signers: four, ...change })

/** A copy that somebody tampered with. */
function altered(block: LightBlock, change: (block: LightBlock) => void): LightBlock {
  const copy = structuredClone(block)
  change(copy)
  return copy
}

/** The vote at a place of the commit. */
function vote({ commit }: LightBlock, index: number) {
  const entry = commit.signatures[index]!
  return entry.flag === 'absent' ? expect.fail('absent') : entry
}

const swap = <T>(list: T[]): void => void list.splice(0, 2, list[1]!, list[0]!)
const equal = (count: number, prefix = 'equal'): Signer[] => inOrder(Array.from({ length: count }, (_, i) => signer(`${prefix} ${i}`, 5)))

describe('the form of a light block', () => {
  it.each<[string, ErrorCode, LightBlock]>([
    ['of another chain', 'WRONG_CHAIN', at(5, { chainId: 'og-78' })],
    ['of a chain that merely begins with our name', 'WRONG_CHAIN', at(5, { chainId: 'og-771' })],
    ['dated ten minutes ahead', 'HEADER_FROM_FUTURE', at(5, { time: rules.now + BigInt(MAX_CLOCK_DRIFT) * SECOND })],
    ['with its validators swapped', 'VALIDATORS_MISMATCH', altered(at(5), ({ validators }) => swap(validators))],
    ['with a validator more', 'VALIDATORS_MISMATCH', altered(at(5), ({ validators }) => void validators.push(signer('e', 1).validator))],
    ['with a validator fewer', 'VALIDATORS_MISMATCH', altered(at(5), ({ validators }) => void validators.pop())],
    ['with other power', 'VALIDATORS_MISMATCH', altered(at(5), ({ validators }) => void Object.assign(validators[3]!, { power: '11' }))],
    ['with the same key twice', 'VALIDATORS_INVALID', at(5, { signers: [a, signer('a', 20), b] })],
    ['with a validator without power', 'VALIDATORS_INVALID', at(5, { signers: [a, signer('e', 0)] })],
    [
      'with a power that adds up beyond int64',
      'VALIDATORS_INVALID',
      at(5, { signers: [signer('a', 2n ** 63n - 1n), signer('b', 2n ** 63n - 1n)] }),
    ],
    ['with one more power than CometBFT allows', 'VALIDATORS_INVALID', at(5, { signers: [signer('a', 2n ** 60n - 1n), signer('b', 1n)] })],
    ['with the commit of another height', 'COMMIT_FOREIGN', altered(at(5), ({ commit }) => void Object.assign(commit, { height: 6 }))],
    ['with the commit of another header', 'COMMIT_FOREIGN', { ...at(5), commit: at(5, { appHash: hashOf('other') }).commit }],
    ['with a signature more', 'COMMIT_FOREIGN', altered(at(5), ({ commit }) => void commit.signatures.push({ flag: 'absent' }))],
    ['with a signature fewer', 'COMMIT_FOREIGN', altered(at(5), ({ commit }) => void commit.signatures.pop())],
  ])('%s is refused', (_, code, block) => {
    refusal(() => checkForm(block, rules), code)
  })

  it('is refused with what is wrong with its validators', () => {
    for (const [signers, problem] of [
      [[a, signer('a', 20), b], 'holds a key twice'],
      [[a, signer('e', 0)], 'holds a validator without power'],
      [[signer('a', 2n ** 60n - 1n), signer('b', 1n)], `has power ${2n ** 60n}, more than ${2n ** 60n - 1n}`],
    ] as const)
      expect(refusal(() => checkForm(at(5, { signers: [...signers] }), rules), 'VALIDATORS_INVALID').message).toBe(
        `The validator set of height 5 ${problem}.`,
      )
  })

  it.each<[string, (block: LightBlock['header']) => void]>([
    ['app version', (header) => void Object.assign(header.version, { app: 2 })],
    ['time, by a nanosecond', (header) => void Object.assign(header, { time: `${BigInt(header.time) + 1n}` })],
    ['height', (header) => void Object.assign(header, { height: 6 })],
    ['block before', (header) => void Object.assign(header.lastBlockId, { hash: hashOf('x') })],
    ['parts of the block before', (header) => void Object.assign(header.lastBlockId.parts, { hash: hashOf('x') })],
    ['number of parts before', (header) => void Object.assign(header.lastBlockId.parts, { total: 2 })],
    ...(['lastCommitHash', 'dataHash', 'nextValidatorsHash', 'consensusHash', 'appHash', 'lastResultsHash', 'evidenceHash'] as const).map(
      (field): [string, (header: LightBlock['header']) => void] => [
        field,
        (header) => void Object.assign(header, { [field]: hashOf('x') }),
      ],
    ),
    ['proposer', (header) => void Object.assign(header, { proposerAddress: cometAddress(b.validator) })],
  ])('notices another %s in the header', (_, change) => {
    refusal(
      () =>
        checkForm(
          altered(at(5), ({ header }) => change(header)),
          rules,
        ),
      'COMMIT_FOREIGN',
    )
  })

  it('takes the most power that CometBFT allows, and a clock that is a nanosecond less than ten minutes behind', () => {
    checkForm(at(5, { signers: [signer('a', 2n ** 60n - 2n), signer('b', 1n)] }), rules)
    checkForm(at(5, { time: rules.now + BigInt(MAX_CLOCK_DRIFT) * SECOND - 1n }), rules)
  })
})

describe('more than two thirds of the own power', () => {
  const three = equal(3)

  it.each<[string, ErrorCode, LightBlock]>([
    ['exactly two thirds', 'COMMIT_POWER_TOO_LOW', at(5, { signers: three, flags: ['commit', 'commit', 'absent'] })],
    ['two thirds and votes for nothing', 'COMMIT_POWER_TOO_LOW', at(5, { signers: three, flags: ['commit', 'nil', 'commit'] })],
    ['nobody', 'COMMIT_POWER_TOO_LOW', at(5, { signers: three, flags: ['absent', 'absent', 'absent'] })],
    [
      'two thirds of a power near the limit',
      'COMMIT_POWER_TOO_LOW',
      at(5, { signers: [signer('a', 2n ** 59n), signer('b', 2n ** 58n)], flags: ['commit', 'absent'] }),
    ],
    [
      'the same signature in two places',
      'COMMIT_FOREIGN',
      altered(at(5, { signers: three }), ({ commit }) => void commit.signatures.splice(1, 1, commit.signatures[0]!)),
    ],
    ['its signatures swapped', 'COMMIT_FOREIGN', altered(at(5, { signers: three }), ({ commit }) => swap(commit.signatures))],
    [
      'a signature under the address of another',
      'COMMIT_SIGNATURE_INVALID',
      altered(at(5, { signers: three }), (block) => {
        const address = vote(block, 1).address
        block.commit.signatures[1] = { ...vote(block, 0), address }
      }),
    ],
    [
      'a signature at another time',
      'COMMIT_SIGNATURE_INVALID',
      altered(at(5, { signers: three }), (block) => void Object.assign(vote(block, 0), { timestamp: `${START}` })),
    ],
    [
      'the signatures of another round',
      'COMMIT_SIGNATURE_INVALID',
      altered(at(5), ({ commit }) => void Object.assign(commit, { round: 1 })),
    ],
    [
      'the signatures of other parts',
      'COMMIT_SIGNATURE_INVALID',
      altered(at(5), ({ commit }) => void Object.assign(commit.blockId.parts, { total: 2 })),
    ],
  ])('%s is refused', (_, code, block) => {
    refusal(() => checkSigned(block), code)
  })

  it.each([0, 1])('notices one bit of signature %i', (index) => {
    const forged = altered(at(5), (block) => {
      const entry = vote(block, index)
      entry.signature = `0x${entry.signature.slice(2, -2)}${entry.signature.endsWith('0') ? '01' : '00'}`
    })
    expect(refusal(() => checkSigned(forged), 'COMMIT_SIGNATURE_INVALID').details).toMatchObject({ index })
  })

  it('is enough, and what follows is not looked at', () => {
    checkSigned(at(5, { flags: ['commit', 'commit', 'absent', 'absent'] }))
    checkSigned(at(5, { signers: equal(4), flags: ['commit', 'nil', 'commit', 'commit'] }))
    checkSigned(altered(at(5), (block) => void Object.assign(vote(block, 3), { signature: `0x${'00'.repeat(64)}` })))
  })

  it('of a set of one is that one', () => {
    checkSigned(at(5, { signers: [d] }))
  })
})

describe('what follows a trusted light block', () => {
  const trusted = at(5)
  const strangers = [signer('x', 1_000_000), signer('y', 1_000_000)]

  it.each<[string, ErrorCode, LightBlock, LightBlock]>([
    ['the same block', 'TRAIL_OUT_OF_ORDER', trusted, trusted],
    ['an older block', 'TRAIL_OUT_OF_ORDER', trusted, at(4)],
    ['a higher block of the same time', 'TRAIL_OUT_OF_ORDER', trusted, at(9, { time: START + 5n * SECOND })],
    ['the next height by another set', 'VALIDATORS_MISMATCH', trusted, at(6, { signers: [...four, signer('e', 1)] })],
    ['the next height by the old set where another was named', 'VALIDATORS_MISMATCH', at(5, { next: [a, b, c] }), at(6)],
    ['the next height, signed by too few', 'COMMIT_POWER_TOO_LOW', trusted, at(6, { flags: ['commit', 'absent', 'commit', 'absent'] })],
    ['a jump by strangers', 'COMMIT_TRUSTED_POWER_TOO_LOW', trusted, at(9, { signers: strangers })],
    [
      'a jump on exactly a third',
      'COMMIT_TRUSTED_POWER_TOO_LOW',
      at(5, { signers: equal(3) }),
      at(9, { signers: [equal(3)[0]!, ...strangers] }),
    ],
    [
      'a jump on a third and a vote for nothing',
      'COMMIT_TRUSTED_POWER_TOO_LOW',
      at(5, { signers: equal(3) }),
      at(9, { signers: [...strangers, equal(3)[0]!, equal(3)[1]!], flags: ['commit', 'commit', 'commit', 'nil'] }),
    ],
    [
      'a jump signed by the trusted but not by its own',
      'COMMIT_POWER_TOO_LOW',
      trusted,
      at(9, { signers: [...strangers, ...four], flags: ['absent'] }),
    ],
    [
      'a jump on a forged signature of a trusted one',
      'COMMIT_SIGNATURE_INVALID',
      trusted,
      altered(
        at(9, { signers: [...strangers, a] }),
        (block) => void Object.assign(vote(block, 2), { signature: vote(block, 0).signature }),
      ),
    ],
    [
      'a jump in which a trusted one counts twice',
      'COMMIT_SIGNED_TWICE',
      at(5, { signers: equal(4) }),
      altered(
        at(9, { signers: [...strangers, equal(4)[0]!, d] }),
        ({ commit }) => void commit.signatures.splice(2, 1, commit.signatures[3]!),
      ),
    ],
    ['what is not of the right form', 'VALIDATORS_MISMATCH', trusted, altered(at(9), ({ validators }) => swap(validators))],
  ])('%s is refused', (_, code, before, next) => {
    refusal(() => checkNext(before, next, rules), code)
  })

  it('is the next height, by the set that was named for it, even if all of it is new', () => {
    checkNext(at(5, { next: strangers }), at(6, { signers: strangers }), rules)
  })

  it('is a later height on more than a third of the trusted power, whatever their power is now', () => {
    const weak = inOrder([signer('a', 1), ...strangers])
    checkNext(trusted, at(9, { signers: weak }), rules)
  })

  it('counts no power twice by a key that is listed twice', () => {
    const doubled = [...strangers, signer('equal 0', 5), signer('equal 0', 4)]
    refusal(() => checkNext(at(5, { signers: equal(4) }), at(9, { signers: doubled }), rules), 'VALIDATORS_INVALID')
  })

  it('is signed in the name of this chain, even where all else is the same', () => {
    const { header, validators } = at(9)
    const elsewhere = commitTo({ header: { ...header, chainId: 'og-78' }, signers: inOrder(four) })
    const replayed = { header, validators, commit: { ...elsewhere.commit, blockId: at(9).commit.blockId } }
    refusal(() => checkNext(trusted, replayed, rules), 'COMMIT_SIGNATURE_INVALID')
  })
})
