import { basename, extname, resolve } from 'node:path'
import { validateOnnx } from '@opengradient/inference/onnx'
import { bytesToHex, OgError } from '@opengradient/protocol'
import { MAX_ZKIR_BYTES } from '@opengradient/zkml'
import { readGiven, writeGiven } from '../../home/given.ts'
import { note, print, printJson } from '../../io.ts'
import { progressBar } from '../../zk/progress.ts'
import { withReference } from '../../zk/reference.ts'
import { madeUpSamples, readSamples } from '../../zk/samples.ts'
import { runJob } from '../../zk/thread.ts'
import { bytesText, MODE, modelLines, refusalLines, withRemedy } from '../../zk/words.ts'
import type { CommandModule } from '../command.ts'

/** `og zk compile model.onnx -o model.zkir`: the integer model that proofs are about, and how far it is from the file. */
export const run: CommandModule['run'] = async (context, [given = ''], flags) => {
  const onnx = readGiven(context, given, MAX_ZKIR_BYTES)
  const { signature } = validateOnnx(onnx)
  const output = typeof flags.output === 'string' ? flags.output : `${basename(given, extname(given))}.zkir`
  const calibration = typeof flags.calibration === 'string' ? flags.calibration : undefined
  const samples =
    calibration === undefined ? madeUpSamples(signature) : readSamples(resolve(context.io.cwd, calibration), calibration, signature)
  const progress = progressBar(context.io, 'compiling')
  progress.phase('ONNX Runtime on the samples')
  const compiled = await withReference(onnx, samples)
    .then((answered) =>
      runJob(
        {
          kind: 'compile',
          onnx,
          name: basename(given, extname(given)),
          samples: answered,
          ...(flags.maxRms === undefined ? {} : { maxRms: bound(flags.maxRms) }),
          commitWeights: flags.commitWeights === true,
        },
        progress,
      ),
    )
    .catch((error) => {
      progress.end()
      if (flags.report === true && !context.flags.json) for (const line of refusalLines(error)) note(context.io, line)
      return withRemedy(error)
    })
    .finally(() => progress.end())
  const id = bytesToHex(compiled.zkModelId)
  writeGiven(context, output, compiled.file)
  const privateOutput = compiled.privateFile && privateName(output)
  if (privateOutput) writeGiven(context, privateOutput, compiled.privateFile!, 0o600)
  if (context.flags.json) {
    const { report, cost, registration } = compiled
    printJson(context.io, {
      file: output,
      bytes: compiled.file.length,
      ...(privateOutput ? { privateFile: privateOutput } : {}),
      zkModelId: id,
      mode: MODE,
      weights: privateOutput ? 'committed' : 'public',
      ...(registration ? { registration } : {}),
      ...report,
      calibration: calibration === undefined ? 'made-up' : 'given',
      cost,
    })
    return 0
  }
  print(context.io, `${context.style.green('compiled')}  ${output}  ${bytesText(compiled.file.length)}`)
  if (privateOutput) print(context.io, `          ${privateOutput}  with the weights: for those who prove, and nobody else`)
  const how = { from: calibration === undefined ? ('made-up' as const) : ('given' as const), detailed: flags.report === true, id }
  for (const line of modelLines(compiled, how, context.style)) print(context.io, line)
  return 0
}

/** `model.zkir` → `model.private.zkir`. */
const privateName = (path: string): string => {
  const extension = extname(path)
  return `${path.slice(0, path.length - extension.length)}.private${extension}`
}

function bound(value: unknown): number {
  const number = Number(value)
  if (!(number > 0 && number <= 1))
    throw new OgError('USAGE', `--max-rms ${String(value)}: expected a share above 0 and at most 1, such as 0.01`)
  return number
}
