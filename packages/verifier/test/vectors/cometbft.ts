import { type CometCommit, cometChainId, cometValidatorsHash, type LightBlock } from '@opengradient/protocol'
import { type BlockPlan, inOrder, lightBlock, type Signer, signer } from '../../../protocol/src/testkit/comet.testkit.ts'
import { CHAIN_ID, DAY, GENESIS } from './cast.ts'
import type { Edits, Scene } from './scene.ts'

/** The validators of genesis: 100 units of power, both kinds of keys. */
export const genesisValidators: readonly Signer[] = [
  signer('validator one', 40),
  signer('validator two', 30, 'secp256k1'),
  signer('validator three', 20),
  signer('validator four', 10),
]

/** Validators that the trust has never heard of. */
export const strangers: readonly Signer[] = [signer('stranger one', 1_000_000), signer('stranger two', 1_000_000)]

const SECOND = 1_000_000_000n
/** Seconds for which genesis validators are trusted. */
export const PERIOD = 14 * DAY

/** A light block some seconds after genesis; by default of the genesis validators. */
export const lightAt = (height: number, seconds: number, change: Partial<BlockPlan> = {}): LightBlock =>
  lightBlock({
    chainId: cometChainId(CHAIN_ID),
    height,
    time: BigInt(GENESIS + seconds) * SECOND,
    signers: genesisValidators,
    ...change,
  })

/** CometBFT's commit of a block of the scene: the light block of the height after it, a second later. */
export const committed = (block: Scene['block'], change: Partial<BlockPlan> = {}, ...trail: LightBlock[]): CometCommit => ({
  kind: 'cometbft',
  block: lightAt(block.number + 1, block.time + 1 - GENESIS, { appHash: block.hash, ...change }),
  trail,
})

/** The network runs on CometBFT, and the trust names its genesis validators. */
export const onCometbft = (change: Partial<BlockPlan> = {}, ...trail: LightBlock[]): Edits => ({
  bundle({ bundle, block, ledger }) {
    bundle.chain!.commit = committed(block, change, ...trail)
    if (bundle.chain!.history) bundle.chain!.history.commit = committed(ledger.blocks.at(-1)!, change, ...trail)
  },
  judge(scene) {
    scene.trust.anchors = [scene.trust.anchors[0]!, anchorOf(change.signers && trail.length === 0 ? change.signers : genesisValidators)]
  },
})

/** What a network file says of validators that are trusted from genesis on. */
export const anchorOf = (signers: readonly Signer[]) => ({
  height: 1,
  validatorsHash: cometValidatorsHash(inOrder(signers).map(({ validator }) => validator)),
  time: GENESIS,
  trustingPeriod: PERIOD,
})

/** CometBFT's commit in the bundle of a scene. */
export function commitIn({ bundle }: Scene): CometCommit {
  const { commit } = bundle.chain!
  if (commit.kind !== 'cometbft') throw new Error('the story is not on CometBFT')
  return commit
}

/** The signature at a place of a light block. */
export function voteIn({ commit }: LightBlock, index: number) {
  const entry = commit.signatures[index]
  if (entry === undefined || entry.flag === 'absent') throw new Error(`nobody signed at place ${index}`)
  return entry
}
