import {
  type Finality,
  finalitySchema,
  type Header,
  type Hex,
  isOgError,
  OgError,
  parseAs,
  parseHeader,
  parseHex,
  type Trust,
  trustHeader,
} from '@opengradient/protocol'
import { count } from '@opengradient/protocol/take'
import type { RenewedTrust } from '../cometbft/renewal.ts'
import type { RememberedLightBlocks } from '../cometbft/source.ts'
import { trailTo } from '../cometbft/trail.ts'
import { openState, type StateView } from '../state/view.ts'
import { headerRlp, lying } from './headerRlp.ts'
import type { Rpc } from './rpc.ts'

/** A block that the trust accepts, with what proves that, and its state. */
export interface TrustedBlock {
  header: Header
  /** RLP of the header. */
  rlp: Hex
  /** Undefined for block 0 alone, which the network file names by its hash. */
  commit: Finality | undefined
  state: StateView
}

export interface HeadOptions {
  rpc: Rpc
  /** Where light blocks come from, if the network runs on CometBFT. */
  light: RememberedLightBlocks
  trust: RenewedTrust
  /** Unix seconds. */
  now: () => number
  /** Seconds for which a head is used before the RPC is asked for a newer one. */
  headSeconds: number
  /** Seconds after which a head is too old to be believed the newest. */
  maxHeadAge: number
}

/**
 * Times that a block is asked for before it is given up: 15 s in all. On CometBFT a block can be proven once the next one is made, which takes
 * several seconds when its proposer is down.
 */
const PATIENCE = 20

/** The newest block. With `atLeast` one of that height or higher: what the caller wrote there is then in the state that it reads. */
export type Head = (options?: { atLeast?: number }) => Promise<TrustedBlock>

/**
 * The newest block of the network, as far as this RPC tells. Never goes back: an RPC that serves older blocks than before is not followed.
 *
 * @throws OgError `UNTRUSTED_HEADER`, `COMMIT_INVALID`, `WRONG_CHAIN`, `RPC_LIED`, `CHAIN_STALE`, `CHAIN_UNREACHABLE`; on CometBFT what `trailTo`
 * and `trustHeader` throw
 */
export function trackHead({ headSeconds, maxHeadAge, ...from }: HeadOptions): Head {
  const { now } = from
  let current: TrustedBlock | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<TrustedBlock> | undefined

  const refresh = async (): Promise<TrustedBlock> => {
    const started = now()
    const found = await trustedBlock(from, 'latest')
    if (!current || found.header.number > current.header.number) current = found
    const age = Math.round(now() - current.header.timestamp)
    if (age > maxHeadAge)
      throw new OgError(
        'CHAIN_STALE',
        `the newest block that the RPC gives is ${age} s old; ask another RPC, or check this machine's clock`,
        {
          details: { height: current.header.number, ageSeconds: age },
        },
      )
    askedAt = started
    return current
  }

  const refreshOnce = (): Promise<TrustedBlock> => {
    asking ??= refresh().finally(() => {
      asking = undefined
    })
    return asking
  }

  return async (options) => {
    const atLeast = count(options?.atLeast ?? 0, 'atLeast')
    const since = now() - askedAt
    if (current && current.header.number >= atLeast && since >= 0 && since < headSeconds) return current
    for (let tries = 0; tries < PATIENCE; tries++) {
      const block = await refreshOnce()
      if (block.header.number >= atLeast) return block
      await new Promise((resolve) => setTimeout(resolve, Math.min(1_000, 100 * (tries + 1))))
    }
    throw new OgError('CHAIN_STALE', `block ${atLeast} was told of and is not final yet; the network may be slow, or the RPC behind`, {
      details: { height: atLeast },
    })
  }
}

export type BlockOptions = Pick<HeadOptions, 'rpc' | 'light' | 'trust' | 'now'>

/** A block by number or tag, accepted by the trust. @throws OgError as `trackHead`, but for age */
export async function trustedBlock(options: BlockOptions, block: number | 'latest'): Promise<TrustedBlock> {
  const { rpc, now } = options
  const trust = options.trust.at(now())
  const { signed, guess } = await askBlock(rpc, block)
  const found = signed instanceof OgError ? genesisBlock(rpc, trust, guess, signed) : await readBlock(rpc, signed, guess)
  if (block !== 'latest') requireHeight(found.header, block)
  if (found.commit === undefined) return found
  const commit = await withTrail(options, found.header, found.commit).catch(async (cause) => {
    throw await explain(rpc, trust, cause)
  })
  return { ...found, commit }
}

