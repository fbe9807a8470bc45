import { join, resolve } from 'node:path'
import { MAX_NETWORK_FILE_BYTES, type NetworkFile, OgError, parseNetworkFile } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { readFileUpTo } from './given.ts'
import { readAll, type Spoilt } from './listed.ts'
import type { Home } from './paths.ts'

/** Where a network file of this home is kept. */
export const networkPath = (home: Home, name: string): string => join(home.networks, `${name}.json`)

/** Whether a name is of a network of this machine alone, `local` or `local-…`: its development accounts and play money are nobody's. */
export const isLocalName = (name: string): boolean => /^local(?:-|$)/.test(name)

/** Every network of a home, under the name that `--network` takes, and the files that are none. */
export const listNetworks = (home: Home): { found: { name: string; file: NetworkFile }[]; spoilt: Spoilt[] } =>
  readAll(home.networks, (path, name) => {
    const file = fileAt(path, remedyIn(name))
    return file && { name, file }
  })

/** The network file at a path, undefined if there is none; of what is larger than any no more than that is read. @throws OgError naming the path */
function fileAt(path: string, remedy: string): NetworkFile | undefined {
  try {
    return parseNetworkFile(readFileUpTo(path, MAX_NETWORK_FILE_BYTES))
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new OgError(
      cause instanceof OgError ? cause.code : 'NETWORK_FILE_INVALID',
      `${path} is no network file: ${message.replace(/\.$/, '')}. ${remedy}`,
      { cause },
    )
  }
}

/** For one that is kept in a home. */
const remedyIn = (name: string): string =>
  name === 'local'
    ? 'The next `og up` writes that of the local network anew'
    : 'Get it again from the operator of the network, or remove it'

/** The network file by name, or by path when it holds a slash or ends in `.json`. What a client trusts comes from nowhere else. */
function readNetwork(home: Home, nameOrFile: string, cwd: string): NetworkFile {
  const isPath = /[/\\]|\.json$/.test(nameOrFile)
  if (!isPath && !/^[a-z0-9-]{1,40}$/.test(nameOrFile))
    throw new OgError(
      'NETWORK_UNKNOWN',
      `"${nameOrFile}" is not a network name (lower-case letters, digits, dashes) nor a path to a network file`,
    )
  const path = isPath ? resolve(cwd, nameOrFile) : networkPath(home, nameOrFile)
  const file = fileAt(path, isPath ? 'Name the one that you have from the operator of the network' : remedyIn(nameOrFile))
  if (file) return file
  if (nameOrFile === 'local')
    throw new OgError('NOT_RUNNING', `there is no local network in ${home.root} yet; start one with \`og up\` (in a clone: npm start)`)
  throw new OgError(
    'NETWORK_UNKNOWN',
    `there is no network file ${path}. Get it from the operator of the network and give it as --network FILE, or copy it there`,
  )
}

/** The network file that an invocation trusts: `--network`, else the setting. */
export function networkOf(context: Context): NetworkFile {
  return readNetwork(context.home, context.flags.network ?? context.config().network, context.io.cwd)
}
