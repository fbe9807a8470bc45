import { isOgError, type LightBlock } from '@opengradient/protocol'
import { LimitReached } from '../call/patience.ts'
import { Turnstile } from '../call/turnstile.ts'
import type { BlockId } from './codec/blockId.ts'
import { limitExceeded, serverError } from './codec/error.ts'
import { needHeader, type RpcContext } from './context.ts'

/** Where a node on CometBFT has its light blocks from: its own engine. */
export interface LightBlocks {
  /** CometBFT's light block of a height. Rejects while the engine does not have it. */
  lightBlock(height: number): Promise<LightBlock>
}

/** Heights that strangers may ask the engine for at the same time, and how many more may wait: an old set keeps CometBFT busy for long. */
const ASKED = 2
const WAITING = 100

/** How long a question for the newest block waits for the commit of a chain's very first one, and how often the engine is asked meanwhile, ms. */
const FIRST_COMMIT = 10_000
const POLL = 100

/** The same light blocks, asked for by a few at a time. Throws `LimitReached`. */
export function bounded(source: LightBlocks): LightBlocks {
  const turnstile = new Turnstile(ASKED, WAITING, 'questions for light blocks')
  return { lightBlock: (height) => turnstile.through(() => source.lightBlock(height)) }
}

/**
 * The light block that makes a block final: that of the height after it, which holds its hash. CometBFT has signed it only when the next block
 * is made, so that the newest block that can be proven is the one before the head; `latest` and its like mean that one. A chain at its first block
 * has none such: the second follows at once, as CometBFT does not leave a changed state without a block that holds its hash, and is waited for.
 */
export async function finalityOf({ chain }: RpcContext, source: LightBlocks, id: BlockId) {
  const asked = needHeader(chain, id)
  const before = 'tag' in id && asked.height > 1n ? chain.headerByNumber(asked.height - 1n) : undefined
  const { height, hash } = before ?? asked
  if (height === 0n) throw serverError('block 0 has no commit: the genesis hash pins it')
  const next = Number(height) + 1
  const block = await ('tag' in id && height === 1n ? lightBlockSoon(source, next) : lightBlockAt(source, next))
  return { height, hash, commit: { kind: 'cometbft' as const, block, trail: [] } }
}

/** The light block of a height that is about to be made, or a refusal once that took too long. */
async function lightBlockSoon(source: LightBlocks, height: number): Promise<LightBlock> {
  for (let waited = 0; waited < FIRST_COMMIT; waited += POLL) {
    const block = await source.lightBlock(height).catch(() => undefined)
    if (block) return block
    await new Promise((resolve) => setTimeout(resolve, POLL))
  }
  return lightBlockAt(source, height)
}

/** The light block of a height, or a refusal that says why there is none. */
export function lightBlockAt(source: LightBlocks, height: number): Promise<LightBlock> {
  return source.lightBlock(height).catch((error) => {
    if (error instanceof LimitReached) throw limitExceeded(error.message)
    if (isOgError(error, 'CHAIN_UNREACHABLE')) throw serverError('the CometBFT of this node does not answer; ask later, or another node')
    throw serverError(`CometBFT has no light block of height ${height}, or none yet`)
  })
}
