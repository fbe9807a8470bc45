import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder } from './folder.ts'

describe('makeFolder', () => {
  const root = mkdtempSync(join(tmpdir(), 'og-folder-'))
  afterAll(() => rmSync(root, { recursive: true }))

  it('makes all that are missing, with the mode asked for, and leaves alone what is there', () => {
    makeFolder(join(root, 'a', 'b', 'c'), 0o700)
    makeFolder(join(root, 'a', 'b', 'c'))
    expect(statSync(join(root, 'a', 'b', 'c')).mode & 0o777).toBe(0o700)
    expect(statSync(join(root, 'a')).mode & 0o777).toBe(0o700)
  })

  it('follows a link to a folder', () => {
    symlinkSync(join(root, 'a'), join(root, 'link'))
    makeFolder(join(root, 'link', 'd'))
    expect(statSync(join(root, 'a', 'd')).isDirectory()).toBe(true)
  })

  it('says what stands in the way', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => makeFolder(join(root, 'file'))).toThrow(/EEXIST/)
    expect(() => makeFolder(join(root, 'file', 'below'))).toThrow(/ENOTDIR|EEXIST/)
  })

  it.runIf(process.platform === 'linux')('ends where the system lets nobody make a folder', () => {
    expect(() => makeFolder('/proc/x/y')).toThrow(/ENOENT|EACCES|EPERM/)
  })
})
