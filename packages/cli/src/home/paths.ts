import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

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
  /** Answers this user was given: bundles and their secrets. */
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

/** `--home`, else `OG_HOME`, else the clone's `.og`, else `~/.opengradient`. */
export function chooseHome(flag: string | undefined, env: Record<string, string | undefined>, cwd: string, defaultHome?: string): Home {
  const chosen = flag ?? (env.OG_HOME || undefined) ?? defaultHome ?? join(homedir(), '.opengradient')
  return homeAt(resolve(cwd, chosen))
}
