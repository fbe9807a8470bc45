import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tsmFiles } from './files.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-tsm-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the files of configfs-tsm', () => {
  it('are read up to a limit, those without a length of their own, too', async () => {
    const file = join(folder, 'blob')
    writeFileSync(file, new Uint8Array(100_000))
    expect((await tsmFiles.read(file, 100_000)).length).toBe(100_000)
    await expect(tsmFiles.read(file, 99_999)).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
    expect((await tsmFiles.read('/proc/self/stat', 4096)).length).toBeGreaterThan(0)
    await expect(tsmFiles.read('/proc/self/stat', 10)).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
  })

  it('are written to without being read, and never made', async () => {
    const file = join(folder, 'inblob')
    writeFileSync(file, '')
    chmodSync(file, 0o200)
    await tsmFiles.write(file, Uint8Array.of(1, 2))
    chmodSync(file, 0o600)
    expect([...readFileSync(file)]).toEqual([1, 2])
    await expect(tsmFiles.write(join(folder, 'other'), Uint8Array.of(1))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('lie in folders that are made and removed', async () => {
    const entry = join(folder, 'entry')
    await tsmFiles.mkdir(entry)
    await expect(tsmFiles.mkdir(entry)).rejects.toMatchObject({ code: 'EEXIST' })
    mkdirSync(join(entry, 'full'))
    await expect(tsmFiles.rmdir(entry)).rejects.toMatchObject({ code: 'ENOTEMPTY' })
    rmSync(join(entry, 'full'), { recursive: true })
    await tsmFiles.rmdir(entry)
  })
})
