import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium } from 'playwright-core'
import { build } from 'vite'

const WEB = fileURLToPath(new URL('..', import.meta.url))
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] })

/** Builds the page as `npm run build` does, into `outDir`. */
export const buildPage = (outDir: string): Promise<unknown> =>
  build({ root: WEB, configFile: join(WEB, 'vite.config.ts'), logLevel: 'error', build: { outDir, emptyOutDir: true } })

/** Builds one module of the tests as a script that leaves its exports in `window.tests`. */
export const buildScript = (entry: string, outDir: string): Promise<unknown> =>
  build({
    root: WEB,
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['source', 'module', 'browser', 'import', 'default'] },
    build: { outDir, emptyOutDir: false, lib: { entry, formats: ['iife'], name: 'tests', fileName: () => 'tests.js' }, minify: false },
  })

/**
 * Serves a folder as the CLI does: loopback, the page's policy as a header, `network.json` beside the files. Of `requests` are those of the page;
 * its icon is asked for by the browser, whenever it likes.
 */
export async function serve(
  folder: string,
  networkFile: () => string | Promise<string> | undefined,
): Promise<{ url: string; requests: string[]; close(): void }> {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    const path = request.url === '/' ? '/index.html' : request.url!
    if (path === '/favicon.ico') return response.writeHead(204).end()
    if (path !== '/icon.svg') requests.push(path)
    const policy = {
      'content-security-policy':
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    }
    const network = path === '/network.json' ? networkFile() : undefined
    try {
      if (path === '/network.json' && network === undefined) throw new Error('none')
      const body = network ?? (await readFile(join(folder, path)))
      const type = network ? 'application/json' : (TYPES[extname(path)] ?? 'application/octet-stream')
      response.writeHead(200, { ...policy, 'content-type': type }).flushHeaders()
      response.end(await body)
    } catch {
      response.writeHead(404, policy).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests, close: () => server.close() }
}
