import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CHUNK_SIZE } from '@opengradient/protocol'
import { onTestFinished } from 'vitest'
import { nameOf } from '../src/store.testkit.ts'

/** A peer that behaves badly in its own way; `requests` counts what it was asked. */
export async function peer(
  handle: (request: IncomingMessage, reply: ServerResponse, count: number) => void,
): Promise<{ url: string; requests: () => number }> {
  let count = 0
  const server = createServer((request, reply) => handle(request, reply, ++count))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => count }
}

/** Answers a range request as an honest store would, after `change` had its way with the bytes. */
export function answerRange(
  bytes: Buffer,
  request: IncomingMessage,
  reply: ServerResponse,
  change: (part: Buffer) => Buffer = (part) => part,
): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') as unknown as [string, string, string]
  const part = change(Buffer.from(bytes.subarray(Number(first), Number(last) + 1)))
  reply.writeHead(206, { 'content-range': `bytes ${first}-${last}/${bytes.length}`, 'content-length': part.length }).end(part)
}

const said = new WeakMap<Buffer, Wanted>()

interface Wanted {
  readonly sha256: `0x${string}`
  readonly size: number
  readonly chunks: `0x${string}`[]
}

/** What a manifest says of a file. Large files are asked for many times, and hashed once. */
export function wanted(bytes: Buffer): Wanted {
  const hash = (part: Buffer) => `0x${nameOf(part)}` as const
  const of = (i: number) => bytes.subarray(i * CHUNK_SIZE, (i + 1) * CHUNK_SIZE)
  const found = said.get(bytes) ?? {
    sha256: hash(bytes),
    size: bytes.length,
    chunks: Array.from({ length: Math.ceil(bytes.length / CHUNK_SIZE) }, (_, i) => hash(of(i))),
  }
  said.set(bytes, found)
  return found
}
