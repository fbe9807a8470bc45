import { readdirSync, readFileSync } from 'node:fs'
import { type Hex, hexToBytes } from '@opengradient/protocol'
import { decode, encode } from 'cborg'
import { tagged } from '../../reference/bytes.ts'
import { referenceVerifyFiles, referenceVerifyRegistration } from '../../reference/files.ts'
import type { ZkFiles } from '../../src/proof/model.ts'
import type { ZkStatement } from '../../src/proof/statement.ts'
import type { Verification } from '../../src/proof/verify.ts'
import type { ProofVector } from '../vectors/proofs.ts'
import type { RegistrationVector } from '../vectors/registered.ts'
import { replayedRegistration } from '../vectors/replay.ts'
import type { Coverage } from './coverage.ts'
import { verifier } from './model.ts'
import { below, type Random, spoil } from './spoil.ts'

/** Everything that a verifier is given. */
export interface Given {
  readonly files: ZkFiles
  readonly statement: ZkStatement
  readonly proof: Uint8Array
  /** The proof is one of a registration, and of the statement only the name of the model is looked at. */
  readonly registers?: true
}

/** What one round of fuzzing found. `fault`: what a verifier must never do, with the input that made it do so. */
export interface Found {
  readonly runs: number
  readonly corpus: number
  readonly verdicts: ReadonlyMap<string, number>
  readonly slowestMs: number
  /** Blocks of the package's JavaScript that the inputs and the vectors reached, of those in the functions that they called; undefined without coverage. */
  readonly blocks?: { readonly reached: number; readonly known: number }
  readonly fault?: { readonly says: string; readonly given: Given }
}

const FOLDER = new URL('../../../../vectors/zk/', import.meta.url)
/** Damaged registrations with proofs of 100 kB only cost time. */
const MOST_BYTES = 2 ** 16
/** No verdict takes longer, whatever is given. */
const SLOW_MS = 10_000
/** One in so many damaged proofs is judged by the slow second verifier, too, and one in so many of what is refused before its proof is looked into. */
const SECOND = 200n
const SECOND_OF_MODELS = 10n
const ABOUT_PROOFS = ['NON_CANONICAL', 'LOOKUP', 'SUMCHECK', 'BATCH', 'EVAL', 'POW', 'QUERY', 'MERKLE', 'BAD_ENCODING']

const read = <T>(group: string) =>
  readdirSync(new URL(group, FOLDER)).map((file) => JSON.parse(readFileSync(new URL(`${group}${file}`, FOLDER), 'utf8')) as T)

/** The published vectors, which the mutations begin with. */
export function seeds(): Given[] {
  const bytes = (hex: Hex) => hexToBytes(hex)
  const answers = read<ProofVector>('valid/').map(({ manifest, ir, blob, statement, proof }): Given => {
    return {
      files: { manifest: bytes(manifest), ir: bytes(ir), ...(blob ? { weights: bytes(blob) } : {}) },
      statement: {
        zkModelId: bytes(statement.zkModelId),
        batch: statement.batch,
        x: bytes(statement.x),
        y: bytes(statement.y),
        ctx: bytes(statement.ctx),
      },
      proof: bytes(proof),
    }
  })
  const nothing = new Uint8Array()
  const registrations = read<RegistrationVector>('registration/valid/').map((vector): Given => {
    const { zkModelId, ...given } = replayedRegistration(vector)
    return { ...given, statement: { zkModelId, x: nothing, y: nothing, ctx: nothing }, registers: true }
  })
  return [...answers, ...registrations.filter(({ proof }) => proof.length <= MOST_BYTES)]
}

const P = 2n ** 64n - 2n ** 32n + 1n
const WORDS = [0n, 1n, P - 1n, P, P + 1n, 2n ** 64n - 1n, 2n ** 63n, 2n ** 32n]

/** A copy, also of a Buffer, whose `slice` is none: what is kept must stay what it was. */
const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)

/** A copy with the length field that its length asks for. */
function sized(proof: Uint8Array): Uint8Array {
  const copy = copyOf(proof)
  if (copy.length >= 12) new DataView(copy.buffer).setUint32(8, copy.length, true)
  return copy
}

/** Damages bytes in one of the ways that formats break. `grain`: the size of what the format is made of. */
function damage(bytes: Uint8Array, other: Uint8Array, random: Random, grain: number): Uint8Array {
  const copy = copyOf(bytes)
  const cell = (from: Uint8Array) => below(random, Math.ceil(from.length / grain)) * grain
  const at = cell(copy)
  switch (below(random, 9)) {
    case 0:
      if (copy.length > 0) copy[below(random, copy.length)]! ^= 1 << below(random, 8)
      return copy
    case 1:
      if (copy.length > 0) copy[below(random, copy.length)] = below(random, 256)
      return copy
    case 2:
      if (at + 8 <= copy.length) new DataView(copy.buffer).setBigUint64(at, WORDS[below(random, WORDS.length)]!, true)
      return copy
    case 3:
      copy.set(copy.slice(cell(copy)).slice(0, Math.min(copy.length - at, grain * (1 + below(random, 8)))), at)
      return copy
    case 4: {
      const piece = other.slice(Math.min(at, other.length), at + grain * (1 + below(random, 64)))
      copy.set(piece.slice(0, copy.length - at), at)
      return copy
    }
    case 5:
      return copy.slice(0, at)
    case 6:
      return Uint8Array.from([...copy.slice(0, at), ...other.slice(0, grain * below(random, 4)), ...copy.slice(at)])
    case 7:
      return Uint8Array.from([...copy.slice(0, at), ...copy.slice(at + grain)])
    default:
      return Uint8Array.from([...copy, ...new Uint8Array(grain * below(random, 40))])
  }
}

