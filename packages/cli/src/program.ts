import { Command } from 'commander'
import type { CommandSpec } from './commands/command.ts'
import { COMMANDS } from './commands/table.ts'
import { contextOf, type GlobalFlags } from './context.ts'
import type { ExitCode } from './exit.ts'
import { GLOBAL_OPTIONS, wordOf } from './globals.ts'
import { chooseHome } from './home/paths.ts'
import type { Io } from './io.ts'

/**
 * The commander program; a command's own module is imported only when it runs.
 *
 * @param first the first argument: when it names a command, the others are left out, because describing all of them takes as long as a short one
 */
export function buildProgram(io: Io, defaultHome: string | undefined, setExit: (code: ExitCode) => void, first?: string): Command {
  const program = new Command('og')
    .description('Publish AI models, call them, and check what ran: offline, from one file.')
    .helpCommand('help [command]', 'what a command does, with examples')
    .addHelpText('after', HELP_FOOTER)
  const quiet = { writeOut: (text: string) => void io.out.write(text), writeErr: (text: string) => void io.err.write(text) }
  // Long usages leave less than commander would wrap to, and lines beyond 80 columns.
  program.configureOutput(quiet).configureHelp({ minWidthToWrap: 20 }).exitOverride()
  const named = COMMANDS.filter((spec) => wordOf(spec) === first)
  for (const spec of named.length > 0 ? named : COMMANDS) addCommand(program, spec, io, defaultHome, setExit)
  return program
}

function addCommand(parent: Command, spec: CommandSpec, io: Io, defaultHome: string | undefined, setExit: (code: ExitCode) => void): void {
  const command = parent.command(spec.usage, spec.hidden ? { hidden: true } : {}).description(spec.says)
  if (spec.children) {
    for (const child of spec.children) addCommand(command, child, io, defaultHome, setExit)
    return
  }
  for (const [flags, says, fallback] of spec.options ?? []) command.option(flags, says, fallback)
  for (const [flags, says] of GLOBAL_OPTIONS) command.option(flags, says)
  if (spec.examples) command.addHelpText('after', `\nExamples:\n${spec.examples.map((example) => `  og ${example}`).join('\n')}`)
  command.action(async (...received: unknown[]) => {
    const flags = command.opts<GlobalFlags & Record<string, unknown>>()
    const context = contextOf(io, chooseHome(flags.home, io.env, io.cwd, defaultHome), flags)
    const { run } = await (spec.load ?? noModule)()
    const code = await run(context, received.slice(0, command.registeredArguments.length) as (string | undefined)[], flags)
    setExit(code as ExitCode)
  })
}

function noModule(): never {
  throw new Error('a command without children needs a module')
}

const HELP_FOOTER = `
Options of every command, before or behind its name:
${GLOBAL_OPTIONS.map(([flags, says]) => `  ${flags.padEnd(22)} ${says}`).join('\n')}

The home is --home, else OG_HOME, else .og in a clone of the repository, else
~/.opengradient.
Colours are off when NO_COLOR is set or the output is not a terminal.

Exit codes: 0 fine · 1 verification failed · 2 usage · 3 refused before running
(policy, cap, balance, price) · 4 unreachable or timed out, outcome unknown ·
5 local fault · 130 interrupted`
