import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'
import { encryptKey } from './keystore.ts'

const PASSWORD = 'correct hörse'

/** A home with a quickly opened account of the password. */
async function quickHome(): Promise<InProcess> {
  const home = new InProcess()
  const { keys } = home.place
  mkdirSync(keys, { recursive: true })
  writeFileSync(join(keys, 'alice.json'), JSON.stringify(await encryptKey(new Uint8Array(32).fill(1), PASSWORD, 2)))
  return home
}

/** A home with an account that was made with a file. */
async function newHome(file: string): Promise<InProcess> {
  const home = new InProcess()
  home.file('password', file)
  expect(await home.og('account', 'new', 'alice', '--password-file', 'password')).toMatchObject({ code: 0 })
  return home
}

/** Which of the files opens the account of a home. */
async function opens(home: InProcess, ...files: (string | Uint8Array)[]): Promise<(number | string)[]> {
  onTestFinished(() => home.remove())
  const names = files.map((content, i) => home.file(`${i}`, content))
  const codes: (number | string)[] = []
  for (const name of names) {
    const { code, err } = await home.og('account', 'import', `copy${name}`, 'home/keys/alice.json', '--password-file', name)
    codes.push(code === 2 ? err : code)
  }
  return codes
}

test('a password from a file is its line, whatever editor wrote it', async () => {
  const bom = Buffer.from([0xef, 0xbb, 0xbf])
  const files = [
    PASSWORD,
    `${PASSWORD}\n`,
    `${PASSWORD}\r\n`,
    Buffer.concat([bom, Buffer.from(`${PASSWORD}\r\n`)]),
    PASSWORD.normalize('NFD'),
  ]
  expect(await opens(await quickHome(), ...files)).toEqual([0, 0, 0, 0, 0])
})

test('what is no line of text is refused before an account rests on it', async () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(PASSWORD, 'utf16le')])
  const plain16 = Buffer.from(PASSWORD, 'utf16le')
  const said = await opens(await newHome(PASSWORD), PASSWORD, utf16, plain16, `${PASSWORD}\nsecond`, `${PASSWORD}\n\n`, 'x'.repeat(5_000))
  expect(said).toEqual([
    0,
    ...['UTF-8', 'UTF-8|one line', 'one line', 'one line', 'limit of 4096'].map((why) => expect.stringMatching(why)),
  ])
})

test('a file of passwords that does not end is not read to its end', async () => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  expect(await home.og('account', 'new', 'alice', '--password-file', '/dev/zero')).toMatchObject({ code: 2 })
})
