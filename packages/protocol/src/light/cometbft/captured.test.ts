import { describe, expect, it } from 'vitest'
import { refusal } from '../../testkit/expect.testkit.ts'
import { captured, capturedBlock } from './captured.testkit.ts'
import { cometHeaderHash, cometValidatorsHash, voteSignBytes } from './encode.ts'
import type { LightBlock } from './lightBlock.ts'
import { cometAddress, isSignedBy } from './signature.ts'
import { verifyTrail } from './trust.ts'
import { checkForm, checkNext, checkSigned } from './verify.ts'

const CHAIN_ID = 7_310_579_611
const heights = (['one-validator', 'four-validators'] as const).flatMap((network) =>
  [...captured(network).keys()].map((height) => [network, height] as const),
)
const upper = (hex: string): string => hex.slice(2).toUpperCase()
const block = (height: number): LightBlock => capturedBlock('four-validators', height)
const secondsOf = ({ header }: LightBlock): number => Number(BigInt(header.time) / 1_000_000_000n)
const rules = { chainId: CHAIN_ID, now: BigInt(block(21).header.time) + 1n }

describe.each(heights)('%s at height %i, as a real CometBFT has it', (network, height) => {
  const answer = captured(network).get(height)!
  const { header, commit, validators } = capturedBlock(network, height)

  it('has the header hash, the validators hash and the addresses that CometBFT computed', () => {
    expect(upper(cometHeaderHash(header))).toBe(answer.commit.signed_header.commit.block_id.hash)
    expect(upper(cometValidatorsHash(validators))).toBe(answer.commit.signed_header.header.validators_hash)
    expect(validators.map((validator) => upper(cometAddress(validator)))).toEqual(
      answer.validators.validators.map(({ address }) => address),
    )
  })

  it('is signed over the bytes that we compute, by everyone who signed and for this chain alone', () => {
    for (const [i, entry] of commit.signatures.entries()) {
      if (entry.flag === 'absent') continue
      const by = (chainId: string, time = entry.timestamp) =>
        isSignedBy(validators[i]!, voteSignBytes(chainId, commit, time), entry.signature)
      expect(by('og-7310579611')).toBe(true)
      expect(by('og-7310579612')).toBe(false)
      expect(by('og-7310579611', `${BigInt(entry.timestamp) + 1n}`)).toBe(false)
    }
  })

  it('is of the right form and signed', () => {
    checkForm({ header, commit, validators }, rules)
    checkSigned({ header, commit, validators })
  })
})

describe('the network of four', () => {
  it('signs with both kinds of keys, leaves some out, and needs a second round at height 13', () => {
    expect(new Set(block(1).validators.map(({ type }) => type))).toEqual(new Set(['ed25519', 'secp256k1']))
    expect(block(6).commit.signatures.map(({ flag }) => flag)).toContain('absent')
    expect(block(13).commit.round).toBe(1)
  })

  it.each([
    [1, 2],
    [1, 13],
    [11, 12],
    [12, 13],
    [13, 18],
    [18, 21],
  ])('leads from height %i to height %i', (from, to) => {
    checkNext(block(from), block(to), rules)
  })

  it('leads from its genesis validators to the newest height with a block in between, and not without', () => {
    const anchor = {
      height: 1,
      validatorsHash: block(1).header.validatorsHash,
      time: secondsOf(block(1)),
      trustingPeriod: 86_400,
    }
    const trust = { chainId: CHAIN_ID, genesisHash: anchor.validatorsHash, anchors: [anchor] }
    expect(verifyTrail(trust, [block(1), block(13), block(21)], rules.now)).toBe(anchor)
    refusal(() => verifyTrail(trust, [block(1), block(21)], rules.now), 'COMMIT_TRUSTED_POWER_TOO_LOW')
    refusal(() => verifyTrail(trust, [block(13), block(21)], rules.now), 'VALIDATORS_UNTRUSTED')
  })

  it('is not the network of one, which has the same chain id', () => {
    refusal(() => checkNext(capturedBlock('one-validator', 1), block(2), rules), 'VALIDATORS_MISMATCH')
  })
})
