import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { homeAt } from '../home/paths.ts'
import { storeAccount } from './accounts.ts'
import { decryptKey, parseKeystore } from './keystore.ts'
import { receiptKeyOf } from './receiptKey.ts'

function home() {
  const root = mkdtempSync(join(tmpdir(), 'og accounts '))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  return homeAt(root)
}

test('of two accounts that are made under one name at once, one is stored and the other is told so: no key is lost', async () => {
  const place = home()
  const keys = [1, 2].map((byte) => new Uint8Array(32).fill(byte))
  const made = await Promise.allSettled(keys.map((key) => storeAccount(place, 'alice', key, 'correct horse')))
  const stored = made.findIndex(({ status }) => status === 'fulfilled')
  expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(made[1 - stored]).toMatchObject({ reason: { code: 'USAGE', message: expect.stringContaining('exists already') } })
  expect(readdirSync(place.keys)).toEqual(['alice.json'])
  expect(await decryptKey(parseKeystore(readFileSync(join(place.keys, 'alice.json'))), 'correct horse')).toEqual(keys[stored])
})

test('two nodes that draw the receipt key of one account at once have the same', async () => {
  const place = home()
  const [one, two] = await Promise.all([1, 2].map(() => receiptKeyOf(place, 'alice', 'correct horse')))
  expect(one).toEqual(two)
  expect(await receiptKeyOf(place, 'alice', 'correct horse')).toEqual(one)
})
