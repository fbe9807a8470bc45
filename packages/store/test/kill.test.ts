import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CHUNK_SIZE } from '@opengradient/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../src/index.ts'
import { collect, nameOf, someBytes, temporaryFolder } from '../src/store.testkit.ts'

async function storeProcess(dir: string): Promise<{ child: ChildProcess; url: string }> {
  const script = fileURLToPath(new URL('./storeProcess.mjs', import.meta.url))
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [port] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  return { child, url: `http://127.0.0.1:${Number(String(port))}` }
}

/** Whether the store took it. What is asked with `fetch` just before the other side is killed may wait for five minutes in Node 20. */
const put = (url: string, bytes: Uint8Array) =>
  new Promise<boolean>((resolve) => {
    const headers = { authorization: 'Bearer test token', 'content-type': 'application/octet-stream', 'content-length': bytes.length }
    const asked = request(`${url}/files/${nameOf(bytes)}`, { method: 'PUT', headers, agent: false })
    asked.on('response', (reply) => resolve([200, 201].includes(reply.resume().statusCode ?? 0)))
    asked.on('error', () => resolve(false)).on('close', () => resolve(false))
    asked.end(bytes)
  })

test('a store killed at any moment of a write has each file whole or not at all', async () => {
  const dir = await temporaryFolder()
  const files = Array.from({ length: 6 }, (_, i) => someBytes(CHUNK_SIZE + 1000 * i, i + 1))
  const seed = Date.now() % 100_000
  console.log(`seed ${seed}`)
  const acknowledged = new Set<string>()
  for (let round = 0; round < 4; round++) {
    const { child, url } = await storeProcess(dir)
    const uploads = files.map(async (bytes) => {
      if (await put(url, bytes)) acknowledged.add(nameOf(bytes))
    })
    const settled = Promise.all(uploads)
    await Promise.all(uploads.slice(0, round))
    await new Promise((resolve) => setTimeout(resolve, (seed * (round + 7)) % 150))
    child.kill('SIGKILL')
    await once(child, 'exit')
    await settled
    const store = await openStore({ dir, quotaBytes: 1 << 30, now: Date.now })
    expect(await readdir(join(dir, 'tmp'))).toEqual([])
    for (const bytes of files) {
      const size = await store.size(nameOf(bytes))
      if (acknowledged.has(nameOf(bytes))) expect(size).toBe(bytes.length)
      if (size !== undefined) expect((await collect(store.read(nameOf(bytes)))).equals(bytes)).toBe(true)
    }
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(3)
})
