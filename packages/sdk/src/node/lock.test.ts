import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { asideOf, identityOf } from '@opengradient/client/aside'
import { expect, onTestFinished, test } from 'vitest'
import { fileLedger } from './fileLedger.ts'
import { lock } from './lock.ts'

async function place(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'og lock '))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return join(path, 'spent.json')
}

/** The number of a process that was and is no more. */
const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

/** A lock as another process would write it. */
const heldBy = (own: string, pid: number) => {
  const [, machine, , token] = own.split(' ')
  return `${pid} ${machine} ${identityOf(pid)?.replace(' ', '/') ?? '-'} ${token}`
}

/** Sixty who wait for the lock each add one to the file; none is forgotten. */
async function sixtyCount(path: string): Promise<void> {
  const add = async () => {
    const free = await lock(`${path}.lock`)
    await writeFile(path, `${Number(await readFile(path, 'utf8').catch(() => '0')) + 1}`)
    await free()
  }
  await Promise.all(Array.from({ length: 60 }, add))
  expect(await readFile(path, 'utf8')).toBe('60')
}

test('a lock that somebody died with is taken over by one of those who wait, never by two: nothing that was spent is forgotten', async () => {
  for (const content of ['', (own: string) => own.replace(/^\d+/, `${deadPid()}`)]) {
    const path = await place()
    const free = await lock(`${path}.lock`)
    const own = await readFile(`${path}.lock`, 'utf8')
    await free()
    await writeFile(`${path}.lock`, typeof content === 'string' ? content : content(own))
    await utimes(`${path}.lock`, new Date(0), new Date(0))
    await sixtyCount(path)
    expect(await readdir(join(path, '..'))).toEqual(['spent.json'])
  }
})

test('a process that died while it took over the lock of one that died is in the way of nobody, nor is the next one', async () => {
  const path = await place()
  const held = `${path}.lock`
  const free = await lock(held)
  const own = await readFile(held, 'utf8')
  await free()
  const dead = (token: string) => own.replace(/^\d+/, `${deadPid()}`).replace(/[0-9a-f]{32}$/, token.repeat(16))
  await writeFile(held, dead('a1'))
  await writeFile(`${held}.${'a1'.repeat(16)}`, dead('b2'))
  await writeFile(`${held}.${'b2'.repeat(16)}`, dead('c3'))
  await sixtyCount(path)
  expect(await readdir(join(path, '..'))).toEqual(['spent.json'])
})

test('what those left who were killed beside the lock goes with the next one who takes it; what the living write stays', async () => {
  const path = await place()
  const held = `${path}.lock`
  const byDead = (name: string) => asideOf(name).replace(`-${process.pid}-`, `-${deadPid()}-`)
  const mine = asideOf(path)
  for (const left of [byDead(path), byDead(held), `${held}.${'a1'.repeat(16)}`, `${held}.${'b2'.repeat(16)}`, mine])
    await writeFile(left, 'half')
  await fileLedger(path).take('2026-01-01', 1n, undefined)
  expect((await readdir(join(path, '..'))).sort()).toEqual([basename(mine), 'spent.json'].sort())
})

test('the lock of a process that only stands still is left alone, however old it is', async () => {
  const path = await place()
  const holder = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")'], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  holder.kill('SIGSTOP')
  const free = await lock(path)
  const own = await readFile(path, 'utf8')
  await free()
  await writeFile(path, heldBy(own, holder.pid!))
  await utimes(path, new Date(0), new Date(0))
  await expect(lock(path, 30)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining(`process ${holder.pid}`) })
})

test('the lock of a process of another machine is left alone: whether it lives cannot be seen from here', async () => {
  const path = await place()
  await writeFile(path, `${deadPid()} elsewhere 0011`)
  await utimes(path, new Date(0), new Date(0))
  await expect(lock(path, 30)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})

test.runIf(process.platform === 'linux')(
  'a lock whose holder died is not taken for that of a process that has its number now: of this one, neither',
  async () => {
    const path = await place()
    const free = await lock(path)
    const own = await readFile(path, 'utf8')
    await expect(lock(path, 30)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await free()
    const [pid, machine, begun, token] = own.split(' ')
    await writeFile(path, `${pid} ${machine} ${begun}0 ${token}`)
    await (await lock(path, 30))()
    await writeFile(path, `${pid} ${machine} ${token}`)
    await expect(lock(path, 30)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  },
)
