import { OgError } from '@opengradient/protocol'
import type { CommandSpec } from './commands/command.ts'

/** Options of every command, as `Command.option` of commander takes them. */
export const GLOBAL_OPTIONS = [
  ['--network <name|file>', 'network file to trust (default: the setting "network")'],
  ['--home <folder>', 'where keys, settings and data live'],
  ['--json', 'one JSON document instead of text'],
  ['-y, --yes', 'do not ask'],
] as const

/** How each may be written, and whether a value follows it. */
const SPELLINGS = new Map(
  GLOBAL_OPTIONS.flatMap(([flags]) => (flags.match(/-[-a-z]+/g) ?? []).map((name) => [name, flags.includes('<')] as const)),
)

/** What many other programs understand as `version`. */
const VERSION = ['-V', '--version']

/** The word that names a command. */
export const wordOf = ({ usage }: CommandSpec): string => usage.split(' ')[0] ?? ''

/**
 * Arguments with the options of every command, where they stand before the command or between its words, behind its name: `--home X node status`
 * and `node --home X status` are `node status --home X`, and `--version` is `version`. What is given again behind the name counts.
 *
 * @throws OgError `USAGE` when one lacks its value
 */
export function inOrder(argv: readonly string[], commands: readonly CommandSpec[]): string[] {
  const words: string[] = []
  const options: string[] = []
  let level: readonly CommandSpec[] | undefined = commands
  let at = 0
  while (level && at < argv.length) {
    const argument = argv[at] as string
    const length = lengthOf(argument, argv[at + 1])
    const word = words.length === 0 && VERSION.includes(argument) ? 'version' : argument
    const spec: CommandSpec | undefined = length > 0 ? undefined : level.find((spec) => wordOf(spec) === word)
    if (length === 0 && !spec) break
    if (spec) {
      words.push(word)
      level = spec.children
    }
    options.push(...argv.slice(at, at + length))
    at += length || 1
  }
  const [first, ...rest] = argv.slice(at)
  if (words.length === 0 && first === 'help' && rest.length > 0) return helpOf(rest, commands)
  // Nothing is run without a command: help and complaints need none of them.
  return [...words, ...(level ? [] : options), ...argv.slice(at)]
}

/** `help account new` is `account new --help`. @throws OgError `USAGE` for what is no command */
function helpOf(asked: readonly string[], commands: readonly CommandSpec[]): string[] {
  const words = asked.filter((word) => !word.startsWith('-'))
  let level: readonly CommandSpec[] = commands
  for (const [i, word] of words.entries()) {
    const spec = level.find((one) => wordOf(one) === word)
    if (spec === undefined)
      throw new OgError('USAGE', `there is no command 'og ${words.slice(0, i + 1).join(' ')}'; \`og help\` lists them`)
    level = spec.children ?? []
  }
  return [...words, '--help']
}

/** How many arguments the option at the beginning takes with itself; 0 when there is none of every command. */
function lengthOf(argument: string, next: string | undefined): number {
  const takes = SPELLINGS.get(argument)
  if (takes === undefined) return /^--(home|network)=/.test(argument) ? 1 : 0
  if (!takes) return 1
  if (next === undefined) throw new OgError('USAGE', `${argument}: its value is missing; \`og help\` says what may follow`)
  return 2
}
