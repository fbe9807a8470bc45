import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'

function homeWith(logs: Record<string, string>): InProcess {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  mkdirSync(home.place.logs, { recursive: true })
  for (const [name, text] of Object.entries(logs)) writeFileSync(join(home.place.logs, `${name}.log`), text)
  return home
}

test('with --json every line is one JSON document with its service, whatever was logged', async () => {
  const home = homeWith({
    chain: '{"level":30,"msg":"up"}\nError: it broke\n    at \u001b[2Jx\n[1,2]\n\n{"msg":"cut o',
    store: '',
    'first-run': '{"service":"not mine","msg":"done"}\n',
  })
  const { code, out } = await home.og('logs', '--json')
  const lines = out.trimEnd().split('\n')
  expect([code, lines.map((line) => JSON.parse(line))]).toMatchObject([
    0,
    [
      { service: 'chain', msg: 'up' },
      { service: 'chain', msg: 'Error: it broke' },
      { service: 'chain', msg: expect.stringContaining('    at ') },
      { service: 'chain', msg: '[1,2]' },
      { service: 'chain', msg: '{"msg":"cut o' },
      { service: 'first-run', msg: 'done' },
    ],
  ])
  expect(out).not.toContain('\u001b')
  expect((await home.og('logs', '--help')).out.replace(/\s+/g, ' ')).toContain('with --json one JSON document a line')
})

test('without it lines are as they were written, below the name of their service', async () => {
  const home = homeWith({ chain: '{"msg":"up"}\n', store: 'one\ntwo\n' })
  expect((await home.og('logs', '-n', '1')).out).toBe('── chain\n{"msg":"up"}\n── store\ntwo\n')
  expect((await home.og('logs', 'store')).out).toBe('one\ntwo\n')
  for (const lines of ['', ' ', 'x', '-1', '1.5', '1e3', '0x2'])
    expect(await home.og('logs', 'store', `--lines=${lines}`)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--lines') })
})
