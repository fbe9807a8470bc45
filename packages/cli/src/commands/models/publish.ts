import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseModelName } from '@opengradient/client'
import { formatOpg, type Hex, OgError, parseHex } from '@opengradient/protocol'
import type { OpenGradient } from '@opengradient/sdk'
import { parsePercent } from '../../amount.ts'
import { confirm } from '../../confirm.ts'
import type { Context } from '../../context.ts'
import { readFileUpTo } from '../../home/given.ts'
import { print, printJson } from '../../io.ts'
import { type Description, readDescription } from '../../publish/description.ts'
import { onnxOf } from '../../publish/onnx.ts'
import { publishOptions } from '../../publish/options.ts'
import { keepWeights, provable } from '../../publish/provable.ts'
import { sdkOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** What validation takes at most, and what `og models show` reads of a card. */
const [MAX_MODEL, MAX_CARD] = [2 ** 31 - 1, 1 << 20]

/** `og models publish FILE --name owner/name`: the file is checked before anything is uploaded. */
export const run: CommandModule['run'] = async (context, [file = ''], flags) => {
  const path = resolve(context.io.cwd, file)
  const bytes = read(path, file, MAX_MODEL)
  const model = onnxOf(bytes, file)
  const description = describe(context, path, flags)
  const card = cardOf(context, path, flags.card, description)
  const og = await sdkOf(context, { sign: true })
  const parent = await parentOf(og, flags)
  const plain = publishOptions({
    file: { path, bytes },
    model,
    card,
    description,
    ...(parent ? { parent } : {}),
  })
  if (flags.commitWeights && !flags.zk) throw new OgError('USAGE', '--commit-weights is about proofs: give --zk with it')
  const zk = flags.zk ? await provable(context, { options: plain, path, onnx: bytes, model, flags }) : undefined
  const options = zk?.options ?? plain
  // Who is asked about terms for good has a name that can be published.
  parseModelName(options.name)
  await confirm(
    context,
    `Publish ${options.name} for good (royalty ${(options.royaltyBps ?? 0) / 100} %, at least ${formatOpg(options.minRoyalty ?? 0n)} OPG a request, licence ${options.licence})? Terms of a version cannot be changed.`,
  )
  // Before the model can be asked for: the node of this home must find the weights.
  const weights = zk && keepWeights(context, path, zk)
  const published = await og.publish(options)
  if (context.flags.json)
    printJson(context.io, { name: options.name, ...published, ...(zk && { report: zk.compiled.report, cost: zk.compiled.cost }) })
  else {
    print(context.io, `${options.name} version ${published.version}  ${published.modelId}`)
    print(
      context.io,
      `Published in transaction ${published.hash}. Nodes that serve everything offer it within seconds: og models show ${options.name}`,
    )
    const asking = (options.golden ?? []).length > 0 ? '--example' : '--input FILE'
    if (zk) print(context.io, `Its integer model ${zk.zkModelId} is recorded on chain: og infer ${options.name} ${asking} --level zk`)
    if (weights) print(context.io, `${weights} holds the weights: give it to nodes that should prove answers, and to nobody else.`)
  }
  return 0
}

function read(path: string, given: string, most: number): Buffer {
  try {
    return readFileUpTo(path, most)
  } catch (cause) {
    throw new OgError('USAGE', `cannot read ${given}: ${(cause as Error).message}`, { cause })
  }
}

/** The description file (`--description`, else `model.json` beside the model), with the options on top. */
function describe({ io }: Context, path: string, flags: Record<string, unknown>): Description {
  const beside = join(dirname(path), 'model.json')
  const file = typeof flags.description === 'string' ? resolve(io.cwd, flags.description) : existsSync(beside) ? beside : undefined
  const given = (['name', 'task', 'licence', 'royalty', 'minRoyalty'] as const)
    .filter((key) => typeof flags[key] === 'string')
    .map((key) => [key, flags[key]])
  return {
    ...(file ? readDescription(file) : { task: 'tensor-inference', licence: 'LicenseRef-unstated' }),
    ...Object.fromEntries(given),
  } as Description
}

function cardOf({ io }: Context, path: string, file: unknown, { name, task }: Description): string {
  const beside = join(dirname(path), 'card.md')
  if (typeof file === 'string') return read(resolve(io.cwd, file), file, MAX_CARD).toString('utf8')
  return existsSync(beside)
    ? read(beside, beside, MAX_CARD).toString('utf8')
    : `# ${name ?? ''}\n\n${task ?? ''}. Its author wrote no card: what it was trained on and what it must not be used for is not said.\n`
}

async function parentOf(og: OpenGradient, flags: Record<string, unknown>): Promise<{ modelId: Hex; shareBps: number } | undefined> {
  if (typeof flags.parent !== 'string') return undefined
  const modelId = flags.parent.startsWith('0x') ? parseHex(flags.parent, 32, '--parent') : (await og.models.show(flags.parent)).modelId
  return { modelId, shareBps: parsePercent(String(flags.parentShare), '--parent-share', 5000) }
}
