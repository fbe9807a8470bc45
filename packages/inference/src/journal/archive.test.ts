import { join } from 'node:path'
import { hexToBytes } from '@opengradient/protocol'
import { ClassicLevel } from 'classic-level'
import { expect, test } from 'vitest'
import { Archive } from './archive.ts'
import type { Standing } from './entry.ts'
import { account, IDENTITY, temporaryFolder } from './journal.testkit.ts'
import { toJson } from './record.ts'

test('a standing of an older journal, which names no amount, gives no credit and goes on to be counted', async () => {
  const dir = join(temporaryFolder(), 'index')
  const [old, now] = [account('old'), account('now')]
  const archive = await Archive.open(dir, IDENTITY)
  const standings: [typeof now, Standing][] = [[now, { settled: 7n, blocked: true }]]
  await archive.seal({ segment: 1, entries: [], standings, batches: [] })
  await archive.close()
  const db = new ClassicLevel<Uint8Array, string>(dir, { keyEncoding: 'view' })
  await db.put(Buffer.concat([Buffer.from('u'), hexToBytes(old)]), toJson({ settled: true, blocked: false }))
  await db.close()
  const reopened = await Archive.open(dir, IDENTITY)
  expect(reopened.standing(now)).toEqual({ settled: 7n, blocked: true })
  expect(reopened.standing(old)).toEqual({ settled: 0n, blocked: false })
  await reopened.close()
})
