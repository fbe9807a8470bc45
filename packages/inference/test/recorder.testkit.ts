import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'

/** A TCP proxy that keeps every byte of both directions: the machine that an enclave runs on. */
export interface Recorder {
  readonly url: string
  /** What went over the wire so far. */
  bytes(): Buffer
  close(): Promise<void>
}

/** @param target address that the connections are led to, read at each connection */
export async function startRecorder(target: () => string): Promise<Recorder> {
  const kept: Buffer[] = []
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('data', (chunk: Buffer) => void kept.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  }
  const server = createServer((near) => {
    const { hostname, port } = new URL(target())
    const far = connect(Number(port), hostname)
    keep(near)
    keep(far)
    near.pipe(far)
    far.pipe(near)
    near.on('close', () => far.destroy())
    far.on('close', () => near.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => Buffer.concat(kept),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** Every file below a folder, one after the other. */
export function filesBelow(dir: string): Buffer {
  const found = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Buffer.concat(found.map((entry) => readFileSync(join(entry.parentPath, entry.name))))
}

/** Forms in which bytes hold a text of at least six characters: as it is, as hex, as base64 at any of its three offsets. */
export function formsIn(bytes: Uint8Array, text: string): string[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const raw = Buffer.from(text)
  const forms: [string, string][] = [['plain', text]]
  forms.push(['hex', raw.toString('hex')], ['HEX', raw.toString('hex').toUpperCase()])
  for (const offset of [0, 1, 2]) {
    const coded = Buffer.concat([Buffer.alloc(offset), raw]).toString('base64')
    // Its ends depend on the neighbours.
    const inner = coded.slice(Math.ceil((offset * 4) / 3) + (offset === 0 ? 0 : 1), Math.floor((8 * (offset + raw.length)) / 6))
    forms.push([`base64+${offset}`, inner], [`base64url+${offset}`, inner.replaceAll('+', '-').replaceAll('/', '_')])
  }
  return forms.filter(([, form]) => haystack.includes(form)).map(([name]) => name)
}
