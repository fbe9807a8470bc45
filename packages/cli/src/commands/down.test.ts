import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identityOf } from '@opengradient/client/aside'
import { expect, onTestFinished, test } from 'vitest'
import { InProcess } from '../attestation/og.testkit.ts'

/** A process that has nothing to do with any network. */
function stranger(): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

function homeOf(pid: number, process: string | undefined): InProcess {
  const home = new InProcess()
  onTestFinished(() => home.remove())
  mkdirSync(join(home.root, 'home', 'testnet'), { recursive: true })
  const ports = { web: 1, inference: 2, store: 3, rpc: 4 }
  const of = { pid, ...(process && { process }), startedAt: 0 }
  writeFileSync(join(home.root, 'home', 'running.json'), JSON.stringify({ ...of, ports, services: {}, storeToken: 't' }))
  writeFileSync(join(home.root, 'home', 'testnet', 'running.json'), JSON.stringify({ ...of, processes: {} }))
  return home
}

test('a process that got the number of one that is gone, after a crash or a new start of the machine, is not ended', async () => {
  const { pid = 0, ...child } = stranger()
  const home = homeOf(pid, 'another boot 1')
  expect(await home.og('down')).toMatchObject({ code: 0, out: 'The network was not running.\n' })
  expect(await home.og('testnet', 'stop')).toMatchObject({ code: 0, out: 'The testnet was not running.\n' })
  expect(child.signalCode).toBeNull()
  expect(() => process.kill(pid, 0)).not.toThrow()
})

test('the process that the record is about is known again', async () => {
  const { pid = 0 } = stranger()
  const home = homeOf(pid, identityOf(pid))
  expect((await home.og('status')).out).not.toContain('down')
  expect(existsSync(join(home.root, 'home', 'running.json'))).toBe(true)
})
