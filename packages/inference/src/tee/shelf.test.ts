import { type AttestationEvidence, parseCmw } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { folderFiles } from '../proving/files.ts'
import { faultyFiles, temporaryFolder } from '../proving/proving.testkit.ts'
import { EnvelopeShelf } from './shelf.ts'
import { digestOf, LIFE, START, testLife } from './tee.testkit.ts'

const evidence: AttestationEvidence = {
  platform: 'nitro',
  evidence: Uint8Array.of(1),
  endorsements: {},
  gpus: [],
  keyset: Uint8Array.of(2),
  nonce: new Uint8Array(32),
}

async function scene() {
  const files = faultyFiles(await folderFiles(temporaryFolder()))
  return { files, shelf: await EnvelopeShelf.open(files) }
}

test('an envelope is there again as it was kept, also after the next start', async () => {
  const { files, shelf } = await scene()
  await shelf.keep(digestOf(1), evidence, START + LIFE)
  for (const one of [shelf, await EnvelopeShelf.open(files)]) expect(parseCmw((await one.read(digestOf(1)))!)).toEqual(evidence)
})

test('an envelope that the disk does not take is not there, and says why in words', async () => {
  const { files, shelf } = await scene()
  files.full = /cmw$/
  await expect(shelf.keep(digestOf(1), evidence, START + LIFE)).rejects.toMatchObject({ code: 'DISK_FULL' })
  const locked = await EnvelopeShelf.open({ ...files, write: () => Promise.reject(new Error('EROFS: read-only file system')) })
  await expect(locked.keep(digestOf(1), evidence, START + LIFE)).rejects.toMatchObject({ code: 'JOURNAL_FAILED', message: /EROFS/ })
  expect([shelf.has(digestOf(1)), locked.has(digestOf(1))]).toEqual([false, false])
})

test('a full disk is tried again ever more rarely: each try asks the hardware', async () => {
  const { files, shelf } = await scene()
  files.full = /cmw$/
  const life = testLife({ keep: (digest) => shelf.keep(digest, evidence, START + LIFE) })
  for (let i = 0; i < 300; i++) {
    await life.lifecycle.work()
    life.clock.now += 2
  }
  expect([life.issued(), life.lifecycle.status.trouble?.code]).toEqual([7, 'DISK_FULL'])
  files.full = undefined
  life.clock.now += 600
  await life.lifecycle.work()
  expect(life.lifecycle.status.phase).toBe('live')
})