/** A block as the RPC tells it: header and commit belong together, and nobody has accepted them. @throws OgError `RPC_LIED`, `RPC_ERROR` */
export async function toldBlock(rpc: Rpc, height: number): Promise<TrustedBlock> {
  const { signed, guess } = await askBlock(rpc, height)
  if (signed instanceof OgError) throw signed
  const told = await readBlock(rpc, signed, guess)
  requireHeight(told.header, height)
  return told
}

function requireHeight({ number }: Header, height: number): void {
  if (number !== height) throw new OgError('RPC_LIED', `the RPC gave block ${number} when it was asked for ${height}`)
}

async function askBlock(rpc: Rpc, block: number | 'latest'): Promise<{ signed: unknown; guess: unknown }> {
  const tag = block === 'latest' ? block : `0x${block.toString(16)}`
  const [signed, guess] = await Promise.all([
    rpc.call('og_getCommit', [tag]).catch((error) => error as OgError),
    rpc.call('eth_getBlockByNumber', [tag, false]),
  ])
  return { signed, guess }
}

async function readBlock(rpc: Rpc, signed: unknown, guess: unknown): Promise<TrustedBlock & { commit: Finality }> {
  const { blockHash, commit } = lying(() => readCommit(signed))
  const same = (guess as { hash?: unknown } | null)?.hash === blockHash
  const rlp = headerRlp(same ? guess : await rpc.call('eth_getBlockByHash', [blockHash, false]))
  const header = parseHeader(rlp)
  if (header.hash !== blockHash) throw new OgError('RPC_LIED', `the RPC gave block ${header.hash} when it was asked for ${blockHash}`)
  return { header, rlp, commit, state: openState(rpc, header) }
}

/** The commit, once the trust accepts it: as it was told, or with the light blocks that lead to its validators. */
async function withTrail({ light, trust, now }: BlockOptions, header: Header, told: Finality): Promise<Finality> {
  const at = Math.floor(now())
  const known = trust.at(at)
  const accept = (commit: Finality): Finality => {
    const by = trustHeader(known, header, commit, at)
    if (commit.kind === 'cometbft') trust.accepted(commit.block, by)
    return commit
  }
  try {
    return accept(told)
  } catch (cause) {
    // An anchor of this very set may have expired while another one, of other validators, still holds.
    if (told.kind !== 'cometbft' || !(isOgError(cause, 'VALIDATORS_UNTRUSTED') || isOgError(cause, 'TRUST_EXPIRED'))) throw cause
  }
  try {
    return accept({ ...told, trail: await trailTo(light, known, told.block, at) })
  } catch (cause) {
    light.forget()
    throw cause
  }
}

/** A chain that has only its genesis block yet: there is no commit, and none is needed. */
function genesisBlock(rpc: Rpc, trust: Trust, block: unknown, error: OgError): TrustedBlock {
  if (error.code !== 'RPC_ERROR' || (block as { number?: unknown } | null)?.number !== '0x0') throw error
  const rlp = headerRlp(block)
  const header = parseHeader(rlp)
  if (header.hash !== trust.genesisHash)
    throw new OgError('WRONG_CHAIN', `the RPC serves a chain with genesis ${header.hash}; the network file names ${trust.genesisHash}`)
  return { header, rlp, commit: undefined, state: openState(rpc, header) }
}

function readCommit(answer: unknown): { blockHash: Hex; commit: Finality } {
  const { blockHash, commit } = answer as { blockHash: unknown; commit: unknown }
  return { blockHash: parseHex(blockHash, 32, 'blockHash'), commit: parseAs(finalitySchema, commit, 'COMMIT_INVALID', 'commit') }
}

/** An RPC of another network is the most likely reason why a commit is not accepted; then the error says so. */
async function explain(rpc: Rpc, trust: Trust, cause: unknown): Promise<unknown> {
  const chainId = await rpc.call('eth_chainId', []).catch(() => undefined)
  if (!isOgError(cause) || typeof chainId !== 'string' || Number(chainId) === trust.chainId) return cause
  return new OgError('WRONG_CHAIN', `the RPC serves chain ${Number(chainId)}; the network file is for chain ${trust.chainId}`, { cause })
}
