import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OgError } from '@opengradient/protocol'
import { ClassicLevel } from 'classic-level'

/** Refuses what would pull the journal from under a node. @param dataDir of the node, which need not be there @throws OgError `JOURNAL_LOCKED` */
export async function requireJournalFree(dataDir: string): Promise<void> {
  const index = join(dataDir, 'journal', 'index')
  if (!existsSync(index)) return
  const db = new ClassicLevel(index, { createIfMissing: false })
  try {
    await db.open()
    await db.close()
  } catch (cause) {
    // What cannot be opened for another reason is open nowhere.
    if ((cause as { cause?: { code?: string } }).cause?.code === 'LEVEL_LOCKED')
      throw new OgError('JOURNAL_LOCKED', `a node runs on ${dataDir}: stop it first`, { cause })
  }
}
