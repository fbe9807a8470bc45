import { CHECK_IDS, type CometCommit, type ErrorCode, type LightBlock, signCommit, utf8 } from '@opengradient/protocol'
import { type BlockPlan, commitTo, inOrder, lightBlock, type Signer, signer } from '../../../../protocol/src/testkit/comet.testkit.ts'
import { CHAIN_ID, GENESIS, HOUR, OTHER_CHAIN_ID } from '../cast.ts'
import { anchorOf, commitIn, genesisValidators, lightAt, onCometbft, PERIOD, strangers, voteIn } from '../cometbft.ts'
import { both, type Edits, type Scene } from '../scene.ts'
import type { Story } from '../story.ts'
import { old } from '../valid.ts'
import { thirds } from '../validCometbft.ts'
import { all, flip, highS, judge, sha, text, untrusted } from './lies.ts'

const [one, two, three] = genesisValidators as [Signer, Signer, Signer, Signer]

/** A validator whose key is on no curve. */
const noPoint: Signer = {
  validator: { type: 'secp256k1', key: `0x02${'ff'.repeat(32)}`, power: '1000' },
  sign: one.sign,
}

/** A lie of one light block, or of the plan after which its validators sign it. */
function lie(name: string, says: string, code: ErrorCode, edits: Edits): Story {
  return { name: `cometbft-${name}`, says, edits, fails: untrusted(code) }
}

/** The scene on CometBFT, and then something changed in the finished commit. */
const tampered = (change: (commit: CometCommit, scene: Scene) => void, plan: Partial<BlockPlan> = {}, ...trail: LightBlock[]): Edits =>
  both(
    onCometbft(plan, ...trail),
    judge((scene) => change(commitIn(scene), scene)),
  )

/** The light block of a commit, signed again after a change by the genesis validators, who would have to be dishonest. */
const resigned = (change: (block: LightBlock) => void): Edits =>
  tampered((commit) => {
    change(commit.block)
    const signed = commitTo({ header: commit.block.header, signers: inOrder(genesisValidators) })
    commit.block.commit = signed.commit
  })

const swap = <T>(list: T[]): void => void list.splice(0, 2, list[1]!, list[0]!)
/** Writes something into the bundle that no bundle can hold. */
const rewritten = (name: string, says: string, change: (commit: CometCommit) => void): Story => ({
  name: `cometbft-${name}`,
  says,
  edits: onCometbft(),
  bytes: (encoded) => {
    const json = JSON.parse(text(encoded))
    change(json.chain.commit)
    return utf8(JSON.stringify(json))
  },
  fails: all('BUNDLE_MALFORMED', ...CHECK_IDS),
})

