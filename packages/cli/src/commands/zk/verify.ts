import { bytesToHex, decodeZkProofInput, type Hex, isOgError, OgError, parseHex, type ZkProofInput } from '@opengradient/protocol'
import { proofWords } from '@opengradient/verifier'
import { Kernels, MAX_ZKIR_BYTES, type ModelIo, type Verification, ZkVerifier, zkModelId } from '@opengradient/zkml'
import type { Context } from '../../context.ts'
import { readGiven } from '../../home/given.ts'
import { print, printJson, widthOf } from '../../io.ts'
import { printable, type Style, wrapText } from '../../render/style.ts'
import { prose } from '../../render/verdict.ts'
import { readModel } from '../../zk/model.ts'
import { outputLinesOf, type StatementValues, statementValues } from '../../zk/statement.ts'
import { bytesText, MODE, msText } from '../../zk/words.ts'
import type { CommandModule } from '../command.ts'

/** What became of a proof file. */
interface Judged {
  readonly verdict: Verification
  /** Only a commitment to the weights is known, and no proof that they are in range. */
  readonly unranged: boolean
  readonly verifyMs: number
}

/** `og zk verify p.bin --model-id 0x…`: needs the file and which model you trust, and no network. */
export const run: CommandModule['run'] = async (context, [given = ''], flags) => {
  const trusted = trustedModel(context, flags)
  const input = parsed(readGiven(context, given, MAX_ZKIR_BYTES))
  if (isOgError(input)) {
    const refusal = { ok: false, code: 'BAD_ENCODING', says: `The file is not one of \`og zk prove\`. ${input.message}` }
    if (context.flags.json) printJson(context.io, { ...refusal, mode: MODE, expected: trusted.id })
    else for (const line of refusedLines(refusal.code, refusal.says, context.style)) print(context.io, line)
    return 1
  }
  const { verdict, verifyMs, unranged } = judge(input, trusted)
  const committed = input.proof[7] === 1
  const words = proofWords({ zkModelId: bytesToHex(input.zkModelId), unranged })
  const values = verdict.ok ? statementValues(input, trusted.io) : undefined
  if (context.flags.json) {
    const found = { zkModelId: bytesToHex(input.zkModelId), context: bytesToHex(input.ctx), proofBytes: input.proof.length, verifyMs }
    const shown = values ? { ...values, weights: committed ? 'committed' : 'public', ...words } : {}
    printJson(context.io, { ...verdict, mode: MODE, expected: trusted.id, ...found, ...shown })
  } else if (values) showProved(context, input, { values, named: trusted.file }, verifyMs, words)
  else showRefused(context, input, verdict, trusted.id)
  return verdict.ok ? 0 : 1
}

interface Trusted {
  readonly id: Hex
  readonly io?: ModelIo
  /** The file that `io` is from. */
  readonly file?: string
  readonly registration?: Uint8Array
}

/** The model that the caller trusts: its id, or its file, which also has the names of the outputs. Both must agree. */
function trustedModel(context: Context, { model, modelId }: Record<string, unknown>): Trusted {
  const id = typeof modelId === 'string' ? parseHex(modelId, 32, '--model-id') : undefined
  if (typeof model !== 'string') {
    if (id) return { id }
    throw new OgError('USAGE', 'which model do you trust? A proof names its own: give --model-id 0x… or --model model.zkir')
  }
  const { file } = readModel(context, model)
  const found = bytesToHex(zkModelId(file.manifest))
  if (id !== undefined && id !== found) throw new OgError('USAGE', `--model ${model} is model ${found}, not the one of --model-id`)
  return { id: found, io: file.io, file: model, ...(file.registration && { registration: file.registration }) }
}

/** The parts of the file, or why it has none. */
function parsed(bytes: Uint8Array): ZkProofInput | OgError {
  try {
    return decodeZkProofInput(bytes)
  } catch (error) {
    if (isOgError(error)) return error
    throw error
  }
}

const refusedLines = (code: string, says: string, style: Style): string[] => [
  style.red(style.bold(`REFUSED: ${code}`)),
  ...wrapText(`Nothing is proved. ${says}`, 100),
]

function judge({ manifest, ir, weights, zkModelId, x, y, ctx, proof }: ZkProofInput, { id, registration }: Trusted): Judged {
  const started = performance.now()
  const unranged = proof[7] === 1
  if (bytesToHex(zkModelId) !== id) return { verdict: { ok: false, code: 'WRONG_MODEL' }, unranged, verifyMs: 0 }
  const verifier = new ZkVerifier(Kernels.loadSync())
  const files = { manifest, ir, ...(weights.length > 0 ? { weights } : {}) }
  const verdict = verifier.verify(files, { zkModelId, x, y, ctx }, proof)
  const verifyMs = performance.now() - started
  if (!verdict.ok || registration === undefined) return { verdict, unranged, verifyMs }
  const ranges = verifier.verifyRegistration(files, zkModelId, registration)
  if (ranges.ok) return { verdict, unranged: false, verifyMs }
  throw new OgError('ZK_BAD_FILE', `the model file holds a registration proof that does not verify (${ranges.code}): do not trust the file`)
}

function showProved(
  context: Context,
  input: ZkProofInput,
  { values, named }: { readonly values: StatementValues; readonly named: string | undefined },
  ms: number,
  words: ReturnType<typeof proofWords>,
): void {
  const { io, style } = context
  print(io, style.green(style.bold(`PROVED (${MODE})`)))
  for (const line of outputLinesOf(values)) print(io, line)
  const decoded =
    named === undefined ? [] : [`names and decoding by ${printable(named)}: the model's id binds the integers, not what they are called`]
  const facts = [...decoded, `model ${bytesToHex(input.zkModelId)}`, `context ${contextText(input.ctx)}`]
  for (const fact of facts) print(io, style.dim(fact))
  for (const key of ['proves', 'assumes', 'unproven'] as const)
    for (const line of prose(key, words[key], style, widthOf(io))) print(io, line)
  print(io, style.dim(`proof of ${bytesText(input.proof.length)}, read and checked in ${msText(ms)}`))
}

/** Why a proof is not taken, by the verifier's code. */
const REASONS: Partial<Record<string, string>> = {
  WRONG_MODEL: 'It is about another model than the one that you trust, or the files in it are not those of the model.',
  STATEMENT_MISMATCH: 'The values of the statement do not fit the model.',
  WRONG_MODE: 'Its mode is not one that version 1 has.',
  WRONG_VERSION: 'It is of a version that this software does not know.',
  BAD_ENCODING: 'The proof is not in its encoding.',
}

function showRefused({ io, style }: Context, input: ZkProofInput, verdict: Verification, trusted: Hex): void {
  const code = verdict.ok ? '' : verdict.code
  const named = bytesToHex(input.zkModelId)
  const other = named === trusted ? '' : ` The file is about model ${named}; you trust ${trusted}.`
  for (const line of refusedLines(code, `${REASONS[code] ?? 'The proof does not show this statement.'}${other}`, style)) print(io, line)
}

/** Text where it is text, hex else. */
function contextText(ctx: Uint8Array): string {
  if (ctx.length === 0) return 'empty: the proof is not bound to any request'
  const text = new TextDecoder().decode(ctx)
  return /^[\x20-\x7e]+$/.test(text) ? JSON.stringify(text) : bytesToHex(ctx)
}
