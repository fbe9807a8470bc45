import { type HistoryProof, isOgError } from '@opengradient/protocol'
import { type BlockOptions, type TrustedBlock, toldBlock, trustedBlock } from '../chain/head.ts'
import { historyProof } from './evidence.ts'

/** A block below the newest, with the proof by the newest one's `History` if that is what it hangs on. */
export interface OlderBlock {
  block: TrustedBlock
  history: HistoryProof | undefined
}

/** Why a commit of long ago is no longer accepted, though it may well be genuine. */
const TOO_OLD = ['UNTRUSTED_HEADER', 'VALIDATORS_UNTRUSTED', 'TRUST_EXPIRED'] as const

/**
 * A block below `newest`, accepted by its own commit, or by the `History` of `newest`: where that is asked for, and where the trust does not
 * reach back to it.
 *
 * @throws OgError as `trustedBlock` and `historyProof`
 */
export async function olderBlock(
  options: BlockOptions,
  height: number,
  newest: TrustedBlock,
  through: 'commit' | 'history',
): Promise<OlderBlock> {
  const { rpc } = options
  const accepted = through === 'commit' ? await acceptedByCommit(options, height) : undefined
  if (accepted) return { block: accepted, history: undefined }
  const block = await toldBlock(rpc, height)
  return { block, history: await historyProof(rpc, block.header, newest) }
}

async function acceptedByCommit(options: BlockOptions, height: number): Promise<TrustedBlock | undefined> {
  try {
    return await trustedBlock(options, height)
  } catch (error) {
    if (TOO_OLD.some((code) => isOgError(error, code))) return undefined
    throw error
  }
}
