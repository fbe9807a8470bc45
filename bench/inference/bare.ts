import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Engine, LoadedModel } from '@opengradient/inference'
import { sha256Hex } from '@opengradient/protocol'

/** What the node is measured against: node:http and the same engine child, JSON or raw floats in and out, and nothing else. */
export async function startBare(bytes: Uint8Array, engine: Engine): Promise<number> {
  const model = await engine.load({ bytes, sha256: sha256Hex(bytes) })
  const server = createServer((request, response) => {
    body(request).then(
      async (sent) => {
        const answer = await (request.headers['content-type'] === 'application/json' ? json(model, sent) : raw(model, sent))
        response.writeHead(200, { 'content-type': request.headers['content-type']!, 'content-length': answer.length })
        response.end(answer)
      },
      (error: Error) => response.destroy(error),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function json(model: LoadedModel, sent: Buffer): Promise<Buffer> {
  const { inputs } = JSON.parse(sent.toString()) as { inputs: [{ shape: number[]; data: number[] }] }
  const [{ shape, data }] = inputs
  const { outputs } = await model.run([{ name: 'x', datatype: 'FP32', shape, data: new Uint8Array(Float32Array.from(data).buffer) }])
  const { name, shape: answered, data: bytes } = outputs[0]!
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  return Buffer.from(JSON.stringify({ model_name: 'm', outputs: [{ name, datatype: 'FP32', shape: answered, data: Array.from(values) }] }))
}

async function raw(model: LoadedModel, sent: Buffer): Promise<Uint8Array> {
  const { outputs } = await model.run([{ name: 'x', datatype: 'FP32', shape: [1, sent.length / 4], data: sent }])
  return outputs[0]!.data
}

function body(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)))
    request.on('error', reject)
  })
}
