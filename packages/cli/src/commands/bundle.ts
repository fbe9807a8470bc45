import { resolve } from 'node:path'
import { type Hex, OgError } from '@opengradient/protocol'
import type { StoredBundle } from '@opengradient/sdk'
import { findRequest, inWordsOfTheCommandLine } from '../answers.ts'
import type { Context } from '../context.ts'
import { requireWritable, STANDARD, writeGiven } from '../home/given.ts'
import { print, printJson } from '../io.ts'
import { sdkOf } from '../session.ts'
import { keepingBoth } from '../signedTwice.ts'
import type { CommandModule } from './command.ts'

const WAIT_MS = 60_000

/** `og bundle ID`: the answer with the newest evidence. By itself it waits a little for the settlement; `--wait` until it is there. */
export const run: CommandModule['run'] = async (context, [given = ''], flags) => {
  const piped = flags.output === STANDARD
  if (piped && context.flags.json) throw new OgError('USAGE', '-o - is the bundle itself, which is JSON: leave --json out')
  if (typeof flags.output === 'string' && !piped) requireWritable(context, flags.output)
  const og = await sdkOf(context, { sign: false })
  const requestId = await findRequest(og, given)
  const deadline = context.io.now() + (flags.wait ? WAIT_MS : 6_000)
  const look = () =>
    og
      .bundle(requestId)
      .catch((error) => keepingBoth(context, requestId, error))
      .catch(inWordsOfTheCommandLine)
  let stored = await look()
  while (!isSettled(stored) && context.io.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    stored = await look()
  }
  if (flags.wait && !isSettled(stored))
    throw new OgError(
      'CHAIN_WAIT_TIMEOUT',
      `the answer ${requestId} is not settled and anchored after ${WAIT_MS / 1000} s; the bundle without it: og bundle ${given}`,
    )
  if (piped) context.io.out.write(stored.bytes)
  else tellFile(context, requestId, stored, flags.output)
  return stored.verdict.ok ? 0 : 1
}

/** Writes the bundle, and says where it is and what it is worth. */
function tellFile(context: Context, requestId: Hex, stored: StoredBundle, output: unknown): void {
  const { io, style } = context
  const settled = isSettled(stored)
  const target = resolve(io.cwd, typeof output === 'string' ? output : `${requestId}.json`)
  writeGiven(context, target, stored.bytes, 0o600)
  if (context.flags.json) {
    printJson(io, { requestId, file: target, settled, verdict: stored.verdict })
    return
  }
  print(io, `${target} (${stored.bytes.length} bytes)`)
  print(
    io,
    settled
      ? 'Settled and anchored: og verify shows it.'
      : 'Not settled and anchored yet; ask again in a few seconds for the full evidence.',
  )
  print(io, style.dim('It holds the request and the answer: share it knowingly.'))
}

const isSettled = ({ verdict }: StoredBundle): boolean =>
  ['payment.settled', 'inclusion', 'finality'].every((id) => verdict.checks.some((check) => check.id === id && check.status === 'pass'))
