import { resolve } from 'node:path'
import { type Hex, isOgError, OgError } from '@opengradient/protocol'
import type { Context } from './context.ts'
import { writeGiven } from './home/given.ts'
import { signedTwiceJson } from './signedReceipts.ts'

/** A node that signed twice may show the second receipt only once: both go into a file that `og report` takes. For `catch`. */
export function keepingBoth(context: Context, requestId: Hex, error: unknown): never {
  if (!isOgError(error, 'NODE_SIGNED_TWICE')) throw error
  const file = resolve(context.io.cwd, `${requestId}.twice.json`)
  writeGiven(context, file, new TextEncoder().encode(signedTwiceJson(error.details)), 0o600)
  throw new OgError(
    error.code,
    `${error.message.replace(/ Report both: .*$/, '')} Both receipts are in ${file}; \`og report ${pasted(file)}\` takes the bond`,
    { cause: error, details: { ...error.details, file } },
  )
}

/** A path as a shell takes it. */
const pasted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
