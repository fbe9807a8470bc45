import './schemas.ts'
import { OgError } from '@opengradient/protocol'
import { isDiskFull } from '@opengradient/protocol/disk'
import { CommanderError } from 'commander'
import { COMMANDS } from './commands/table.ts'
import { type ExitCode, exitCodeOf } from './exit.ts'
import { inOrder } from './globals.ts'
import { type Io, printJson, processIo } from './io.ts'
import { buildProgram } from './program.ts'
import { complain, errorJson } from './render/error.ts'

/**
 * Runs one `og` command.
 *
 * @param argv arguments after `og`
 * @returns the exit code (exit.ts); never throws
 */
export async function main(argv: readonly string[], options: { io?: Io; defaultHome?: string | undefined } = {}): Promise<ExitCode> {
  const io = options.io ?? processIo()
  const asked = argv.includes('--json')
  try {
    let exit: ExitCode = 0
    const note = (code: ExitCode) => {
      exit = code
    }
    const ordered = inOrder(argv, COMMANDS)
    await buildProgram(io, options.defaultHome, note, ordered[0]).parseAsync(ordered, { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0
      // Commander has told a person; a program reads one document.
      return asked ? report(io, new OgError('USAGE', error.message.replace(/^error: /, '')), true) : 2
    }
    return report(io, asOgError(error), asked)
  }
}

/** Whatever went wrong, as one of our errors: a disk that is full, or a file that this user may not touch, is no bug. */
export function asOgError(error: unknown): OgError {
  if (error instanceof OgError) return error
  const cause: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error))
  if (isDiskFull(cause))
    return new OgError('DISK_FULL', `${cause.message}. What was there before is whole; free some space, and run the command again`, {
      cause,
    })
  if (cause.code === 'EMFILE' || cause.code === 'ENFILE')
    return new OgError(
      'INTERNAL',
      `${cause.message}. Raise how many files a process may have open (ulimit -n), and run the command again`,
      {
        cause,
      },
    )
  if (cause.code && cause.path !== undefined)
    return new OgError('INTERNAL', `${cause.message}. See whether this user may do that there, or choose another folder with --home`, {
      cause,
    })
  return new OgError(
    'INTERNAL',
    `something nobody foresaw: ${cause.message}. Run \`og doctor\`; if it is fine, this is a bug worth reporting`,
    { cause },
  )
}

/** Prints an error for a person (stderr) or for a program (one JSON document on stdout). */
function report(io: Io, error: OgError, json: boolean): ExitCode {
  const exit = exitCodeOf(error)
  if (json) printJson(io, { ok: false, error: errorJson(error), exit })
  else complain(io, error)
  return exit
}
