import { encodeAbiParameters, hashTypedData, keccak256 } from 'viem'
import { describe, expect, it } from 'vitest'
import { devAccount } from '../crypto/devAccount.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { CHAIN_ID, hashOf } from '../testkit/samples.testkit.ts'
import { blockDigest, type Commit, commitSchema, signCommit, validatorsHashOf, verifyCommit } from './commit.ts'

const validator = devAccount(CHAIN_ID, 3)
const stranger = devAccount(CHAIN_ID, 0)
const block = { height: 12, blockHash: hashOf('block') }
const commit = signCommit(CHAIN_ID, block, validator.privateKey)

describe('an embedded commit', () => {
  it('signs what a wallet library computes', () => {
    const expected = hashTypedData({
      domain: { name: 'OpenGradient', version: '1', chainId: CHAIN_ID },
      types: {
        Block: [
          { name: 'height', type: 'uint64' },
          { name: 'blockHash', type: 'bytes32' },
        ],
      },
      primaryType: 'Block',
      message: { height: 12n, blockHash: block.blockHash },
    })
    expect(blockDigest(CHAIN_ID, block)).toBe(expected)
  })

  it('is verified, and fits its schema', () => {
    expect(() => verifyCommit(CHAIN_ID, block, commit)).not.toThrow()
    expect(commitSchema.parse(commit)).toEqual({ kind: 'embedded', signature: commit.signature, validator: validator.address })
  })

  it.each<[string, () => void]>([
    ['of another block', () => verifyCommit(CHAIN_ID, { ...block, blockHash: hashOf('other') }, commit)],
    ['of another height', () => verifyCommit(CHAIN_ID, { ...block, height: 13 }, commit)],
    ['of another chain', () => verifyCommit(CHAIN_ID + 1, block, commit)],
    ['in the name of another validator', () => verifyCommit(CHAIN_ID, block, { ...commit, validator: stranger.address })],
    [
      'by a stranger in the name of the validator',
      () => verifyCommit(CHAIN_ID, block, { ...signCommit(CHAIN_ID, block, stranger.privateKey), validator: validator.address }),
    ],
    ['without a signature', () => verifyCommit(CHAIN_ID, block, { ...commit, signature: '0x' })],
    [
      'with the signature cut',
      () => verifyCommit(CHAIN_ID, block, { ...commit, signature: commit.signature.slice(0, -2) as Commit['signature'] }),
    ],
  ])('%s is refused', (_, verify) => {
    refusal(verify, 'COMMIT_INVALID')
  })

  it('of an unknown kind does not fit the schema', () => {
    expect(commitSchema.safeParse({ ...commit, kind: 'comet' }).success).toBe(false)
    expect(commitSchema.safeParse({ ...commit, extra: 1 }).success).toBe(false)
  })
})

describe('validatorsHashOf', () => {
  it('is keccak256(abi.encode(address[]))', () => {
    for (const validators of [[], [validator.address], [validator.address, stranger.address]]) {
      expect(validatorsHashOf(validators)).toBe(keccak256(encodeAbiParameters([{ type: 'address[]' }], [validators])))
    }
  })

  it('refuses what is no address', () => {
    refusal(() => validatorsHashOf([hashOf('x')]), 'HEX_MALFORMED')
  })
})
