import { encodeBundle, formatOpg, OgError, parseStrictJson } from '@opengradient/protocol'
import { type InferResult, type InputValue, type OpenGradient, SDK_LEVELS, type SdkLevel } from '@opengradient/sdk'
import { parseOpg, parseWhole } from '../amount.ts'
import { inWordsOfTheCommandLine } from '../answers.ts'
import { ownPolicy } from '../attestation/ownPolicy.ts'
import { enclaveLines } from '../attestation/words.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { readGiven, requireWritable, writeGiven } from '../home/given.ts'
import { interruptible } from '../interruption.ts'
import { note, print, printJson, widthOf } from '../io.ts'
import { outputLines } from '../render/tensors.ts'
import { verdictLines } from '../render/verdict.ts'
import { sdkOf } from '../session.ts'
import { proofWait } from '../zk/wait.ts'
import type { CommandModule } from './command.ts'

/** Bytes of the inputs of one request. */
const MAX_INPUT = 64 * 1024 * 1024

/** `og infer MODEL`: nothing is printed as an answer that was not verified. */
export const run: CommandModule['run'] = async (context, [model = ''], flags) => {
  if (typeof flags.output === 'string') requireWritable(context, flags.output)
  const maxPrice = typeof flags.maxPrice === 'string' ? parseOpg(flags.maxPrice, '--max-price') : undefined
  const evidence = { ...(await ownPolicy(context, flags.evidencePolicy)), ...(flags.fresh === true ? { fresh: true } : {}) }
  const og = await sdkOf(context, { sign: true, ...(maxPrice === undefined ? {} : { maxPrice }), evidence })
  const inputs = flags.example ? await exampleOf(og, model) : readInputs(context, flags.input)
  const timeoutMs = parseWhole(flags.timeout, '--timeout', 3600) * 1000
  const level = levelOf(flags.level)
  const { onProof, end } = proofWait(context)
  const began = Math.floor(context.io.now() / 1000)
  const asking = (signal: AbortSignal) =>
    inferWrapping(context, og, () => og.infer(model, inputs, { timeoutMs, ...(level ? { level } : {}), onProof, signal }))
  const result = await interruptible(asking, () => sentSince(og, model, began))
    .finally(end)
    .catch(inWordsOfTheCommandLine)
  showResult(context, result, flags.output)
  return 0
}

/** What somebody who leaves has to know of a request. */
async function sentSince(og: OpenGradient, model: string, began: number): Promise<string> {
  const sent = (await og.receipts.list()).find((entry) => entry.state === 'sent' && entry.model === model && entry.at >= began)
  if (sent === undefined) return 'interrupted before a request was sent; nothing is paid for one'
  const again = `og.recover('${sent.requestId}') asks again and never pays twice`
  return `interrupted; request ${sent.requestId} was sent, and may be answered, and paid for, yet: ${again}`
}

function levelOf(given: unknown): SdkLevel | undefined {
  if (given === undefined) return undefined
  const level = SDK_LEVELS.find((level) => level === given)
  if (level) return level
  throw new OgError('USAGE', `--level ${String(given)}: there are ${SDK_LEVELS.join(', ')}`)
}

/** Outputs, verdict and what was paid; the bundle into `file`, if one is named. */
export function showResult(context: Context, result: InferResult, file: unknown): void {
  const unwritten = typeof file === 'string' ? notWritten(context, file, result) : undefined
  if (unwritten && context.flags.json) throw unwritten
  if (context.flags.json) {
    const { outputs, receipt, verdict, requestId, enclave } = result
    printJson(context.io, { requestId, outputs, receipt, verdict, ...(enclave ? { enclave } : {}) })
    return
  }
  for (const line of outputLines(result.outputs)) print(context.io, line)
  for (const line of result.enclave ? enclaveLines(result.enclave) : []) print(context.io, line)
  print(context.io)
  for (const line of verdictLines(result.verdict, context.style, widthOf(context.io))) print(context.io, line)
  const paid = result.receipt.price > 0n ? `paid ${formatOpg(result.receipt.price)} OPG to ${result.receipt.node}` : 'free'
  print(context.io, context.style.dim(`request ${result.requestId} · ${paid}`))
  if (unwritten) throw unwritten
}

