import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { checkRealms } from './realms.mjs'

it('classes of one realm are asked of no value where another may have made it', () => {
  const root = mkdtempSync(join(tmpdir(), 'og-lint-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  write('packages/sdk/src/a.ts', 'a instanceof Uint8Array || a instanceof BigInt64Array\n')
  write('packages/verifier/src/b.ts', '// a instanceof Uint8Array\nb instanceof OgError || b instanceof Stop || c instanceof RangeError')
  write('packages/protocol/src/json/c.ts', 'z.instanceof(Uint8Array)')
  for (const file of ['protocol/src/realm/realm.ts', 'protocol/src/node/disk.ts', 'sdk/src/a.test.ts', 'chain/src/a.ts'])
    write(`packages/${file}`, 'a instanceof Uint8Array')
  expect(checkRealms(root).map((problem) => problem.split(' is ')[0])).toEqual([
    'packages/protocol/src/json/c.ts: z.instanceof(',
    'packages/sdk/src/a.ts: instanceof Uint8Array',
    'packages/sdk/src/a.ts: instanceof BigInt64Array',
    'packages/verifier/src/b.ts: instanceof RangeError',
  ])
})
