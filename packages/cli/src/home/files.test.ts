import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asideOf } from '@opengradient/client/aside'
import { expect, onTestFinished, test } from 'vitest'
import { createWhole, sweepHome, writeWhole } from './files.ts'
import { homeAt } from './paths.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'og files '))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test("a private file is nobody else's, also where others laid something out under the name that a process would write aside", () => {
  const shared = folder()
  const [target, trap] = [join(shared, 'answer.json'), join(shared, 'trap')]
  writeFileSync(trap, '', { mode: 0o666 })
  symlinkSync(trap, `${target}.${process.pid}.tmp`)
  writeWhole(target, 'secret', 0o600)
  expect(readFileSync(trap, 'utf8')).toBe('')
  expect(statSync(target).mode & 0o777).toBe(0o600)
})

test('what is no file is written to, and never replaced by one', async () => {
  const pipe = join(folder(), 'pipe')
  execFileSync('mkfifo', [pipe])
  const reader = spawn('cat', [pipe])
  const read = reader.stdout.toArray()
  writeWhole(pipe, 'answer')
  expect(Buffer.concat(await read).toString()).toBe('answer')
  expect(statSync(pipe).isFIFO()).toBe(true)
})

test('a file is replaced whole, and what cannot be written leaves nothing behind', () => {
  const place = folder()
  const path = join(place, 'x', 'config.json')
  writeWhole(path, 'one')
  writeWhole(path, 'two')
  expect(readFileSync(path, 'utf8')).toBe('two')
  expect(() => writeWhole(join(place, 'x'), 'three')).toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/)
  expect(readdirSync(place)).toEqual(['x'])
})

test('what a process that was killed left of a file is swept by who writes there next, and by who starts something in the home', async () => {
  const home = homeAt(folder())
  const writer = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  onTestFinished(() => void writer.kill('SIGKILL'))
  await once(writer, 'spawn')
  const places = [home.root, home.keys, join(home.keys, 'receipt'), home.networks, home.data]
  const leave = () => {
    for (const place of places) {
      mkdirSync(place, { recursive: true })
      writeFileSync(asideOf(join(place, 'x.json')).replace(`-${process.pid}-`, `-${writer.pid}-`), 'half')
    }
  }
  const left = () => places.map((place) => readdirSync(place).filter((name) => name.endsWith('.tmp')).length)
  leave()
  writeWhole(join(home.keys, 'y.json'), 'whole')
  sweepHome(home)
  expect(left()).toEqual([1, 1, 1, 1, 1])
  writer.kill('SIGKILL')
  await once(writer, 'exit')
  writeWhole(join(home.keys, 'z.json'), 'whole')
  expect(createWhole(join(home.networks, 'z.json'), 'whole')).toBe(true)
  expect(left()).toEqual([1, 0, 1, 0, 1])
  sweepHome(home)
  expect(left()).toEqual([0, 0, 0, 0, 0])
})

test('a new file is never written over another', () => {
  const place = folder()
  const path = join(place, 'keys', 'alice.json')
  expect(createWhole(path, 'first', 0o600)).toBe(true)
  expect(createWhole(path, 'second', 0o600)).toBe(false)
  expect(readFileSync(path, 'utf8')).toBe('first')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  chmodSync(path, 0o400)
  expect(createWhole(path, 'third')).toBe(false)
  expect(readdirSync(join(place, 'keys'))).toEqual(['alice.json'])
})
