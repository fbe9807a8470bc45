import { fstatSync, readdirSync, statSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { CHUNK_SIZE, chunkHashes, sha256Hex } from '@opengradient/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { PartialFile } from './partial.ts'

const BYTES = new Uint8Array(1000).map((_, i) => i)
const FILE = { sha256: sha256Hex(BYTES), size: BYTES.length, chunks: chunkHashes(BYTES) }

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'og partial '))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Which files of a folder this process has open. */
function openFiles(folder: string): string[] {
  const inodes = new Map(readdirSync(folder).map((name) => [statSync(join(folder, name)).ino, name]))
  return readdirSync('/dev/fd').flatMap((fd) => {
    try {
      return inodes.get(fstatSync(Number(fd)).ino) ?? []
    } catch {
      return [] // The one that listed them.
    }
  })
}

test('a file for which there is no room, or no place for its map, is not left open', async () => {
  const folder = await temporaryFolder()
  const huge = { sha256: FILE.sha256, size: 2 ** 19 * CHUNK_SIZE, chunks: new Array<typeof FILE.sha256>(2 ** 19).fill(FILE.sha256) }
  await expect(PartialFile.open(huge, join(folder, 'huge'))).rejects.toMatchObject({ code: 'DISK_FULL' })
  await mkdir(join(folder, 'model~part.map'))
  await expect(PartialFile.open(FILE, join(folder, 'model'))).rejects.toMatchObject({ code: 'EISDIR' })
  expect(openFiles(folder)).toEqual([])
})

test('two that fetch the same file begin and end it at the same time', async () => {
  const into = join(await temporaryFolder(), 'model')
  const both = await Promise.all([PartialFile.open(FILE, into), PartialFile.open(FILE, into)])
  expect(openFiles(dirname(into))).toHaveLength(4)
  for (const partial of both) await partial.write(0, BYTES)
  expect(await Promise.all(both.map((partial) => partial.finish()))).toEqual([[], []])
  for (const partial of both) await partial.close()
  expect(new Uint8Array(await readFile(into))).toEqual(BYTES)
})
