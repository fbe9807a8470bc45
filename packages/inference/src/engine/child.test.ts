import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { Child } from './child.ts'
import { HEADER_BYTES, KIND } from './wire.ts'

const TIME = 1_000

// Time passes when a test says so.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
afterEach(() => void vi.useRealTimers())

/** A process that answers request 1 at once, and the next one as the script says with `send`, `frame`, `say` and `wait`. */
function processThat(script: string) {
  const folder = mkdtempSync(join(tmpdir(), 'og child '))
  const main = join(folder, 'main.cjs')
  writeFileSync(
    main,
    `const fs = require('node:fs'), pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
     const patient = (step) => { for (;;) try { return step() } catch (error) { if (error.code !== 'EAGAIN') throw error; pause() } }
     const send = (bytes) => { for (let at = 0; at < bytes.length; ) at += patient(() => fs.writeSync(3, bytes, at)) }
     const frame = (id, kind, length) => { const bytes = Buffer.alloc(length); bytes.writeUInt32LE(length / 8); bytes.writeUInt32LE(id, 4); bytes.writeUInt32LE(kind, 8); return bytes }
     const say = (word) => fs.writeFileSync(word, '')
     const wait = (word) => { while (!fs.existsSync(word)) pause() }
     const heard = Buffer.alloc(${HEADER_BYTES})
     const hear = () => { for (let have = 0; have < heard.length; ) { const n = patient(() => fs.readSync(3, heard, have, heard.length - have)); if (n === 0) process.exit(0); have += n } }
     send(frame(0, ${KIND.ready}, 16)); hear(); send(frame(1, ${KIND.result}, 16)); hear()
     const answer = frame(2, ${KIND.result}, 64); ${script}; hear()`,
  )
  const child = new Child({
    runtime: 'none',
    plan: {
      isolation: { process: true, memoryLimit: false, noNetwork: false, noFileWrites: false },
      wrap: () => ({ command: process.execPath, args: [main] }),
    },
    memoryLimitBytes: 1 << 30,
    cwd: folder,
    maxFrameBytes: 1 << 22,
    startTimeoutMs: TIME,
    log: () => {},
  })
  onTestFinished(async () => {
    child.kill(undefined)
    await child.ended
    rmSync(folder, { recursive: true, force: true })
  })
  const asked = () => child.request((id) => headerOf(id), TIME)
  return {
    child,
    /** Sends request 2, which is in the socket when this resolves. */
    async ask() {
      await asked()
      const answer = asked()
      const settled = answer.catch((error: unknown) => error)
      await turns()
      return { answer, settled }
    },
    say: (word: string) => writeFileSync(join(folder, word), ''),
    /** Keeps this thread busy until the process has said something. */
    block(word: string) {
      while (!existsSync(join(folder, word))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2)
    },
  }
}

function headerOf(id: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt32LE(HEADER_BYTES / 8)
  bytes.writeUInt32LE(id, 4)
  return bytes
}

/** What lies in sockets is read, and what waits to be sent is. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('an answer that came while this thread was busy counts, although its time is over when it is read', async () => {
  const { child, ask, block, say } = processThat("wait('go'); send(answer); say('done')")
  const { answer } = await ask()
  say('go')
  block('done')
  vi.advanceTimersByTime(TIME)
  expect((await answer).id).toBe(2)
  expect(child.alive).toBe(true)
})

test('an answer of which the first part is here gets as much time again for the rest, once', async () => {
  for (const comes of [true, false]) {
    const { child, ask, block, say } = processThat("send(answer.subarray(0, 24)); say('half'); wait('go'); send(answer.subarray(24))")
    const { settled } = await ask()
    block('half')
    vi.advanceTimersByTime(TIME)
    await turns()
    vi.advanceTimersByTime(TIME - 1)
    await turns()
    expect(child.alive).toBe(true)
    if (comes) {
      say('go')
      expect(await settled).toMatchObject({ id: 2 })
    } else {
      vi.advanceTimersByTime(1)
      expect(await settled).toMatchObject({ code: 'ENGINE_DEADLINE', details: { started: true } })
    }
    expect(child.alive).toBe(comes)
  }
})

test('a process that has answered nothing when the time is over is ended', async () => {
  const { child, ask } = processThat('')
  const { settled } = await ask()
  vi.advanceTimersByTime(TIME - 1)
  await turns()
  expect(child.alive).toBe(true)
  vi.advanceTimersByTime(1)
  expect(await settled).toMatchObject({ code: 'ENGINE_DEADLINE' })
  expect(child.alive).toBe(false)
})
