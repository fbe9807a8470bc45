import { resolve } from 'node:path'
import { OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { readFileUpTo } from '../home/given.ts'

const MAX_FILE = 4_096
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The password of an account: from `--password-file`, else asked for at the terminal; never from an argument or the environment. */
export async function askPassword(context: Context, file: unknown, question: string): Promise<string> {
  if (typeof file === 'string') return readPasswordFile(context, file)
  if (!context.io.interactive)
    throw new OgError('USAGE', 'this account is encrypted and nobody is at the terminal to type its password; give --password-file FILE')
  const { isCancel, password } = await import('@clack/prompts')
  const answer = await password({ message: question })
  if (isCancel(answer)) throw new OgError('INTERRUPTED', 'no password was given')
  return answer
}

/** Asks twice for a new password, or takes it from a file. */
export async function askNewPassword(context: Context, file: unknown): Promise<string> {
  const first = await askPassword(context, file, 'Password for the new account')
  if (first.length < 8) throw new OgError('USAGE', 'a password needs at least 8 characters')
  if (typeof file === 'string') return first
  if ((await askPassword(context, undefined, 'The same password again')) !== first)
    throw new OgError('USAGE', 'the two passwords differ; nothing was stored')
  return first
}

/** One line of text; the end of the line, and the mark that some editors begin a file with, are not part of it. */
function readPasswordFile({ io }: Context, file: string): string {
  try {
    const text = utf8.decode(readFileUpTo(resolve(io.cwd, file), MAX_FILE)).replace(/\r?\n$/, '')
    if (/[\r\n\0]/.test(text)) throw new Error('it holds more than one line')
    return text
  } catch (cause) {
    const why = cause instanceof TypeError ? 'it is not UTF-8; save it as such' : (cause as Error).message
    throw new OgError('USAGE', `--password-file ${file}: ${why}`, { cause })
  }
}
