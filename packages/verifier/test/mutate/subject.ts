import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { setFastHashes, setFastRecover } from '@opengradient/protocol'
import { verify } from '../../src/index.ts'
import type { BundleVector, SlashVector } from '../vectors/build.ts'
import { replay, replaySlash } from '../vectors/replay.ts'

/** What `npm run mutate -- verifier` tries its mutants on: the vectors, in memory. */
interface Trial {
  readonly file: string
  readonly expected: string
  run(): Promise<unknown> | unknown
}

let trials: Trial[] = []

/** Takes the vectors, by file, and makes signatures fast, so that a mutant is judged in half a second. */
export async function prepare(vectors: Record<string, BundleVector | SlashVector>): Promise<void> {
  trials = Object.entries(vectors).map(([file, vector]): Trial => {
    if ('equivocation' in vector) return { file, expected: JSON.stringify(vector.equivocation), run: () => replaySlash(vector) }
    return { file, expected: JSON.stringify(vector.verdict), run: () => replay(vector, verify) }
  })
  setFastHashes({ sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()) })
  try {
    const native = createRequire(import.meta.url)('secp256k1/bindings.js') as typeof import('secp256k1')
    setFastRecover((digest, signature, recovery) => native.ecdsaRecover(signature, recovery, digest, false))
  } catch {
    // No binary for this machine: noble gives the same answers, later.
  }
  const broken = await firstDifference()
  if (broken !== undefined) throw new Error(`Without any mutant, ${broken} comes out differently. Run the tests first.`)
}

/** The first vector that comes out differently, of all or of the first `most`; what kills a mutant is tried first next time. */
export async function firstDifference(most = trials.length): Promise<string | undefined> {
  for (const [i, trial] of trials.slice(0, most).entries()) {
    if (JSON.stringify(await trial.run()) === trial.expected) continue
    trials.splice(i, 1)
    trials.unshift(trial)
    return trial.file
  }
  return undefined
}
