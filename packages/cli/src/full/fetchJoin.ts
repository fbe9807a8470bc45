import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { webHttp } from '@opengradient/client'
import { OgError } from '@opengradient/protocol'
import { isLocalName } from '../home/networks.ts'
import { JOIN_PATH, type JoinFile, MAX_JOIN_BYTES, parseJoinFile } from './joinFile.ts'
import { isLocalPeer } from './peers.ts'

const TIMEOUT_MS = 20_000
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/** What was found where `--join` points. */
export interface Joined extends JoinFile {
  /** It came from this machine: a file, or a server on loopback. */
  ownMachine: boolean
}

/**
 * The join file at a URL or path. A URL is https, or http on loopback; no redirect, 320 kB at most. Throws `USAGE` for other URLs,
 * `NODE_UNREACHABLE`, `NODE_RESPONSE_INVALID`, and what `parseJoinFile` throws.
 */
export async function fetchJoin(source: string, cwd: string, fetch: typeof globalThis.fetch = globalThis.fetch): Promise<Joined> {
  const isUrl = /^[a-z][a-z0-9+.-]*:\/\//i.test(source)
  const url = isUrl ? joinUrl(source) : undefined
  const file = parseJoinFile(url ? await download(url, fetch) : readJoin(resolve(cwd, source)))
  const ownMachine = url === undefined || LOOPBACK.test(url.hostname)
  if (!ownMachine && isLocalName(file.network))
    throw new OgError(
      'NETWORK_FILE_INVALID',
      `"${file.network}" is a name for networks of one machine; this one comes from ${url?.hostname}`,
    )
  if (!ownMachine && file.peers.some(isLocalPeer))
    throw new OgError(
      'NETWORK_FILE_INVALID',
      `${url?.hostname} names peers on 127.0.0.1, which would be this machine; its operator must set --external`,
    )
  return { ...file, ownMachine }
}

function joinUrl(text: string): URL {
  const refuse = (why: string) => new OgError('USAGE', `--join ${text.slice(0, 200)}: ${why}`)
  if (!URL.canParse(text)) throw refuse('this is no URL')
  const url = new URL(text)
  if (url.username || url.password) throw refuse('a user name or password in the URL is not sent')
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname)))
    throw refuse('only https, or http on this machine: anybody on the way could hand you another network')
  if (url.pathname === '/' && !url.search) url.pathname = JOIN_PATH
  url.hash = ''
  return url
}

async function download(url: URL, fetch: typeof globalThis.fetch): Promise<Uint8Array> {
  const asked = webHttp(fetch)(url.href, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_JOIN_BYTES })
  const { status, body } = await asked.catch((cause: unknown) => {
    if (!(cause instanceof OgError && cause.code === 'NODE_UNREACHABLE')) throw cause
    const remedy = 'ask its operator for the address of its JSON-RPC, or for the join file itself (--join FILE)'
    throw new OgError('NODE_UNREACHABLE', `${cause.message.replace(/\.$/, '')}; ${remedy}`, { cause })
  })
  if (status === 200) return body
  throw new OgError('NODE_RESPONSE_INVALID', `${url.href} answered ${status}; a full node serves ${JOIN_PATH} where its JSON-RPC is`)
}

function readJoin(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new OgError('USAGE', `--join ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Refuses a genesis that is not the one the user has pinned. */
export function checkPin({ genesis }: JoinFile, pin: string): void {
  if (!/^0x[0-9a-fA-F]{64}$/.test(pin)) throw new OgError('USAGE', '--genesis-hash: expected 0x and 64 hex digits')
  if (pin.toLowerCase() === genesis.hash) return
  const message = `the genesis there is ${genesis.hash}, not ${pin.toLowerCase()}: it is another network, or somebody changed it. Nothing was written`
  throw new OgError('CHAIN_GENESIS_INVALID', message)
}
