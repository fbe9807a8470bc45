import type { Context } from '../context.ts'

/** The module behind a command. Arguments are the positional ones, in order. */
export interface CommandModule {
  /** Returns the exit code (exit.ts). */
  run: (context: Context, args: (string | undefined)[], flags: Record<string, unknown>) => Promise<number> | number
}

/** One row of the command line: how it is written, what it says in the help, where its code is. */
export interface CommandSpec {
  usage: string
  says: string
  options?: readonly (readonly [flags: string, says: string, fallback?: string])[]
  examples?: readonly string[]
  children?: readonly CommandSpec[]
  hidden?: boolean
  load?: () => Promise<CommandModule>
}