/** Lies about blocks that CometBFT committed. */
export const cometbft: readonly Story[] = [
  lie(
    'own-network',
    'The attacker runs validators of its own.',
    'VALIDATORS_UNTRUSTED',
    both(
      onCometbft({ signers: strangers }),
      judge((s) => {
        s.trust.anchors[1] = anchorOf(genesisValidators)
      }),
    ),
  ),
  lie(
    'names-the-trusted-validators',
    'The attacker’s header names the trusted validators, and only strangers signed.',
    'COMMIT_FOREIGN',
    tampered(({ block }) => {
      block.commit = commitTo({
        header: block.header,
        signers: [...strangers, ...strangers.map(({ validator }) => signer(validator.key, 1))],
      }).commit
    }),
  ),
  lie(
    'signature-forged',
    'The attacker signed in the place of a validator.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => {
      const message = utf8('anything')
      voteIn(block, 0).signature = strangers[0]!.sign(message)
    }),
  ),
  lie(
    'signature-bit',
    'One bit of a secp256k1 signature is another.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => void Object.assign(voteIn(block, 1), { signature: flip(voteIn(block, 1).signature, 5) })),
  ),
  lie(
    'signature-high-s',
    'The other form of a secp256k1 signature, which CometBFT refuses.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => {
      const entry = voteIn(block, 1)
      entry.signature = highS(`${entry.signature}1b`).slice(0, -2) as typeof entry.signature
    }),
  ),
  lie(
    'signature-of-another-time',
    'The timestamp beside a signature is a nanosecond off.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => void Object.assign(voteIn(block, 0), { timestamp: `${BigInt(voteIn(block, 0).timestamp) + 1n}` })),
  ),
  lie(
    'signatures-of-another-round',
    'The signatures are of a round in which the block was not committed.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => void Object.assign(block.commit, { round: 1 })),
  ),
  lie(
    'signatures-of-other-parts',
    'The signatures are for other parts of the block.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => void Object.assign(block.commit.blockId.parts, { hash: sha(40) })),
  ),
  lie(
    'vote-for-nothing-counted',
    'A vote for no block is shown as one for the block.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => void Object.assign(voteIn(block, 1), { flag: 'commit' }), {
      signers: thirds,
      flags: ['commit', 'nil', 'absent'],
    }),
  ),
  lie(
    'two-thirds-exactly',
    'Two thirds of the stake signed, not more.',
    'COMMIT_POWER_TOO_LOW',
    onCometbft({ signers: thirds, flags: ['commit', 'absent', 'commit'] }),
  ),
  lie(
    'votes-for-nothing',
    'All signed, but a third voted for no block.',
    'COMMIT_POWER_TOO_LOW',
    onCometbft({ signers: thirds, flags: ['commit', 'nil', 'commit'] }),
  ),
  lie(
    'nobody-signed',
    'All validators were absent.',
    'COMMIT_POWER_TOO_LOW',
    onCometbft({ flags: ['absent', 'absent', 'absent', 'absent'] }),
  ),
  lie(
    'signature-in-two-places',
    'The same signature stands in the place of another validator too.',
    'COMMIT_FOREIGN',
    tampered(({ block }) => void block.commit.signatures.splice(1, 1, block.commit.signatures[0]!), { signers: thirds }),
  ),
  lie(
    'signature-under-another-name',
    'The same signature again, under the address of the validator in whose place it stands.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(({ block }) => {
      const { address } = voteIn(block, 1)
      block.commit.signatures[1] = { ...voteIn(block, 0), address }
    }),
  ),
  lie(
    'signatures-swapped',
    'Two signatures have changed places.',
    'COMMIT_FOREIGN',
    tampered(({ block }) => swap(block.commit.signatures)),
  ),
  lie(
    'signature-too-many',
    'The commit has a place more than there are validators.',
    'COMMIT_FOREIGN',
    tampered(({ block }) => void block.commit.signatures.push({ flag: 'absent' })),
  ),
  lie(
    'commit-of-another-height',
    'The commit says another height than the header.',
    'COMMIT_FOREIGN',
    tampered(({ block }) => void Object.assign(block.commit, { height: block.commit.height + 1 })),
  ),
  lie(
    'commit-of-another-header',
    'The commit is real, the header is another that holds the attacker’s block.',
    'COMMIT_FOREIGN',
    both(
      onCometbft({ appHash: sha(41) }),
      judge((s) => void Object.assign(commitIn(s).block.header, { appHash: s.block.hash })),
    ),
  ),
  lie(
    'header-of-another-block',
    'The light block holds the hash of another block.',
    'HEADER_APP_HASH_MISMATCH',
    onCometbft({ appHash: sha(42) }),
  ),
  lie(
    'header-of-another-height',
    'The light block is of another height than the one after the block.',
    'HEADER_APP_HASH_MISMATCH',
    both(onCometbft(), {
      judge: (s) => {
        commitIn(s).block = lightAt(s.block.number + 2, s.block.time + 1 - GENESIS, { appHash: s.block.hash })
      },
    }),
  ),
  lie('other-chain', 'The same validators signed it for another network.', 'WRONG_CHAIN', onCometbft({ chainId: `og-${OTHER_CHAIN_ID}` })),
  lie(
    'validators-swapped',
    'Two validators have changed places.',
    'VALIDATORS_MISMATCH',
    tampered(({ block }) => swap(block.validators)),
  ),
  lie(
    'power-invented',
    'A validator has more power than the header says.',
    'VALIDATORS_MISMATCH',
    tampered(({ block }) => void Object.assign(block.validators[0]!, { power: '41' })),
  ),
  lie(
    'key-twice',
    'One key is in the set twice, so that its signature counts double.',
    'VALIDATORS_INVALID',
    onCometbft({ signers: [one, signer('validator one', 39), three] }),
  ),
  lie('no-power', 'A validator has no power.', 'VALIDATORS_INVALID', onCometbft({ signers: [one, signer('nobody', 0)] })),
  lie(
    'power-overflow',
    'The powers add up to more than 64 bits hold.',
    'VALIDATORS_INVALID',
    onCometbft({ signers: [signer('validator one', 2n ** 63n - 1n), signer('validator three', 2n ** 63n - 1n)] }),
  ),
  lie(
    'power-above-the-limit',
    'One unit of power more than CometBFT allows.',
    'VALIDATORS_INVALID',
    onCometbft({ signers: [signer('validator one', 2n ** 60n - 1n), signer('validator three', 1)] }),
  ),
  lie(
    'trust-expired',
    'The trusting period is over to the second.',
    'TRUST_EXPIRED',
    tampered((_, s) => void Object.assign(s, { now: GENESIS + PERIOD })),
  ),
  lie(
    'from-the-future',
    'The light block is dated ten minutes ahead of the caller’s clock.',
    'HEADER_FROM_FUTURE',
    tampered((_, s) => void Object.assign(s, { now: s.block.time + 1 - 600 })),
  ),
  lie(
    'below-the-anchor',
    'The light block is older than the anchor by its height.',
    'UNTRUSTED_HEADER',
    tampered((_, s) => void Object.assign(s.trust.anchors[1]!, { height: s.block.number + 2 })),
  ),
  lie(
    'before-the-anchor',
    'The light block is older than the anchor by its time.',
    'UNTRUSTED_HEADER',
    tampered((_, s) => void Object.assign(s.trust.anchors[1]!, { time: s.block.time + 2 })),
  ),
  lie(
    'pin-of-another-block',
    'The trust pins another block at this height, and names no validators.',
    'VALIDATORS_UNTRUSTED',
    tampered((_, s) => {
      s.trust.anchors = [{ height: s.block.number, blockHash: sha(43) }]
    }),
  ),
  lie(
    'jump-too-far',
    'None of the trusted validators is left, and nobody in between vouches for the new ones.',
    'COMMIT_TRUSTED_POWER_TOO_LOW',
    onCometbft({ signers: strangers }, lightAt(2, 60)),
  ),
  lie(
    'jump-on-a-third-exactly',
    'A third of the stake trusted before signed, not more.',
    'COMMIT_TRUSTED_POWER_TOO_LOW',
    both(onCometbft({ signers: [...strangers, thirds[0]!] }, lightAt(2, 60, { signers: thirds })), {
      judge: (s) => {
        s.trust.anchors = [anchorOf(thirds)]
      },
    }),
  ),
  lie(
    'jump-on-a-vote-for-nothing',
    'Of the trusted validators more than a third are there, but one voted for no block.',
    'COMMIT_TRUSTED_POWER_TOO_LOW',
    onCometbft({ signers: [...strangers, one], flags: ['commit', 'commit', 'nil'] }, lightAt(2, 60)),
  ),
  lie(
    'jump-with-a-validator-twice',
    'A trusted validator of little stake is counted twice.',
    'COMMIT_SIGNED_TWICE',
    tampered(
      ({ block }) => void block.commit.signatures.splice(3, 1, block.commit.signatures[2]!),
      { signers: [...strangers, three, signer('stranger three', 5)] },
      lightAt(2, 60),
    ),
  ),
  lie(
    'jump-on-a-forged-signature',
    'The signature of the trusted validator is forged.',
    'COMMIT_SIGNATURE_INVALID',
    tampered(
      ({ block }) => void Object.assign(voteIn(block, 2), { signature: voteIn(block, 0).signature }),
      { signers: [...strangers, one] },
      lightAt(2, 60),
    ),
  ),
  lie(
    'jump-signed-by-too-few-of-its-own',
    'More than a third of the trusted validators signed, but of the new ones, who hold most, not two thirds.',
    'COMMIT_POWER_TOO_LOW',
    onCometbft({ signers: [...strangers, one, two], flags: ['commit', 'absent', 'commit', 'commit'] }, lightAt(2, 60)),
  ),
  lie(
    'next-height-by-others',
    'The height after the trusted one is of other validators than it named.',
    'VALIDATORS_MISMATCH',
    onCometbft({ signers: strangers }, lightAt(2, 60), lightAt(3, 61, { signers: strangers })),
  ),
  lie(
    'next-height-by-the-old',
    'The height after the trusted one is of the old validators, though it named new ones.',
    'VALIDATORS_MISMATCH',
    onCometbft({}, lightAt(2, 60, { next: strangers }), lightAt(3, 61)),
  ),
  lie(
    'trail-out-of-order',
    'The light blocks in between are not in the order of their heights.',
    'TRAIL_OUT_OF_ORDER',
    onCometbft({}, lightAt(3, 60), lightAt(2, 61)),
  ),
  lie(
    'trail-back-in-time',
    'A later height is dated before an earlier one.',
    'TRAIL_OUT_OF_ORDER',
    onCometbft({}, lightAt(1, HOUR), lightAt(2, HOUR)),
  ),
  lie(
    'trail-begins-with-strangers',
    'The trusted validators are in the trail, but not at its beginning.',
    'VALIDATORS_UNTRUSTED',
    onCometbft({}, lightAt(1, 60, { signers: strangers, next: genesisValidators }), lightAt(2, 61)),
  ),
  lie(
    'trail-forged',
    'The first light block of the trail is signed by nobody.',
    'COMMIT_POWER_TOO_LOW',
    onCometbft({}, lightAt(2, 60, { flags: ['absent', 'absent', 'absent', 'absent'] })),
  ),
  lie(
    'header-altered-and-signed',
    'Signed again after the validators’ hash was changed: the set shown is not the one named.',
    'VALIDATORS_MISMATCH',
    resigned(({ header }) => void Object.assign(header, { validatorsHash: anchorOf(strangers).validatorsHash })),
  ),
  lie(
    'one-signature-like-embedded',
    'One signature over the block, as on an embedded chain, by a key that no set names.',
    'UNTRUSTED_HEADER',
    both(onCometbft(), {
      judge: ({ bundle, block, validator }) => {
        bundle.chain!.commit = signCommit(CHAIN_ID, { height: block.number, blockHash: block.hash }, validator.key)
      },
    }),
  ),
  lie(
    'history-of-an-untrusted-block',
    'The newer block, by whose History the old one is proven, is committed by strangers.',
    'VALIDATORS_UNTRUSTED',
    both(old(5), {
      ...onCometbft({ signers: strangers }),
      judge: (s) => {
        s.trust.anchors = [anchorOf(genesisValidators)]
        s.now = s.laterTimes.at(-1)! + 40
      },
    }),
  ),
  rewritten('trail-too-long', 'A trail of 33 light blocks.', (commit) => {
    commit.trail = Array.from({ length: 33 }, (_, i) =>
      lightBlock({ chainId: `og-${CHAIN_ID}`, height: i + 1, time: BigInt(GENESIS + i), signers: [one] }),
    )
  }),
  rewritten('set-too-large', 'A set of 257 validators.', ({ block }) => {
    block.validators = Array.from({ length: 257 }, (_, i) => ({ ...one.validator, power: `${i + 1}` }))
  }),
  rewritten('trailing-byte', 'A signature with a byte behind it.', ({ block }) => {
    Object.assign(voteIn(block, 0), { signature: `${voteIn(block, 0).signature}00` })
  }),
  rewritten('time-beyond-64-bits', 'A time that 64 bits do not hold.', ({ block }) => {
    block.header.time = `${2n ** 63n}`
  }),
  rewritten('power-negative', 'A validator with negative power.', ({ block }) => {
    block.validators[0]!.power = '-1'
  }),
  rewritten('absent-with-a-signature', 'Somebody absent who signed.', ({ block }) => {
    Object.assign(voteIn(block, 0), { flag: 'absent' })
  }),
  lie(
    'trail-then-power-invented',
    'Behind a trail, the validators that did not sign are shown with next to no power.',
    'VALIDATORS_MISMATCH',
    tampered(
      ({ block }) => {
        for (const stranger of block.validators.slice(0, 2)) stranger.power = '1'
      },
      { signers: [...strangers, one], flags: ['absent', 'absent', 'commit'] },
      lightAt(2, 60),
    ),
  ),
  lie(
    'trail-stays-at-one-height',
    'The validators signed two blocks of one height: the later one does not follow from the earlier.',
    'TRAIL_OUT_OF_ORDER',
    onCometbft({}, lightAt(4, 60)),
  ),
  lie(
    'key-not-a-point',
    'A key is not a point of its curve, so that nothing is signed by it.',
    'COMMIT_SIGNATURE_INVALID',
    onCometbft({ signers: [noPoint, one] }),
  ),
]
