import {
  type LightBlock,
  lightBlockFromRpc,
  lightBlockSchema,
  MAX_VALIDATORS,
  OgError,
  parseAs,
  parseStrictJson,
  readRpcValidators,
} from '@opengradient/protocol'
import type { Rpc } from '../chain/rpc.ts'
import type { Http } from '../http/http.ts'

/** Gives light blocks by height. What it gives is of the right form and otherwise not to be believed. */
export interface LightBlockSource {
  /** @throws OgError `LIGHT_BLOCK_MALFORMED`, `RPC_ERROR`, `CHAIN_UNREACHABLE` */
  lightBlock(height: number): Promise<LightBlock>
}

/** Validators that CometBFT gives at a time. */
const PAGE = 100
const LIMITS = { timeoutMs: 10_000, maxBytes: 1 << 20 }

/** Light blocks from a node's JSON-RPC: `og_getLightBlock(height)`. */
export const rpcLightBlocks = (rpc: Rpc): LightBlockSource => ({
  async lightBlock(height) {
    const block = parseAs(lightBlockSchema, await rpc.call('og_getLightBlock', [quantity(height)]), 'LIGHT_BLOCK_MALFORMED', 'light block')
    return ofHeight(block, height)
  },
})

/** Light blocks from CometBFT's own RPC (`http://127.0.0.1:26657`): what a node asks its engine, to serve it to others. */
export function cometbftLightBlocks(url: string, http: Http): LightBlockSource {
  return {
    async lightBlock(height) {
      const pages: unknown[] = []
      const page = async (): Promise<number> => {
        const result = await ask(http, `${url}/validators?height=${height}&page=${pages.length + 1}&per_page=${PAGE}`)
        pages.push(result)
        return readRpcValidators(result).total
      }
      const [commit, total] = await Promise.all([ask(http, `${url}/commit?height=${height}`), page()])
      if (total > MAX_VALIDATORS) {
        throw new OgError('LIGHT_BLOCK_MALFORMED', `Height ${height} has ${total} validators; at most ${MAX_VALIDATORS} are read.`)
      }
      while (pages.length * PAGE < total) await page()
      return ofHeight(lightBlockFromRpc(commit, pages), height)
    },
  }
}

/** A source that is asked once for a height. */
export interface RememberedLightBlocks extends LightBlockSource {
  /** Has it asked again: one of the light blocks that it gave was not to be believed. */
  forget(): void
}

/** The same source, asked once for each of the last `most` heights. */
export function remembered(source: LightBlockSource, most = 64): RememberedLightBlocks {
  const known = new Map<number, Promise<LightBlock>>()
  return {
    lightBlock(height) {
      const found = known.get(height) ?? source.lightBlock(height)
      known.delete(height)
      known.set(height, found)
      if (known.size > most) known.delete(known.keys().next().value!)
      found.catch(() => known.get(height) === found && known.delete(height))
      return found
    },
    forget: () => known.clear(),
  }
}

/** The `result` of a CometBFT answer. */
async function ask(http: Http, url: string): Promise<unknown> {
  const { body } = await http(url, LIMITS).catch((cause) => {
    throw new OgError('CHAIN_UNREACHABLE', `CometBFT does not answer at ${url}; is it running?`, { cause })
  })
  const { result, error } = answerOf(body)
  if (result !== undefined && error === undefined) return result
  throw new OgError('RPC_ERROR', `CometBFT refused ${url}: ${JSON.stringify(error)}`, { details: { error } })
}

function answerOf(body: Uint8Array): { result?: unknown; error?: unknown } {
  try {
    return parseStrictJson(body, { maxBytes: LIMITS.maxBytes, maxDepth: 16 }) ?? {}
  } catch {
    return {}
  }
}

function ofHeight(block: LightBlock, height: number): LightBlock {
  if (block.header.height === height) return block
  throw new OgError('LIGHT_BLOCK_MALFORMED', `Asked for height ${height}, the answer is of height ${block.header.height}.`)
}

const quantity = (height: number): string => `0x${height.toString(16)}`
