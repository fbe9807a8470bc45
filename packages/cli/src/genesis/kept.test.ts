import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { homeAt } from '../home/paths.ts'
import { genesisOf, localGenesis } from '../network/genesisFile.ts'

test('a genesis that is damaged is named by its file, and no other is made in its place', async () => {
  const root = mkdtempSync(join(tmpdir(), 'og genesis '))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const home = homeAt(root)
  expect(genesisOf(home)).toBeUndefined()
  const { genesis } = await localGenesis(home, Date.now())
  expect(genesisOf(home)).toEqual(genesis)
  const path = join(home.data, 'genesis.json')
  const damaged = { code: 'CHAIN_GENESIS_INVALID', message: expect.stringContaining(`${path} is damaged`) }
  for (const spoil of [() => truncateSync(path, 100), () => truncateSync(path, 0), () => writeFileSync(path, '{"chainId":"1"}')]) {
    spoil()
    expect(() => genesisOf(home)).toThrow(expect.objectContaining(damaged))
    await expect(localGenesis(home, Date.now())).rejects.toMatchObject(damaged)
  }
})
