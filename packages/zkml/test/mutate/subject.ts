import { Kernels } from '../../src/kernels/kernels.ts'
import { ZkVerifier } from '../../src/proof/verifier.ts'
import type { ProofVector, RejectedVector } from '../vectors/proofs.ts'
import { type Replayed, replayed } from '../vectors/replay.ts'

/** What `npm run mutate -- zkml` tries its mutants on: the vectors, in memory. */
interface Trial {
  readonly file: string
  readonly given: Replayed
  readonly expected: string
}

const verifier = new ZkVerifier(Kernels.loadSync())
let trials: Trial[] = []
/** By mutant the vectors that come by it. */
const reaching = new Map<string, Set<Trial>>()

/** Takes the vectors, by file. `noted` loads this module with a note of every mutant that is come by. */
export async function prepare(
  vectors: Record<string, ProofVector | RejectedVector>,
  noted: () => Promise<{ reached: typeof reached }>,
): Promise<void> {
  trials = Object.entries(vectors).map(([file, vector]) => {
    if (!('code' in vector)) return { file, given: replayed(vector), expected: 'ok' }
    return { file, given: replayed(vectors[`zk/valid/${vector.of}.json`] as ProofVector, vector), expected: vector.code }
  })
  const broken = await firstDifference()
  if (broken !== undefined) throw new Error(`Without any mutant, ${broken} comes out differently. Run the tests first.`)
  const other = await noted()
  for (const trial of trials) for (const id of other.reached(trial.given)) reaching.set(id, (reaching.get(id) ?? new Set()).add(trial))
}

/** The mutants that a vector comes by. */
export function reached(given: Replayed): ReadonlySet<string> {
  const ids = new Set<string>()
  Object.assign(globalThis, { __reached: ids })
  verdict(given)
  Object.assign(globalThis, { __reached: undefined })
  return ids
}

/** The first vector that comes out differently, of all or of the first `most`; what kills a mutant is tried first next time. */
export async function firstDifference(most = trials.length): Promise<string | undefined> {
  const id = (globalThis as { __mutant?: string }).__mutant ?? ''
  const those = id === '' ? trials : trials.filter((trial) => reaching.get(id)?.has(trial))
  for (const trial of those.slice(0, most)) {
    if (verdict(trial.given) === trial.expected) continue
    trials = [trial, ...trials.filter((other) => other !== trial)]
    return trial.file
  }
  return undefined
}

/** Files are copied, so that a model is opened anew each time. */
function verdict({ files, statement, proof }: Replayed): string {
  const found = verifier.verify({ ...files }, statement, proof)
  return found.ok ? 'ok' : found.code
}
