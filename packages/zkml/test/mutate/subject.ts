import { Kernels } from '../../src/kernels/kernels.ts'
import { ZkVerifier } from '../../src/proof/verifier.ts'
import type { ProofVector, RejectedVector } from '../vectors/proofs.ts'
import type { RegistrationVector, RejectedRegistration } from '../vectors/registered.ts'
import { type Replayed, type ReplayedRegistration, replayed, replayedRegistration } from '../vectors/replay.ts'

type Given = Replayed | ReplayedRegistration

/** What `npm run mutate -- zkml` tries its mutants on: the vectors, in memory. */
interface Trial {
  readonly file: string
  readonly given: Given
  readonly expected: string
  /** Milliseconds, to try what is quick first: a few vectors take seconds, and notice what others notice, too. */
  readonly took: number
}

/** What takes longer is not tried first for having noticed the mutant before. */
const QUICK = 200

const verifier = new ZkVerifier(Kernels.loadSync())
let trials: Trial[] = []
/** By mutant the vectors that come by it. */
const reaching = new Map<string, Set<Trial>>()

/** Takes the vectors, by file. `noted` loads this module with a note of every mutant that is come by. */
export async function prepare(vectors: Record<string, object>, noted: () => Promise<{ reached: typeof reached }>): Promise<void> {
  trials = Object.entries(vectors).map(([file, vector]) => ({
    ...{ file, given: givenBy(file, vector, vectors), took: 0 },
    expected: expectedOf(vector),
  }))
  const broken = await firstDifference()
  if (broken !== undefined) throw new Error(`Without any mutant, ${broken} comes out differently. Run the tests first.`)
  trials = trials.map((trial) => ({ ...trial, took: timeOf(trial.given) })).sort((a, b) => a.took - b.took)
  const other = await noted()
  for (const trial of trials) for (const id of other.reached(trial.given)) reaching.set(id, (reaching.get(id) ?? new Set()).add(trial))
}

/** The vectors as checks of which each throws where it comes out differently: for mutants of the kernels. */
export function checksOf(vectors: Record<string, object>): { readonly name: string; run(): void }[] {
  return Object.entries(vectors).map(([file, vector]) => {
    const given = givenBy(file, vector, vectors)
    const run = (): void => {
      const found = verdict(given)
      if (found !== expectedOf(vector)) throw new Error(`${file}: ${found}`)
    }
    return { name: file, run }
  })
}

const expectedOf = (vector: object): string => ('code' in vector ? (vector.code as string) : 'ok')

function givenBy(file: string, vector: object, vectors: Record<string, object>): Given {
  const valid = 'of' in vector ? vectors[file.replace(/rejected\/.*/, `valid/${vector.of}.json`)]! : vector
  const change = 'of' in vector ? vector : {}
  return file.startsWith('zk/registration/')
    ? replayedRegistration(valid as RegistrationVector, change as Partial<RejectedRegistration>)
    : replayed(valid as ProofVector, change as Partial<RejectedVector>)
}

/** The mutants that a vector comes by. */
export function reached(given: Given): ReadonlySet<string> {
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
    if (agrees(trial)) continue
    if (trial.took < QUICK) trials = [trial, ...trials.filter((other) => other !== trial)]
    return trial.file
  }
  return undefined
}

/** What throws does not. */
function agrees({ given, expected }: Trial): boolean {
  try {
    return verdict(given) === expected
  } catch {
    return false
  }
}

function timeOf(given: Given): number {
  const start = performance.now()
  verdict(given)
  return performance.now() - start
}

/** Files are copied, so that a model is opened anew each time. */
function verdict(given: Given): string {
  const files = { ...given.files }
  const found =
    'statement' in given
      ? verifier.verify(files, given.statement, given.proof)
      : verifier.verifyRegistration(files, given.zkModelId, given.proof)
  return found.ok ? 'ok' : found.code
}
