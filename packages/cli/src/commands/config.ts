import { configSchema, writeConfig } from '../home/config.ts'
import { print, printJson } from '../io.ts'
import { table } from '../render/style.ts'
import type { CommandModule } from './command.ts'

/** `og config [KEY] [VALUE]` */
export const run: CommandModule['run'] = (context, [key, value]) => {
  const config = key && value !== undefined ? writeConfig(context.home, key, value) : context.config()
  const shown = Object.entries(config).filter(([name]) => name !== 'version' && (key === undefined || name === key))
  if (shown.length === 0) writeConfig(context.home, key ?? '', '')
  if (context.flags.json) printJson(context.io, Object.fromEntries(shown))
  else for (const line of table(shown.map(([name, set]) => [name, String(set), describe(name)]))) print(context.io, line)
  return 0
}

const describe = (name: string): string =>
  (configSchema.shape as Record<string, { description?: string | undefined }>)[name]?.description ?? ''
