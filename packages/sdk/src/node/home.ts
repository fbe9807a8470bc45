import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { MAX_NETWORK_FILE_BYTES, type NetworkFile, OgError, parseNetworkFile } from '@opengradient/protocol'
import { folder, optional, text } from '@opengradient/protocol/take'

/**
 * Where this user's networks, accounts and answers are kept: `home` if given, else the environment's `OG_HOME`, else the `.og` folder of the
 * clone around `cwd` if a network was started there, else `~/.opengradient`.
 */
export function findHome(
  home: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
  cwd: string = process.cwd(),
): string {
  const named = optional(folder)(home, 'home') ?? env.OG_HOME
  if (named) return resolve(cwd, named)
  for (let around = resolve(cwd); ; around = dirname(around)) {
    if (existsSync(join(around, '.og', 'networks'))) return join(around, '.og')
    if (around === dirname(around)) return join(homedir(), '.opengradient')
  }
}

/** A network file by its name in this home, or by its path. @throws OgError `NOT_RUNNING`, `NETWORK_UNKNOWN`, `NETWORK_FILE_INVALID` */
export async function readNetworkFile(home: string, network: string): Promise<NetworkFile> {
  folder(home, 'home')
  text("'local', or the path of a network file")(network, 'network')
  const isName = /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(network)
  const path = isName ? join(home, 'networks', `${network}.json`) : resolve(network)
  const bytes = await readSome(path).catch((cause: NodeJS.ErrnoException) => {
    if (network === 'local')
      throw new OgError(
        'NOT_RUNNING',
        `there is no local network in ${home}; start it with og up (in a clone: npm start), or name its folder with home`,
        {
          cause,
        },
      )
    throw new OgError('NETWORK_UNKNOWN', `there is no network file ${path}; give its path, or copy it there`, { cause })
  })
  return parseNetworkFile(bytes)
}

/** A file, and of one that is larger than any network file, or does not end, no more than shows that. */
async function readSome(path: string): Promise<Uint8Array> {
  const file = await open(path)
  try {
    const bytes = Buffer.alloc(MAX_NETWORK_FILE_BYTES + 1)
    let size = 0
    for (let read = -1; read !== 0 && size < bytes.length; size += read)
      ({ bytesRead: read } = await file.read(bytes, size, bytes.length - size))
    return bytes.subarray(0, size)
  } finally {
    await file.close()
  }
}

/** What the running local network says about its store; undefined when none runs. */
export async function localStore(home: string): Promise<{ url: string; token: string } | undefined> {
  folder(home, 'home')
  const bytes = await readFile(join(home, 'running.json')).catch(() => undefined)
  if (!bytes) return undefined
  const { ports, storeToken } = JSON.parse(bytes.toString()) as { ports?: { store?: unknown }; storeToken?: unknown }
  return typeof ports?.store === 'number' && typeof storeToken === 'string'
    ? { url: `http://127.0.0.1:${ports.store}`, token: storeToken }
    : undefined
}
