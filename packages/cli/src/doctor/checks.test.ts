import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { contextOf } from '../context.ts'
import { homeAt } from '../home/paths.ts'
import { processIo } from '../io.ts'
import { CHECKS } from './checks.ts'

const LOOKED = ['home', 'settings', 'ports', 'data', 'RPC', 'clock']

/** What the checks of a home say, those of the machine aside. */
async function findings(spoil: (root: string) => void) {
  const root = mkdtempSync(join(tmpdir(), 'og doctor '))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  spoil(root)
  const context = contextOf(processIo(), homeAt(root), {})
  const found: Record<string, [string, string | undefined]> = {}
  for (const { name, look } of CHECKS.filter(({ name }) => LOOKED.includes(name))) {
    const { status, remedy } = await look(context)
    found[name] = [status, remedy]
  }
  return found
}

test('settings that cannot be read are one fault with its remedy, and everything else is looked at all the same', async () => {
  for (const text of ['{bad', '{"colour":"red"}', '{"portBase":1}']) {
    const found = await findings((root) => writeFileSync(join(root, 'config.json'), text))
    expect(Object.keys(found)).toEqual(LOOKED)
    expect(found.settings).toEqual(['bad', expect.stringContaining('remove it')])
    expect(found.ports?.[0]).toBe('note')
    expect([found.home?.[0], found.clock?.[0]]).toEqual(['good', 'good'])
  }
})

test('a marker of a running network that is no such thing is a fault with its remedy', async () => {
  const found = await findings((root) => writeFileSync(join(root, 'running.json'), 'x'))
  expect(found.data).toEqual(['bad', expect.stringContaining('--fix')])
})
