import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const SCRIPT = `
import { parseBundle, presets } from '@opengradient/protocol'
import { noTrust, verify } from '@opengradient/verifier'
let text = ''
for await (const part of process.stdin) text += part
const bundle = parseBundle(text)
const { checks } = await verify(bundle, presets.zk, noTrust(bundle), 1_800_000_000)
console.log(JSON.stringify(checks.map(({ id, code }) => [id, code])))`

it('where no WebAssembly can be compiled a verdict says so of the proof, and judges the rest', { timeout: 60_000 }, () => {
  const vector = JSON.parse(readFileSync(new URL('../../../../vectors/valid/071-zk-proved.json', import.meta.url), 'utf8'))
  const cwd = fileURLToPath(new URL('../..', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, ['--jitless', '--input-type=module', '-e', SCRIPT], {
    cwd,
    input: JSON.stringify(vector.bundle),
    encoding: 'utf8',
  })
  expect(stderr.replace(/Warning: disabling flag.*\n?/g, '')).toBe('')
  const codes = Object.fromEntries(JSON.parse(stdout)) as Record<string, string | null>
  for (const id of ['zk.model', 'zk.input', 'zk.output', 'zk.statement', 'zk.proof']) expect(codes[id], id).toBe('ZK_WEBASSEMBLY')
  for (const id of ['model.identity', 'request.bound', 'response.unaltered', 'signature']) expect(codes[id], id).toBeNull()
})
