import { type Hex, keccak256Hex, utf8 } from '@opengradient/protocol'
import { type Signer, signer } from '../../../protocol/src/testkit/comet.testkit.ts'
import { GENESIS, HOUR } from './cast.ts'
import { anchorOf, commitIn, genesisValidators, lightAt, onCometbft, PERIOD, strangers } from './cometbft.ts'
import { both } from './scene.ts'
import type { Story } from './story.ts'
import { old } from './valid.ts'

const [one, two, , four] = genesisValidators as [Signer, Signer, Signer, Signer]
/** Three of equal power. */
export const thirds: readonly Signer[] = [signer('third one', 5), signer('third two', 5), signer('third three', 5)]

/** A key that is a point of small order: with s = 0 whatever it is said to have signed is valid, to ZIP-215 and so to CometBFT. */
const smallOrder: Signer = {
  validator: { type: 'ed25519', key: `0xecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f`, power: '90' },
  sign: (): Hex => `0xc7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a${'00'.repeat(32)}`,
}

/** Honest answers on a network that runs on CometBFT. */
export const validCometbft: readonly Story[] = [
  {
    name: 'cometbft-four-validators',
    says: 'Four validators on CometBFT, with keys of both kinds; one of them was absent.',
    edits: onCometbft({ flags: ['commit', 'commit', 'absent', 'commit'] }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-one-validator',
    says: 'One validator on CometBFT.',
    edits: onCometbft({ signers: [one] }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-just-enough',
    says: 'One unit of stake more than two thirds signed; one voted for no block; in the second round.',
    edits: onCometbft({
      signers: [signer('third one', 7), signer('third two', 5), signer('third three', 5)],
      flags: ['commit', 'commit', 'nil'],
      round: 1,
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-unread-signature',
    says: 'Two thirds are reached before the last signature, which is wrong and which nobody reads: neither does CometBFT.',
    edits: both(onCometbft(), {
      judge: (s) => void Object.assign(commitIn(s).block.commit.signatures[3]!, { signature: `0x${'00'.repeat(64)}` }),
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-next-validators',
    says: 'All validators change from one height to the next, as the header before said.',
    edits: onCometbft({ signers: strangers }, lightAt(2, 60, { next: strangers }), lightAt(3, 61, { signers: strangers })),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-jump-on-just-over-a-third',
    says: 'The set is another one hours later; validators with 40 of the 100 units trusted before signed.',
    edits: onCometbft({ signers: [...strangers, signer('validator one', 1)] }, lightAt(2, HOUR)),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-two-jumps',
    says: 'Of the stake of genesis too little is left: the set in between vouches.',
    edits: both(
      {
        anchor: (s) => {
          s.blockTimes = [60, 120, 180, 240, 24 * HOUR].map((seconds) => GENESIS + seconds).concat(s.anchoredAt)
        },
      },
      onCometbft(
        { signers: [signer('stranger one', 1_000_000), signer('stranger three', 1_000_000)] },
        lightAt(1, 0),
        lightAt(3, HOUR, { signers: [one, two, signer('stranger one', 50)] }),
      ),
    ),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-history',
    says: 'An old block, proven by the History of the newest one, which CometBFT committed.',
    edits: both(old(5), {
      ...onCometbft(),
      judge: (s) => {
        s.trust.anchors = [anchorOf(genesisValidators)]
        s.now = s.laterTimes.at(-1)! + 40
      },
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-history-older-than-the-trust',
    says: 'The old block is from before the anchor; the newest, which proves it, is not.',
    edits: both(old(5), {
      ...onCometbft(),
      judge: (s) => {
        s.trust.anchors = [{ ...anchorOf(genesisValidators), height: s.block.number + 2, time: s.laterTimes[0]! }]
        s.now = s.laterTimes.at(-1)! + 40
      },
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-pinned-block',
    says: 'The trust names the hash of the block itself; who signed it does not matter, nor when.',
    edits: both(onCometbft({ signers: strangers }), {
      judge: (s) => {
        s.trust.anchors = [{ height: s.block.number, blockHash: s.block.hash }]
        s.now = GENESIS + 100 * PERIOD
      },
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-several-anchors',
    says: 'The trust names other validators, these ones expired, these ones later, and these ones.',
    edits: both(onCometbft(), {
      judge: ({ trust: { anchors } }) => {
        const right = anchors[1]!
        anchors.unshift(
          { height: 3, blockHash: keccak256Hex(utf8('some other block')) },
          anchorOf(strangers),
          { ...right, trustingPeriod: HOUR },
          { ...right, height: 1_000 },
        )
      },
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-at-the-anchor',
    says: 'The light block is of the height and the second of the anchor.',
    edits: both(onCometbft(), {
      judge: (s) => void Object.assign(s.trust.anchors[1]!, { height: s.block.number + 1, time: s.block.time + 1 }),
    }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-last-second',
    says: 'The last second of the trusting period.',
    edits: both(onCometbft(), { judge: (s) => void Object.assign(s, { now: GENESIS + PERIOD - 1 }) }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-almost-ten-minutes-ahead',
    says: 'The light block is dated a nanosecond less than ten minutes ahead of the caller’s clock.',
    edits: {
      bundle: (s) => onCometbft({ time: BigInt(s.block.time + 601) * 1_000_000_000n - 1n }).bundle!(s),
      judge: (s) => {
        s.trust.anchors = [anchorOf(genesisValidators)]
        s.now = s.block.time + 1
      },
    },
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-zip-215',
    says: 'A signature that ZIP-215, and with it CometBFT, takes as valid, and RFC 8032 does not.',
    edits: onCometbft({ signers: [smallOrder, four], flags: ['commit', 'absent'] }),
    absent: ['request.fresh'],
  },
  {
    name: 'cometbft-most-power',
    says: 'As much stake as CometBFT allows.',
    edits: onCometbft({ signers: [signer('validator one', 2n ** 60n - 2n), signer('validator two', 1)] }),
    absent: ['request.fresh'],
  },
]
