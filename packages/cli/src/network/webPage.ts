import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import { checkRequest, OgError } from '@opengradient/protocol'
import { boundConnections } from '@opengradient/protocol/connections'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}
/** At once: of browsers, which open six each. */
const CONNECTIONS = 256

const HEADERS = {
  // WebAssembly checks proofs, in a worker that the script makes of itself; nothing else may be made at run time.
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  // Nobody keeps a hold of the page by having opened it.
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** Serves the built verify page and, beside it, the network file that this user trusts (`/network.json`), on loopback. */
export async function serveWebPage({
  folder,
  port,
  networkFile,
}: {
  folder: string
  port: number
  networkFile: () => Uint8Array
}): Promise<Server> {
  const server = createServer(async (request, response) => {
    const refusal = checkRequest(
      {
        method: request.method ?? '',
        host: request.headers.host,
        origin: request.headers.origin,
        contentType: request.headers['content-type'],
      },
      { names: ['127.0.0.1', 'localhost', '[::1]'], jsonOnly: true },
    )
    if (refusal) return response.writeHead(403, HEADERS).end(refusal.message)
    if (request.method !== 'GET' && request.method !== 'HEAD') return response.writeHead(405, HEADERS).end('this page is read only')
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    try {
      const [type, bytes] = path === '/network.json' ? ['application/json', networkFile()] : await asset(folder, path)
      response
        .writeHead(200, { ...HEADERS, 'content-type': type, 'content-length': bytes.length })
        .end(request.method === 'HEAD' ? undefined : bytes)
    } catch {
      response.writeHead(404, HEADERS).end('not found')
    }
  })
  boundConnections(server, CONNECTIONS, 'may be cut')
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new OgError('PORT_IN_USE', `port ${port} on 127.0.0.1 is taken; choose another with --port-base`, { cause })
          : cause,
      ),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  return server
}

async function asset(folder: string, path: string): Promise<[string, Buffer]> {
  const relative = normalize(decodeURIComponent(path === '/' ? '/index.html' : path)).replace(/^[/\\]+/, '')
  if (relative.split(sep).includes('..') || relative.includes('\0')) throw new Error('outside the page')
  const type = TYPES[extname(relative)]
  if (!type) throw new Error('no such type')
  return [type, await readFile(join(folder, relative))]
}
