import type { Readable } from 'node:stream'
import { OgError } from '@opengradient/protocol'
import { isCode } from '../disk.ts'

/** The bytes of `source`; fails when none come for `idleMs`, and when the sender goes away before the end. */
export async function* idleLimited(source: Readable, idleMs: number): AsyncGenerator<Uint8Array> {
  const stalled = () =>
    source.destroy(new OgError('STORE_STALLED', `the upload sent nothing for ${idleMs} ms and was dropped; send it again`))
  let timer = setTimeout(stalled, idleMs)
  try {
    for await (const bytes of source) {
      clearTimeout(timer)
      yield bytes
      timer = setTimeout(stalled, idleMs)
    }
  } catch (error) {
    if (!isCode(error, 'ECONNRESET')) throw error
    throw new OgError('STORE_STALLED', 'the upload broke off; send it again', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}
