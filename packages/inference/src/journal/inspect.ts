import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Archive } from './archive.ts'
import type { JournalIdentity } from './entry.ts'
import { nodeSegments } from './io.ts'
import { recover } from './recover.ts'

/**
 * Reads a journal of no running node as a start would: like one, it takes away a last segment without a record and stamps what has no format yet.
 * Without a journal there is nothing to find.
 *
 * @param dataDir of the node, which need not be there
 * @throws OgError `JOURNAL_*`: why the node would not start
 */
export async function inspectJournal(dataDir: string, identity: JournalIdentity): Promise<void> {
  const dir = join(dataDir, 'journal')
  if (!existsSync(join(dir, 'index'))) return
  const archive = await Archive.open(join(dir, 'index'), identity)
  try {
    recover(nodeSegments(join(dir, 'log')), archive, identity)
  } finally {
    await archive.close()
  }
}
