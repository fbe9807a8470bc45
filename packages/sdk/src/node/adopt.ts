import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bundle, parseBundle } from '@opengradient/protocol'
import { namesIn, onDisk, readIfThere } from './disk.ts'

const PARTS = ['request', 'bundle'] as const

/**
 * Answers that an earlier version kept in `answers` itself, for all networks together, move to the folder of their network. Whose bundle names
 * another network waits for that one; what has no bundle names none, and goes with the network that is asked first.
 */
export async function adoptAnswers(answers: string, chainId: number): Promise<void> {
  const entries = (await onDisk(answers, () => namesIn(answers))).filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
  if (entries.length === 0) return
  const folder = join(answers, `${chainId}`)
  await onDisk(folder, async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (const entry of entries) {
      const chain = chainOf(await readIfThere(join(answers, entry.replace('.json', '.bundle.json'))))
      if (chain !== undefined && chain !== chainId) continue
      // The entry last: after a kill in between it is found here again.
      for (const part of PARTS) await move(answers, folder, entry.replace('.json', `.${part}.json`))
      await move(answers, folder, entry)
    }
  })
}

/** Undefined also for a damaged one: the book names it when it is asked for. */
function chainOf(bytes: Buffer | undefined): Bundle['network']['chainId'] | undefined {
  try {
    return bytes && parseBundle(bytes).network.chainId
  } catch {
    return undefined
  }
}

/** Another process may have done it. */
const move = (from: string, to: string, name: string): Promise<void> =>
  rename(join(from, name), join(to, name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
