import { within } from '@opengradient/client/within'
import { parseAs, parseStrictJson } from '@opengradient/protocol'
import * as z from 'zod'

const MAX_BYTES = 1 << 20
const integer = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number)
const hash = z.string().regex(/^[0-9A-F]{64}$/)

const statusSchema = z.object({ sync_info: z.object({ latest_block_height: integer, catching_up: z.boolean() }) })
const netSchema = z.object({ n_peers: integer })
const commitSchema = z.object({ signed_header: z.object({ commit: z.object({ height: integer, block_id: z.object({ hash }) }) }) })

/** What CometBFT says of itself. */
export interface EngineStatus {
  height: number
  /** It fetches blocks that others have. */
  catchingUp: boolean
  peers: number
}

/** The state of the CometBFT at `url`; undefined when it does not answer within two seconds. For screens: nothing is proven. */
export async function engineStatus(url: string): Promise<EngineStatus | undefined> {
  try {
    const [status, net] = await Promise.all([ask(url, 'status', statusSchema), ask(url, 'net_info', netSchema)])
    return { height: status.sync_info.latest_block_height, catchingUp: status.sync_info.catching_up, peers: net.n_peers }
  } catch {
    return undefined
  }
}

const peersSchema = z.object({
  peers: z.array(z.object({ peer_state: z.object({ round_state: z.object({ height: integer }) }) })).nullable(),
})

/** What metrics tell of CometBFT. */
export interface EngineView extends EngineStatus {
  /** The last block that any peer has said to have; undefined without peers. */
  highestPeer?: number
}

/** As `engineStatus`, and how far its peers are, who work on the block after their last. */
export async function engineView(url: string): Promise<EngineView | undefined> {
  const status = await engineStatus(url)
  if (!status) return undefined
  const { peers } = await ask(url, 'dump_consensus_state', peersSchema).catch(() => ({ peers: null }))
  const heights = (peers ?? []).map(({ peer_state }) => peer_state.round_state.height - 1)
  return { ...status, ...(heights.length > 0 && { highestPeer: Math.max(...heights) }) }
}

/** A block of CometBFT that a node that joins may be told to trust: the newest, with CometBFT's hash of it. Throws what went wrong. */
export async function trustedBlockOf(url: string): Promise<{ height: number; hash: string }> {
  const { signed_header } = await ask(url, 'commit', commitSchema)
  const { height, block_id } = signed_header.commit
  return { height, hash: `0x${block_id.hash.toLowerCase()}` }
}

async function ask<T>(url: string, method: string, schema: z.ZodType<T>): Promise<T> {
  const bytes = await within(2_000, async (signal) => {
    const reply = await fetch(`${url}/${method}`, { signal, redirect: 'error' })
    return new Uint8Array(await reply.arrayBuffer())
  })
  const answer = parseStrictJson(bytes, { maxBytes: MAX_BYTES, maxDepth: 16 })
  const { result } = parseAs(z.object({ result: z.unknown() }), answer, 'RPC_ERROR', `CometBFT's ${method}`)
  return parseAs(schema, result, 'RPC_ERROR', `CometBFT's ${method}`)
}
