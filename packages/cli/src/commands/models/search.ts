import { print, printJson } from '../../io.ts'
import { shortHex, table } from '../../render/style.ts'
import { sdkOf } from '../../session.ts'
import type { CommandModule } from '../command.ts'

/** `og models search [TEXT]` */
export const run: CommandModule['run'] = async (context, [text = '']) => {
  const og = await sdkOf(context, { sign: false })
  const found = await og.models.search(text)
  if (context.flags.json) printJson(context.io, found)
  else if (found.length === 0)
    print(
      context.io,
      text ? `No published model's name holds "${text}".` : 'No models are published yet; `og models publish` publishes one.',
    )
  else
    for (const line of table(
      found.map((model) => [
        model.name,
        `v${model.version}${model.withdrawn ? ' withdrawn' : ''}`,
        shortHex(model.modelId),
        `by ${shortHex(model.author)}`,
      ]),
    ))
      print(context.io, line)
  return 0
}
