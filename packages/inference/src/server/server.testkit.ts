import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { afterAll } from 'vitest'
import { onnxEngine, onnxExactEngine } from '../engine/onnx.ts'
import { memorySource } from './folderSource.testkit.ts'
import { unsignedGate } from './pipeline.ts'
import { type InferenceServer, type InferenceServerOptions, startInferenceServer } from './server.ts'

/** Every member that an answer of this server may have; each test asserts those that its answer must have. */
export interface AnswerJson {
  readonly error: string
  readonly code: string
  readonly docs: string
  readonly platform: string
  readonly outputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly number[]
    readonly data: readonly unknown[]
  }[]
  readonly model_stats: readonly {
    readonly inference_count: number
    readonly inference_stats: { readonly compute_infer: { readonly ns: number } }
  }[]
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** The body parsed, if it is JSON. */
  readonly json: AnswerJson
}

/** A running server with one way to ask it: node:http, so that headers and paths go out exactly as given. */
export interface TestServer extends InferenceServer {
  ask(method: string, path: string, options?: { headers?: Record<string, string>; body?: unknown }): Promise<Answer>
}

const open: InferenceServer[] = []

/** Starts a server over models in memory; it is stopped after the tests of the file. */
export async function serve(
  models: Parameters<typeof memorySource>[0],
  options: Partial<InferenceServerOptions> = {},
): Promise<TestServer> {
  const server = await startInferenceServer({
    source: memorySource(models),
    engines: [onnxEngine(), onnxExactEngine()],
    gate: unsignedGate,
    names: ['127.0.0.1', 'localhost'],
    version: '1.2.3',
    ...options,
  })
  open.push(server)
  return { ...server, ask: (method, path, { headers = {}, body } = {}) => ask(server.port, method, path, headers, body) }
}

afterAll(() => Promise.all(open.splice(0).map((server) => server.drain(0))))

/** Sends one request. A body that is not bytes goes as JSON. */
export function ask(port: number, method: string, path: string, headers: Record<string, string>, body: unknown): Promise<Answer> {
  const bytes =
    body === undefined ? undefined : body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const type = bytes === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...type, ...headers } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        const all = Buffer.concat(parts)
        const isJson = String(response.headers['content-type'] ?? '').startsWith('application/json')
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          body: all,
          json: isJson && all.length > 0 ? JSON.parse(all.toString()) : undefined,
        } as Answer)
      })
      response.on('error', reject)
    })
    request.on('error', reject)
    if (bytes !== undefined) request.write(bytes)
    request.end()
  })
}
