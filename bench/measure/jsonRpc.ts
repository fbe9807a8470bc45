import { Agent, request } from 'node:http'

/** A plain JSON-RPC client that costs next to nothing beside the nodes it measures. */
export class JsonRpc {
  readonly #agent = new Agent({ keepAlive: true })
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  /** The answer to a body as it was sent. */
  post(body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const sent = request({ host: '127.0.0.1', port: this.#port, method: 'POST', path: '/', agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks).toString()))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  }

  async call(method: string, params: unknown[]): Promise<unknown> {
    const { result, error } = JSON.parse(await this.post(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })))
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }

  close(): void {
    this.#agent.destroy()
  }
}
