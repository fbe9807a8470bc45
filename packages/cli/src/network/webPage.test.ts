import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { serveWebPage } from './webPage.ts'

const folder = mkdtempSync(join(tmpdir(), 'og-page-'))
let server: Server

beforeAll(async () => {
  writeFileSync(join(folder, 'index.html'), '<!doctype html>')
  server = await serveWebPage({ folder, port: 0, networkFile: () => Buffer.from('{"name":"local"}') })
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
})

/** What the server answers to a path that is sent as it is written. */
function asked(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const { port } = server.address() as AddressInfo
  return new Promise<{ status: number; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, (reply) => {
      let body = ''
      reply.on('data', (part) => {
        body += part
      })
      reply.on('end', () => resolve({ status: reply.statusCode!, headers: reply.headers, body }))
    })
      .on('error', reject)
      .end()
  })
}

it('gives the page and the network that its user trusts; no other page frames it, opens it to keep a hold of it, or runs a script in it', async () => {
  const page = await asked('/')
  expect([page.status, page.body]).toEqual([200, '<!doctype html>'])
  const policy = String(page.headers['content-security-policy']).split('; ')
  expect(policy).toEqual(expect.arrayContaining(["default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"]))
  expect(policy.join()).not.toContain('unsafe-inline')
  expect(page.headers).toMatchObject({
    'cross-origin-opener-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  expect((await asked('/network.json')).body).toBe('{"name":"local"}')
})

it('answers nobody who calls it by another name or comes from another origin, and nothing outside its folder', async () => {
  expect((await asked('/', { host: 'attacker.example' })).status).toBe(403)
  expect((await asked('/network.json', { origin: 'https://attacker.example' })).status).toBe(403)
  expect((await asked('/', {}, 'DELETE')).status).toBe(405)
  for (const path of ['/../../etc/passwd.json', '/%2e%2e/%2e%2e/x.json', '/%00.json', '/%', '/index', '/missing.js'])
    expect((await asked(path)).status).toBe(404)
})

it('names a port that another program has, with the way out', async () => {
  const { port } = server.address() as AddressInfo
  const taken = { code: 'PORT_IN_USE', message: expect.stringMatching(new RegExp(`${port}.*--port-base`)) }
  await expect(serveWebPage({ folder, port, networkFile: () => Buffer.of() })).rejects.toMatchObject(taken)
})
