import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'

const squeezed = (text: string) => text.replace(/\s+/g, ' ')

test('a network file that is none is named, however large it is, or without an end', async () => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  mkdirSync(home.place.networks, { recursive: true })
  const files = { 'empty.json': '', 'other.json': '{"name":"x"}', 'large.json': ' '.repeat(70_000) }
  for (const [name, text] of Object.entries(files)) home.file(name, text)
  for (const file of ['./empty.json', './other.json', './large.json', '/dev/zero', home.root]) {
    const { code, err } = await home.og('balance', `0x${'11'.repeat(20)}`, '--network', file)
    expect([file, code, squeezed(err)]).toEqual([file, 2, expect.stringContaining(`${file.replace('./', '')} is no network file: `)])
  }
  writeFileSync(join(home.place.networks, 'spoilt.json'), '{')
  const listed = await home.og('networks')
  expect([listed.code, squeezed(listed.err)]).toEqual([2, expect.stringContaining('spoilt.json is no network file: ')])
})

test('where a bundle cannot be written, nothing is asked or paid', async () => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  home.file('file', '')
  for (const [target, why] of [
    ['.', 'it is a folder'],
    ['file/answer.json', '(ENOTDIR|EEXIST)'],
    ['/dev/null/answer.json', '(ENOTDIR|EEXIST)'],
    ...(process.platform === 'linux' ? [['/proc/x/answer.json', '(ENOENT|EACCES|EPERM)'] as const] : []),
  ] as const)
    for (const command of [
      ['infer', 'a/b', '--example'],
      ['recover', 'last'],
      ['bundle', 'last'],
    ]) {
      const { code, err } = await home.og(...command, '-o', target)
      expect([command[0], code, squeezed(err)]).toEqual([
        command[0],
        2,
        expect.stringMatching(new RegExp(`cannot write ${target}: .*${why}`)),
      ])
    }
})