/** CBOR with one value changed, or bytes damaged where they are no CBOR any more. */
function respoiled(bytes: Uint8Array, random: Random): Uint8Array {
  try {
    return encode(spoil(decode(copyOf(bytes)), random))
  } catch {
    return damage(bytes, bytes, random, 1)
  }
}

/** The files of a model with something in them changed, and hashes that fit again. */
function republished(given: Given, other: Given, random: Random): Given {
  const { files, statement } = given
  let { ir, weights } = files
  const honest = manifestOf(files.manifest)
  if (honest === undefined) return { ...given, files: { ...files, manifest: damage(files.manifest, other.files.manifest, random, 1) } }
  const how = below(random, 4)
  if (how === 0) ir = damage(ir, other.files.ir, random, 1)
  if (how === 1) ir = respoiled(ir, random)
  if (how === 2 && weights) weights = damage(weights, other.files.weights ?? weights, random, 2)
  const fitting = {
    ...honest,
    ir: tagged('zkml/v1/ir', ir),
    ...(honest.weights === 0 && weights ? { wd: tagged('zkml/v1/weights', weights) } : {}),
  }
  const bytes = how === 3 ? respoiled(encode(fitting), random) : encode(fitting)
  return {
    ...given,
    files: { manifest: bytes, ir, ...(weights ? { weights } : {}) },
    statement: { ...statement, zkModelId: tagged('zkml/v1/model', bytes) },
  }
}

function manifestOf(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const raw: unknown = decode(bytes)
    return raw !== null && typeof raw === 'object' && !Array.isArray(raw) ? (raw as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function mutated(given: Given, other: Given, random: Random): Given {
  const how = below(random, 10)
  if (how < 6) {
    const proof = damage(given.proof, other.proof, random, [8, 16, 32][below(random, 3)]!)
    return { ...given, proof: below(random, 10) === 0 ? proof : sized(proof) }
  }
  if (how < 9) return republished(given, other, random)
  const { statement } = given
  const field = (['x', 'y', 'ctx'] as const)[below(random, 3)]!
  return {
    ...given,
    statement: {
      ...statement,
      [field]: damage(statement[field], other.statement[field], random, 1),
      batch: [1, 1, 2, 3, 0, -1, 1.5, 4096][below(random, 8)]!,
    },
  }
}

function first({ files, statement, proof, registers }: Given): Verification {
  return registers ? verifier.verifyRegistration(files, statement.zkModelId, proof) : verifier.verify(files, statement, proof)
}

/** What the slow second verifier says of the same bytes. */
function second({ files, statement, proof, registers }: Given): string {
  const verdict = registers
    ? referenceVerifyRegistration(files, statement.zkModelId, proof)
    : referenceVerifyFiles(files, { ...statement, batch: statement.batch ?? 1 }, proof)
  return verdict.ok ? 'ok' : verdict.code
}

/** What a verdict depends on. */
const partsOf = ({ files, statement, proof, registers }: Given) =>
  registers ? [proof, files.ir, files.manifest] : [proof, files.ir, files.manifest, statement.x, statement.y, statement.ctx]
const same = (x: Given, y: Given) =>
  x.registers === y.registers && partsOf(x).every((part, i) => Buffer.from(part).equals(Buffer.from(partsOf(y)[i]!)))

/** Inputs that are kept at most. */
const MOST_KEPT = 5000

/**
 * Gives the verifier mutations of the vectors until the time is over and `least` have been tried, or a fault is found: an exception, `INTERNAL`, an accepted change, a
 * verdict that takes too long, or another code than the slow verifier's. What reaches code that nothing reached before, or a new verdict, is
 * mutated further. `coverage` watches the package's sources.
 */
export function fuzz(seconds: number, random: Random, coverage?: Coverage, least = 0): Found {
  const honest = seeds()
  const corpus = [...honest]
  if (coverage) {
    for (const one of honest) first(one)
    coverage.take()
  }
  const blocks = () => (coverage ? { blocks: coverage.blocks() } : {})
  const verdicts = new Map<string, number>()
  const end = performance.now() + seconds * 1000
  let runs = 0
  let slowestMs = 0
  for (; runs < least || performance.now() < end; runs++) {
    const from = corpus[below(random, corpus.length)]!
    let given = from
    for (let i = 0; i <= below(random, 3); i++) given = mutated(given, corpus[below(random, corpus.length)]!, random)
    const found = (says: string): Found => ({ runs, corpus: corpus.length, verdicts, slowestMs, ...blocks(), fault: { says, given } })
    const start = performance.now()
    let key: string
    try {
      const verdict = first(given)
      key = verdict.ok ? 'ok' : `${verdict.code} ${verdict.where ?? ''}`
      if (verdict.ok && !honest.some((one) => same(one, given))) return found('accepts what was changed')
      if (!verdict.ok && verdict.code === 'INTERNAL') return found('fails inside')
      if (!verdict.ok && random() % (ABOUT_PROOFS.includes(verdict.code) ? SECOND : SECOND_OF_MODELS) === 0n) {
        const other = second(given)
        if (other !== verdict.code) return found(`says ${verdict.code}, and the second verifier ${other}`)
      }
    } catch (error) {
      return found(`throws ${String(error)}`)
    }
    slowestMs = Math.max(slowestMs, performance.now() - start)
    if (slowestMs > SLOW_MS) return found(`takes ${slowestMs} ms`)
    const fresh = coverage?.take() === true
    if ((fresh || !verdicts.has(key)) && corpus.length < MOST_KEPT) corpus.push(given)
    verdicts.set(key, (verdicts.get(key) ?? 0) + 1)
  }
  return { runs, corpus: corpus.length, verdicts, slowestMs, ...blocks() }
}
