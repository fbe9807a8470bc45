import { readFileSync } from 'node:fs'
import { OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'

/** The password of an account: from `--password-file`, else asked for at the terminal; never from an argument or the environment. */
export async function askPassword(context: Context, file: unknown, question: string): Promise<string> {
  if (typeof file === 'string') return readPasswordFile(file)
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

function readPasswordFile(file: string): string {
  try {
    const text = readFileSync(file, 'utf8')
    if (text.length > 4096) throw new Error('it is larger than 4 kB')
    return text.replace(/\r?\n$/, '')
  } catch (cause) {
    throw new OgError('USAGE', `--password-file ${file}: ${(cause as Error).message}`, { cause })
  }
}
