import { randomBytes } from 'node:crypto'
import { link, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { asideOf, identityOf, isAlive, sweepAsides } from '@opengradient/client/aside'
import { OgError } from '@opengradient/protocol'

/** Milliseconds after which a lock that names nobody is one that its holder died with. */
const NAMELESS_MS = 10_000
const PAUSE_MS = 10
/** In a lock, in place of what the system does not tell. */
const UNTOLD = '-'

/**
 * Takes a lock that all processes respect which share the folder, and gives what frees it. The file says who holds it, so that the lock of a
 * process that died is taken over at once, and that of one that is slow never.
 *
 * @param tries how often it is asked for, every 10 ms
 * @throws OgError `CONFIG_INVALID` when it does not become free
 */
export async function lock(path: string, tries = 1_000): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${await thisMachine()} ${begunOf(process.pid) ?? UNTOLD} ${randomBytes(16).toString('hex')}`
  for (let tried = 0; ; tried++) {
    const held = await readIfThere(path)
    if (held === undefined && (await create(path, mine))) {
      await sweep(path, mine)
      return () => rm(path, { force: true })
    }
    if (held !== undefined && (await isDead(path, held))) await bury(path, held, mine, path)
    if (tried >= tries)
      throw new OgError('CONFIG_INVALID', `${path} has been held for too long${by(held)}; remove it if no other program uses it`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

/**
 * Removes the lock of a dead holder. Only who makes the file that names this very lock may, so that nobody removes the one that follows it. Who
 * dies while it does so leaves that file, which is removed in the same way.
 */
async function bury(path: string, held: string, mine: string, lock: string): Promise<void> {
  const grave = `${lock}.${/[0-9a-f]{32}$/.exec(held)?.[0] ?? 'nameless'}`
  if (!(await create(grave, mine))) {
    const digger = await readIfThere(grave)
    if (digger !== undefined && grave !== path && (await isDead(grave, digger))) await bury(grave, digger, mine, lock)
    return
  }
  try {
    if ((await readIfThere(path)) === held && (await isDead(path, held))) await rm(path, { force: true })
  } finally {
    await rm(grave, { force: true })
  }
}

/** Locks beside which this process has looked already. */
const swept = new Set<string>()

/**
 * Who holds the lock removes what those who were killed left beside it. Every grave but one of this holder is of a lock that is gone and never
 * comes back, so that nobody loses by its removal who still digs there.
 */
async function sweep(path: string, mine: string): Promise<void> {
  if (swept.has(path)) return
  swept.add(path)
  const folder = dirname(path)
  sweepAsides(folder)
  for (const name of await readdir(folder).catch(() => [])) {
    const token = name.startsWith(`${basename(path)}.`) ? /\.([0-9a-f]{32})$/.exec(name)?.[1] : undefined
    if (token !== undefined && !mine.endsWith(token)) await rm(join(folder, name), { force: true })
  }
}

/** Whether nobody can hold it any more. Of a process of another machine, or another container, nothing is known. */
async function isDead(path: string, held: string): Promise<boolean> {
  if (held === '') return Date.now() - (await stat(path).then(({ mtimeMs }) => mtimeMs, Date.now)) > NAMELESS_MS
  const [pid, machine, begun, token] = held.split(' ')
  if (machine !== (await thisMachine())) return false
  return !isAlive(Number(pid)) || (token !== undefined && isAnother(Number(pid), begun!))
}

/** What a lock says of when its process began, where the system tells. */
const begunOf = (pid: number): string | undefined => identityOf(pid)?.replace(/\s/g, '/')

/** Whether a number is another process's now: after a restart of a machine, or of a container, it soon is. */
function isAnother(pid: number, begun: string): boolean {
  const now = begunOf(pid)
  return now !== undefined && begun !== UNTOLD && begun !== now
}

/** Where process numbers mean the same: the host, and on Linux the namespace of its processes. */
const thisMachine = async (): Promise<string> => `${hostname()}/${await readlink('/proc/self/ns/pid').catch(() => '')}`.replace(/\s/g, '')

/** Makes a file, with its content at once, if there is none. */
async function create(path: string, content: string): Promise<boolean> {
  const aside = asideOf(path)
  try {
    await writeFile(aside, content, { mode: 0o600, flag: 'wx' })
    await link(aside, path).catch((error) => {
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(error.code)) throw error
      return writeFile(path, content, { mode: 0o600, flag: 'wx' })
    })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
}

const readIfThere = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined)

const by = (held: string | undefined): string => (held ? ` by process ${held.split(' ')[0]}` : '')
