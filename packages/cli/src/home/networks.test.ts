import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeNetworkFile } from '@opengradient/protocol'
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
    // It may be anything: nobody is told to remove it.
    expect(err).not.toContain('remove')
  }
})

test('a file that is none hides no other one, and is named with what to do; nothing else is stopped by it', async () => {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  mkdirSync(home.place.networks, { recursive: true })
  const path = (name: string) => join(home.place.networks, `${name}.json`)
  const hash = `0x${'12'.repeat(32)}` as const
  for (const name of ['local', 'there'])
    writeFileSync(
      path(name),
      encodeNetworkFile({
        name,
        chainId: 4_611_686_018_427,
        genesisHash: hash,
        anchors: [{ height: 0, blockHash: hash }],
        rpcUrls: ['http://127.0.0.1:1'],
      }),
    )
  expect((await home.og('networks')).code).toBe(0)
  writeFileSync(path('spoilt'), '{')
  writeFileSync(path('large'), ' '.repeat(70_000))

  const { code, out, err } = await home.og('networks')
  const lines = out.split('\n').map((line) => squeezed(line))
  expect([code, lines]).toEqual([2, [expect.stringMatching(/^\* local /), expect.stringMatching(/^ there /), '']])
  const named = (name: string) => new RegExp(`${name}\\.json is no network file: .*operator of the network, or remove it`)
  for (const name of ['spoilt', 'large']) expect(squeezed(err)).toMatch(named(name))
  const { code: exit, json } = await home.json<{ name?: string; path?: string }[]>('networks')
  expect([exit, json.map(({ name, path }) => name ?? path)]).toEqual([2, ['local', 'there', path('large'), path('spoilt')]])
  expect(json[2]).toMatchObject({ ok: false, error: { code: 'NETWORK_FILE_INVALID' } })

  const accounts = await home.json('account', 'list')
  expect(accounts).toMatchObject({ code: 0, json: [{ name: 'dev' }] })
  expect((await home.og('balance')).code).toBe(4)
  expect((await home.og('balance', '--network', 'spoilt')).code).toBe(2)
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
