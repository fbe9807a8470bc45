import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'

const PASSWORD = 'correct hörse'

/** Which of the files opens the account that the first of them made. */
async function opens(...files: (string | Uint8Array)[]): Promise<(number | string)[]> {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  const names = files.map((content, i) => home.file(`${i}`, content))
  await home.og('account', 'new', 'alice', '--password-file', '0')
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
  expect(await opens(...files)).toEqual([0, 0, 0, 0, 0])
})

test('what is no line of text is refused before an account rests on it', async () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(PASSWORD, 'utf16le')])
  const plain16 = Buffer.from(PASSWORD, 'utf16le')
  const said = await opens(PASSWORD, utf16, plain16, `${PASSWORD}\nsecond`, `${PASSWORD}\n\n`, 'x'.repeat(5_000))
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
