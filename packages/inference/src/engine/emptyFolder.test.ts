import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder } from './emptyFolder.ts'

test('what a dead process left is removed, what a living one uses stays', () => {
  const { pid: dead } = spawnSync(process.execPath, ['-e', ''])
  const [left, used] = [dead, process.ppid].map((pid) => join(tmpdir(), `og-engine-${pid}-test`)) as [string, string]
  for (const folder of [left, used]) mkdirSync(folder)
  const mine = emptyFolder()
  expect([left, used, mine].map((folder) => existsSync(folder))).toEqual([false, true, true])
  expect(readdirSync(mine)).toEqual([])
  for (const folder of [used, mine]) rmdirSync(folder)
})
