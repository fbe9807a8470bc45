import { bytesToHex, encodeZkProofInput, type Hex, hexToBytes, OgError, utf8 } from '@opengradient/protocol'
import { writeGiven } from '../../home/given.ts'
import { print, printJson } from '../../io.ts'
import { readModel } from '../../zk/model.ts'
import { progressBar } from '../../zk/progress.ts'
import { samplesFrom } from '../../zk/samples.ts'
import { MAX_CTX_BYTES, MODE_LINE, outputLinesOf, statementValues } from '../../zk/statement.ts'
import { runJob } from '../../zk/thread.ts'
import { parseThreads } from '../../zk/threads.ts'
import { bytesText, MODE, msText } from '../../zk/words.ts'
import type { CommandModule } from '../command.ts'
import { readInputs } from '../infer.ts'

/** `og zk prove model.zkir --input x.json -o p.bin`: runs the integer model and proves its answer. */
export const run: CommandModule['run'] = async (context, [given = ''], flags) => {
  const { bytes, file } = readModel(context, given)
  const signature = { inputs: file.io.inputs.map(({ name, shape }) => ({ name, datatype: 'FP32' as const, shape })) }
  const { rows, inputs } = samplesFrom([readInputs(context, flags.input)], signature, `--input ${String(flags.input)}`)
  if (rows !== 1) throw new OgError('ZK_INPUT_SHAPE', `The input holds ${rows} samples; a proof is about one. Prove them one by one.`)
  const ctx = contextBytes(flags.context)
  const threads = flags.threads === undefined ? {} : { threads: parseThreads(flags.threads, '--threads') }
  const { proven, proveMs } = await runJob({ kind: 'prove', file: bytes, inputs, ctx, ...threads }, progressBar(context.io, 'proving'))
  const { statement, proof } = proven
  const { x, y, zkModelId } = statement
  const output = typeof flags.output === 'string' ? flags.output : 'proof.bin'
  const weights = isCommitted(proof) ? new Uint8Array() : (file.weights ?? new Uint8Array())
  const input = { zkModelId, manifest: file.manifest, ir: file.ir, weights, x, y, ctx, proof }
  const encoded = encodeZkProofInput(input)
  writeGiven(context, output, encoded)
  const values = statementValues(input, file.io)
  if (context.flags.json) {
    printJson(context.io, {
      file: output,
      bytes: encoded.length,
      proofBytes: proof.length,
      proveMs,
      zkModelId: bytesToHex(zkModelId),
      mode: MODE,
      weights: isCommitted(proof) ? 'committed' : 'public',
      context: bytesToHex(ctx),
      ...values,
    })
    return 0
  }
  for (const line of outputLinesOf(values)) print(context.io, line)
  print(context.io)
  print(
    context.io,
    `${context.style.green('proved')}  ${output}: a proof of ${bytesText(proof.length)} in ${msText(proveMs)}, with its statement and model`,
  )
  print(context.io, `        ${MODE_LINE}`)
  print(context.io, context.style.dim(`check it: og zk verify ${output} --model-id ${bytesToHex(zkModelId)}`))
  return 0
}

/** The flag of a proof's head that says whose weights it means (SPEC 9.1). */
const isCommitted = (proof: Uint8Array): boolean => proof[7] === 1

/** Hex as bytes, anything else as its UTF-8. */
function contextBytes(value: unknown): Uint8Array {
  if (value === undefined) return new Uint8Array()
  const text = String(value)
  const bytes = /^0x(?:[0-9a-f]{2})*$/.test(text) ? hexToBytes(text as Hex) : utf8(text)
  if (bytes.length > MAX_CTX_BYTES) throw new OgError('USAGE', `--context has ${bytes.length} bytes; at most ${MAX_CTX_BYTES} are allowed`)
  return bytes
}
