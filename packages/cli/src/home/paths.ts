import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'

/** Where everything of one user (or one local network) lives. */
export interface Home {
  root: string
  config: string
  keys: string
  networks: string
  logs: string
  data: string
  /** Pid, ports and start time of a running local network. */
  running: string
  /** Answers this user was given: bundles and their secrets, in a folder for each network, named by its chain id. */
  answers: string
}

/** The folders and files below a home. */
export function homeAt(root: string): Home {
  return {
    root,
    config: join(root, 'config.json'),
    keys: join(root, 'keys'),
    networks: join(root, 'networks'),
    logs: join(root, 'logs'),
    data: join(root, 'data'),
    running: join(root, 'running.json'),
    answers: join(root, 'answers'),
  }
}

/** `--home`, else `OG_HOME`, else the clone's `.og`, else `~/.opengradient`. @throws OgError `USAGE` */
export function chooseHome(flag: string | undefined, env: Record<string, string | undefined>, cwd: string, defaultHome?: string): Home {
  if (flag === '') throw new OgError('USAGE', '--home is empty: name a folder, such as ~/.opengradient')
  const chosen = flag ?? (env.OG_HOME || undefined) ?? defaultHome ?? join(homedir(), '.opengradient')
  return homeAt(resolve(cwd, chosen))
}
