import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A software TPM of Debian's, started and with an empty state. */
export interface Swtpm {
  readonly place: { readonly host: string; readonly port: number }
  readonly process: ChildProcess
  stop(): Promise<void>
}

/** Runs one on a free port of this machine. `started`: whether it was given TPM2_Startup. */
export async function startSwtpm({ started = true } = {}): Promise<Swtpm> {
  const state = mkdtempSync(join(tmpdir(), 'og-swtpm-'))
  const place = { host: '127.0.0.1', port: await freePort() }
  const server = ['--server', `type=tcp,port=${place.port},bindaddr=${place.host}`]
  const flags = ['--flags', started ? 'not-need-init,startup-clear' : 'not-need-init']
  const process = spawn('swtpm', ['socket', '--tpm2', '--tpmstate', `dir=${state}`, ...server, ...flags], { stdio: 'inherit' })
  const ended = new Promise<void>((resolve) => process.once('exit', () => resolve()))
  const stop = async (): Promise<void> => {
    process.kill('SIGKILL')
    await ended
    rmSync(state, { recursive: true, force: true })
  }
  try {
    while (!(await listens(place.port))) await sleep(20)
  } catch (error) {
    await stop()
    throw error
  }
  return { place, process, stop }
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port'))))
    })
  })

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.end(() => resolve(true)))
    socket.once('error', () => resolve(false))
  })
