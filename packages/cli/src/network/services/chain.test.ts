import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRpc } from '@opengradient/client'
import { afterEach, expect, it, vi } from 'vitest'
import { start } from './chain.ts'

afterEach(() => vi.useRealTimers())

it('a chain that was down for hours is up with a block of now: services that begin with it believe no older one', async () => {
  const home = mkdtempSync(join(tmpdir(), 'og-chain-'))
  const log = { info: () => {}, warn: () => {}, error: () => {}, fatal: () => {} }
  const host = { log, progress: () => {}, fail: (error: unknown) => Promise.reject(error), idle: Promise.resolve() }
  const begin = () => start({ home, port: 0, development: false }, host as unknown as Parameters<typeof start>[1])
  try {
    await (await begin()).close()
    const now = Date.now() + 5 * 3_600_000
    vi.useFakeTimers({ toFake: ['Date'], now })
    const again = await begin()
    const { chainId, url } = again.facts as { chainId: number; url: string }
    const block = await createRpc({ chainId, urls: [url] }).call('eth_getBlockByNumber', ['latest', false])
    expect(Math.abs(Number((block as { timestamp: string }).timestamp) - now / 1_000)).toBeLessThan(30)
    await again.close()
  } finally {
    rmSync(home, { recursive: true })
  }
})
