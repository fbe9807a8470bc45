import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '@opengradient/client/aside'

const NAME = /^og-engine-(\d+)-/

/** A new empty folder for the processes of models. Those that a killed process left behind are removed, if they are still empty. */
export function emptyFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(NAME.exec(name)?.[1] ?? process.pid)
    if (pid !== process.pid && !isAlive(pid)) remove(join(tmpdir(), name))
  }
  return mkdtempSync(join(tmpdir(), `og-engine-${process.pid}-`))
}

function remove(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // Another process was quicker, or it belongs to somebody else.
  }
}
