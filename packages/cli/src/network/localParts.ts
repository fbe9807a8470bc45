import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { networkPath } from '../home/networks.ts'
import type { Home } from '../home/paths.ts'

/** What the services of a local network keep under `data/`, and the names of their logs. */
const DATA = ['chain', 'store', 'inference', 'first-run.json', 'genesis.json']
const LOGS = ['chain', 'inference', 'store', 'first-run']

/**
 * Everything that the local network of a home wrote, and nothing of other networks, of nodes that run for them, or of a folder that is no home;
 * what tells that there is one comes last, so that a removal that was stopped can be done again.
 */
export function localParts(home: Home): string[] {
  const marks = [join(home.data, 'genesis.json'), home.running, networkPath(home, 'local')]
  if (!marks.some(existsSync)) return []
  const chainId = chainIdOf(home)
  const parts = [
    ...DATA.map((name) => join(home.data, name)),
    ...entries(home.logs)
      .filter((name) => LOGS.some((log) => name.startsWith(`${log}.log`)))
      .map((name) => join(home.logs, name)),
    ...(chainId === undefined ? [] : [join(home.answers, chainId), ...nodesOf(home, chainId)]),
  ].filter((path) => !marks.includes(path))
  return [...parts, ...marks].filter(existsSync)
}

/** Data of nodes that `og node start` ran for the local network. */
const nodesOf = ({ data }: Home, chainId: string): string[] =>
  entries(join(data, 'nodes'))
    .filter((name) => name.startsWith(`${chainId}-`))
    .map((name) => join(data, 'nodes', name))

/** As its network file says, which need not be whole. */
function chainIdOf(home: Home): string | undefined {
  try {
    const { chainId } = JSON.parse(readFileSync(networkPath(home, 'local'), 'utf8')) as { chainId?: unknown }
    return Number.isSafeInteger(chainId) ? `${chainId}` : undefined
  } catch {
    return undefined
  }
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}
