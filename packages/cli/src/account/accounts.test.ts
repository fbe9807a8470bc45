import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'
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

test('a file that holds no account hides no other one, and is named', async () => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  await storeAccount(home.place, 'alice', new Uint8Array(32).fill(1), 'correct horse')
  const spoilt = join(home.place.keys, 'bob.json')
  writeFileSync(spoilt, '{"version":3}')
  const { code, out, err } = await home.og('account', 'list')
  expect([code, out]).toEqual([2, expect.stringMatching(/^ +alice +0x[0-9a-f]{40}\n$/)])
  const listed = await home.json('account', 'list')
  expect(listed).toMatchObject({ code: 2, json: [{ name: 'alice' }, { path: spoilt, error: { code: 'KEYSTORE_INVALID' } }] })
  const used = await home.og('account', 'use', 'bob')
  for (const said of [err, used.err]) expect(said.replace(/\s/g, '')).toContain(`KEYSTORE_INVALID:${spoilt.replace(/\s/g, '')}:`)
  expect((await home.og('account', 'use', 'alice')).code).toBe(0)
  expect((await home.og('account', 'use', 'carol')).err.replace(/\s+/g, ' ')).toContain('there are alice, bob')
})

test('a name that no new account may have is refused before a password is asked for', async () => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  await storeAccount(home.place, 'alice', new Uint8Array(32).fill(1), 'correct horse')
  const key = home.file('key.txt', `0x${'11'.repeat(32)}`)
  for (const [name, why] of [
    ['alice', 'exists already'],
    ['dev', "local network's own account"],
    ['a/b', '1 to 64 letters'],
  ] as const)
    for (const command of [
      ['new', name],
      ['import', name, key],
    ])
      expect([command, await home.og('account', ...command)]).toEqual([command, { code: 2, out: '', err: expect.stringContaining(why) }])
})
