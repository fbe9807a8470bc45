import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * Waits until no other launcher works on this checkout; a lock left by a killed one is taken over. Returns two functions: `unlock`, and `calm`,
 * after which this process minds interruptions itself; one that came before ends it, and `calm` never resolves. The lock is given back when the
 * process ends; who is interrupted ends after `ending`.
 */
export async function lock(folder, say, ending = async () => {}) {
  mkdirSync(dirname(folder), { recursive: true })
  for (let told = false; ; ) {
    if (take(folder)) return hold(folder, ending)
    if (abandoned(folder)) evict(folder)
    else if (!told) {
      say('og: another start is installing or building here; waiting for it …')
      told = true
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function take(folder) {
  try {
    mkdirSync(folder)
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
  writeFileSync(join(folder, 'pid'), String(process.pid))
  return true
}

function hold(folder, ending) {
  const free = () => rmSync(folder, { recursive: true, force: true })
  let leaving = false
  const interrupted = () => {
    leaving = true
    ending().finally(() => process.exit(130))
  }
  const leave = () => {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
  const calm = async () => {
    // A signal is read between two turns: one that came during this one would be lost with its listener.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
    if (leaving) await new Promise(() => {})
    leave()
  }
  process.once('exit', free)
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  const unlock = () => {
    free()
    process.off('exit', free)
    leave()
  }
  return { unlock, calm }
}

/** Whether the owner is gone; a lock without an owner yet is given two seconds to name one. */
function abandoned(folder) {
  try {
    process.kill(Number.parseInt(readFileSync(join(folder, 'pid'), 'utf8'), 10), 0)
    return false
  } catch (error) {
    if (error.code === 'EPERM') return false
    const since = statSync(folder, { throwIfNoEntry: false })?.mtimeMs
    return error.code === 'ESRCH' || (since !== undefined && Date.now() - since > 2000)
  }
}

/** Renaming is atomic: of two that evict at once, the second may grab the first one's fresh lock, and then puts it back. */
function evict(folder) {
  const aside = `${folder}.${process.pid}`
  try {
    renameSync(folder, aside)
  } catch {
    return
  }
  if (abandoned(aside)) rmSync(aside, { recursive: true, force: true })
  else renameSync(aside, folder)
}
