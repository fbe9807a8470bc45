import { installFastCrypto } from '@opengradient/protocol/node'
import { verify } from '../../src/index.ts'
import type { BundleVector, SlashVector } from '../vectors/build.ts'
import { replay, replaySlash } from '../vectors/replay.ts'

/** What `npm run mutate -- verifier` tries its mutants on: the vectors, in memory. */
interface Trial {
  readonly file: string
  readonly vector: BundleVector | SlashVector
  readonly expected: string
}

let trials: Trial[] = []
/** By mutant the vectors that come by it. */
const reaching = new Map<string, Set<Trial>>()

/** Takes the vectors, by file. `noted` loads this module with a note of every mutant that is come by. */
export async function prepare(
  vectors: Record<string, BundleVector | SlashVector>,
  noted: () => Promise<{ reached: typeof reached }>,
): Promise<void> {
  trials = Object.entries(vectors).map(([file, vector]) => {
    return { file, vector, expected: JSON.stringify('equivocation' in vector ? vector.equivocation : vector.verdict) }
  })
  await installFastCrypto()
  const broken = await firstDifference()
  if (broken !== undefined) throw new Error(`Without any mutant, ${broken} comes out differently. Run the tests first.`)
  const other = await noted()
  for (const trial of trials)
    for (const id of await other.reached(trial.vector)) reaching.set(id, (reaching.get(id) ?? new Set()).add(trial))
}

/** The mutants that a vector comes by. */
export async function reached(vector: BundleVector | SlashVector): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  await installFastCrypto()
  Object.assign(globalThis, { __reached: ids })
  await found(vector)
  Object.assign(globalThis, { __reached: undefined })
  return ids
}

/** The first vector that comes out differently, of all or of the first `most`; what kills a mutant is tried first next time. */
export async function firstDifference(most = trials.length): Promise<string | undefined> {
  const id = (globalThis as { __mutant?: string }).__mutant ?? ''
  const those = id === '' ? trials : trials.filter((trial) => reaching.get(id)?.has(trial))
  for (const trial of those.slice(0, most)) {
    if (await agrees(trial)) continue
    trials = [trial, ...trials.filter((other) => other !== trial)]
    return trial.file
  }
  return undefined
}

/** What throws does not. */
async function agrees({ vector, expected }: Trial): Promise<boolean> {
  try {
    return JSON.stringify(await found(vector)) === expected
  } catch {
    return false
  }
}

const found = (vector: BundleVector | SlashVector): Promise<unknown> | unknown =>
  'equivocation' in vector ? replaySlash(vector) : replay(vector, verify)
