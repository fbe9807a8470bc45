import { nodeCheck } from '../../src/crypto/node.ts'
import { nobleCheck, type SignatureCheck, type SignatureClaim, webCryptoCheck } from '../../src/index.ts'
import { type AttestationVector, replay } from '../vectors/vector.ts'

/** What `npm run mutate -- attestation` tries its mutants on: the vectors, in memory. */
interface Trial {
  readonly file: string
  readonly vector: AttestationVector
  readonly expected: string
}

let trials: Trial[] = []
/** By mutant the vectors that come by it; those of `crypto` are not here. */
const reaching = new Map<string, Trial[]>()

/** Takes the vectors, by file. `noted` loads this module with a note of every mutant that is come by. */
export async function prepare(
  vectors: Record<string, AttestationVector>,
  noted: () => Promise<{ reached: typeof reached }>,
): Promise<void> {
  trials = Object.entries(vectors).map(([file, vector]) => ({ file, vector, expected: JSON.stringify(vector.verdict) }))
  const broken = await firstDifference()
  if (broken !== undefined) throw new Error(`Without any mutant, ${broken} comes out differently. Run the tests first.`)
  const other = await noted()
  for (const trial of trials)
    for (const id of await other.reached(trial.vector, remembered)) reaching.set(id, [...(reaching.get(id) ?? []), trial])
}

/** The mutants that a vector comes by. */
export async function reached(vector: AttestationVector, check: SignatureCheck): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  Object.assign(globalThis, { __reached: ids })
  await replay(vector, check)
  Object.assign(globalThis, { __reached: undefined })
  return ids
}

/** The first vector that comes out differently, of all or of the first `most`; what kills a mutant is tried first next time. */
export async function firstDifference(most = trials.length): Promise<string | undefined> {
  const id = (globalThis as { __mutant?: string }).__mutant ?? ''
  const checks = checksFor(id)
  for (const trial of trialsFor(id).slice(0, most)) {
    if (await agrees(trial, checks)) continue
    trials = [trial, ...trials.filter((other) => other !== trial)]
    return trial.file
  }
  return undefined
}

/** Those that come by the mutant; of signatures those that are about signatures, which plain JavaScript checks slowly. */
function trialsFor(id: string): readonly Trial[] {
  if (id === '') return trials
  if (id.includes('/crypto/'))
    return trials.filter(({ vector: { name } }) => /^tpm-(?!x509|list)|^tpm-x509-(pss|ecdsa|rsa|pkcs1)/.test(name))
  const those = new Set(reaching.get(id))
  return trials.filter((trial) => those.has(trial))
}

/** Through all of them; what throws does not. */
async function agrees({ vector, expected }: Trial, checks: readonly (SignatureCheck | undefined)[]): Promise<boolean> {
  try {
    for (const check of checks) if (JSON.stringify(await replay(vector, check)) !== expected) return false
    return true
  } catch {
    return false
  }
}

/** Mutants of one implementation of signatures are tried through it; all others through results that are remembered. */
function checksFor(id: string): readonly (SignatureCheck | undefined)[] {
  const file = /\/crypto\/([a-z]+)\.ts#/.exec(id)?.[1]
  if (file === undefined) return [remembered]
  if (file === 'node') return [nodeCheck]
  if (file === 'webcrypto') return [webCryptoCheck]
  if (file === 'noble' || file === 'rsa') return [nobleCheck]
  return file === 'check' ? [undefined] : [nodeCheck, webCryptoCheck, nobleCheck]
}

const known = new Map<string, boolean>()

const remembered: SignatureCheck = async (claim) => {
  const id = idOf(claim)
  const found = known.get(id) ?? (await nodeCheck(claim))
  known.set(id, found)
  return found
}

function idOf({ key, scheme, hash, signature, message }: SignatureClaim): string {
  const material = key.kind === 'ec' ? key.point : key.modulus
  return [scheme, hash, ...[material, signature, message].map((bytes) => Buffer.from(bytes).toString('latin1'))].join('\0')
}
