import { base64, OgError, parseStrictJson } from '@opengradient/protocol'
import * as z from 'zod'
import { poster } from './post.ts'

/** CometBFT's own limits for one request to its RPC, as they are by default: requests in a batch, and bytes of the body (1,000,000). */
export const RPC_BATCH = 10
export const RPC_BATCH_BYTES = 600_000

const MAX_ANSWER_BYTES = 1 << 20

const answerSchema = z.object({
  id: z.int().min(0),
  error: z.object({ message: z.string(), data: z.string().optional() }).optional(),
})
/** CometBFT answers a batch of one without the list around it. */
const answersSchema = z.union([z.array(answerSchema), answerSchema.transform((answer) => [answer])])
type Answers = z.infer<typeof answersSchema>

/** What CometBFT says of each transaction or bundle it was given: undefined when it has it, else why not. */
export type Broadcast = (messages: readonly Uint8Array[]) => Promise<(string | undefined)[]>

/**
 * Gives transactions and bundles to CometBFT, which checks them with this node and sends them to its peers (`broadcast_tx_async`, at most
 * `RPC_BATCH` of `RPC_BATCH_BYTES`). Throws `CHAIN_UNREACHABLE` when it does not answer as it should.
 */
export function broadcastOver(rpc: string): Broadcast {
  const post = poster(rpc, { maxBytes: MAX_ANSWER_BYTES })
  return async (messages) => {
    const requests = messages.map((message, id) => ({ jsonrpc: '2.0', id, method: 'broadcast_tx_async', params: { tx: base64(message) } }))
    const byId = new Map((await ask(() => post(JSON.stringify(requests)), rpc)).map(({ id, error }) => [id, error]))
    return messages.map((_, id) => {
      if (!byId.has(id)) return 'there was no answer'
      const error = byId.get(id)
      // Its cache holds what its mempool holds or a block does.
      return error && !error.data?.includes('tx already exists in cache') ? `${error.message}: ${error.data ?? ''}` : undefined
    })
  }
}

async function ask(post: () => Promise<Uint8Array>, rpc: string): Promise<Answers> {
  try {
    return answersSchema.parse(parseStrictJson(await post(), { maxBytes: MAX_ANSWER_BYTES, maxDepth: 8 }))
  } catch (cause) {
    throw new OgError('CHAIN_UNREACHABLE', `CometBFT does not answer at ${rpc}. It must run beside this node.`, { cause })
  }
}