/** Writes the bundle; if that fails, what to say of an answer that is paid for. */
function notWritten(context: Context, file: string, { bundle, requestId }: InferResult): OgError | undefined {
  try {
    writeGiven(context, file, encodeBundle(bundle), 0o600)
    return undefined
  } catch (error) {
    if (!(error instanceof OgError)) throw error
    return new OgError(error.code, `${error.message}. The answer is kept: \`og bundle ${requestId} -o FILE\` writes it elsewhere`, {
      cause: error,
      details: { requestId },
    })
  }
}

/** When WOPG is short and there is OPG, offers to wrap some, and asks once more. */
async function inferWrapping(context: Context, og: OpenGradient, ask: () => Promise<InferResult>): Promise<InferResult> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof OgError) || error.code !== 'PAYMENT_INSUFFICIENT_BALANCE') throw error
    const { have, need } = error.details as { have?: bigint; need?: bigint }
    const { opg } = await og.wallet.balance()
    if (typeof have !== 'bigint' || typeof need !== 'bigint') throw error
    if (opg <= need)
      throw new OgError(
        error.code,
        `the request costs ${formatOpg(need)} OPG, and the account has ${formatOpg(have)} WOPG and ${formatOpg(opg)} OPG${og.chain.local ? '; `og faucet` gives it some' : ''}`,
        { cause: error, details: error.details },
      )
    const amount = wrapAmount(need - have, opg)
    await confirm(context, `The request costs ${formatOpg(need)} WOPG and you have ${formatOpg(have)}. Wrap ${formatOpg(amount)} OPG?`)
    await og.wallet.wrap(amount)
    note(context.io, `wrapped ${formatOpg(amount)} OPG`)
    return ask()
  }
}

/** A hundred requests' worth, so that the next ones need no transaction; never more than half of what is there. */
function wrapAmount(missing: bigint, opg: bigint): bigint {
  const hundred = missing * 100n
  return hundred < opg / 2n ? hundred : missing
}

async function exampleOf(og: OpenGradient, model: string): Promise<Record<string, InputValue>> {
  const { manifest } = await og.models.show(model)
  const [golden] = manifest.golden
  if (!golden) throw new OgError('USAGE', `the manifest of ${model} holds no example; give --input FILE`)
  return Object.fromEntries(golden.input.map(({ name, shape, data }) => [name, { shape, data: data as InputValue } as InputValue]))
}

/** `{ "x": [[1, 2]] }`, or the body of an Open Inference Protocol request. */
export function readInputs(context: Context, file: unknown): Record<string, InputValue> {
  if (typeof file !== 'string')
    throw new OgError('USAGE', 'which input? Give --input FILE (JSON), --input - for standard input, or --example')
  const value = parsed(readGiven(context, file, MAX_INPUT), file)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new OgError('USAGE', `--input ${file}: expected an object whose keys are the names of the inputs`)
  const { inputs } = value as { inputs?: unknown }
  if (!Array.isArray(inputs) || !inputs.every(isNamed)) return value as Record<string, InputValue>
  return Object.fromEntries(inputs.map(({ name, shape, data }) => [name, { shape, data } as InputValue]))
}

/** What two readers would read alike: who writes a key twice is told, and not charged for an answer to one of them. */
function parsed(bytes: Uint8Array, file: string): unknown {
  try {
    return parseStrictJson(bytes, { maxBytes: MAX_INPUT, maxDepth: 64, maxNodes: MAX_INPUT, inexactNumbers: true })
  } catch (cause) {
    throw new OgError('USAGE', `--input ${file}: ${(cause as Error).message}`, { cause })
  }
}

/** A tensor of an Open Inference Protocol request. */
const isNamed = (entry: unknown): entry is { name: string; shape: number[]; data: InputValue } =>
  typeof entry === 'object' && entry !== null && 'name' in entry && typeof entry.name === 'string'
