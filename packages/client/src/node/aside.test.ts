import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { asideOf, isAlive, sweepAsides } from './aside.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'og aside '))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** The name that another process of this machine would take. */
const namedBy = (pid: number | undefined, path: string) => asideOf(path).replace(`-${process.pid}-`, `-${pid}-`)

test('what a process writes is left alone while it lives, and swept once it was killed', async () => {
  const place = folder()
  const writer = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  onTestFinished(() => void writer.kill('SIGKILL'))
  await once(writer, 'spawn')
  const [own, others] = [asideOf(join(place, 'a.json')), namedBy(writer.pid, join(place, 'b.json'))]
  for (const path of [own, others]) writeFileSync(path, 'half')
  sweepAsides(place)
  expect(readdirSync(place)).toHaveLength(2)
  writer.kill('SIGKILL')
  await once(writer, 'exit')
  sweepAsides(place)
  expect(readdirSync(place)).toEqual([basename(own)])
})

test('what a process of another machine left is swept after an hour, not before', () => {
  const place = folder()
  const elsewhere = (path: string) => asideOf(path).replace(/\.[0-9a-f]{8}-/, '.00000000-')
  const [fresh, old] = [elsewhere(join(place, 'a')), elsewhere(join(place, 'b'))]
  for (const path of [fresh, old]) writeFileSync(path, '')
  utimesSync(old, Date.now() / 1000 - 3_700, Date.now() / 1000 - 3_700)
  sweepAsides(place)
  expect(readdirSync(place)).toEqual([basename(fresh)])
})

test("nobody's files are touched, whatever they are called, and a folder that is not there is none to sweep", () => {
  const place = folder()
  const names = ['a.json', 'b.tmp', `c.json.${'0'.repeat(16)}.tmp`, '.tmp', `d.${'0'.repeat(8)}-1-${'0'.repeat(15)}.tmp`].sort()
  for (const name of names) {
    writeFileSync(join(place, name), '')
    utimesSync(join(place, name), 0, 0)
  }
  sweepAsides(place)
  expect(readdirSync(place).sort()).toEqual(names)
  sweepAsides(join(place, 'nowhere'))
  sweepAsides(join(place, 'a.json'))
})

test.runIf(process.platform === 'linux')(
  'a process that has ended is not alive, whether anybody takes note of its end or not',
  async () => {
    // What the shell becomes never asks after its child; the shell itself would, if that ended before.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'])
    onTestFinished(() => void parent.kill('SIGKILL'))
    const [said] = await once(parent.stdout, 'data')
    const child = Number(String(said))
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'latin1')).toBe('sleep\n')
    process.kill(child, 'SIGKILL')
    await expect.poll(() => readFileSync(`/proc/${child}/stat`, 'latin1')).toMatch(/\) Z /)
    expect([isAlive(parent.pid!), isAlive(child)]).toEqual([true, false])
  },
)
