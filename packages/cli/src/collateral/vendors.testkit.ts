import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SignedFile } from '@opengradient/attestation'
import { pem } from '@opengradient/attestation-dev/make'
import { bytesToHex } from '@opengradient/protocol'

/** One answer of a vendor's service. */
export interface Answer {
  readonly status?: number
  readonly body: Uint8Array | string
  readonly headers?: Record<string, string>
}

/** A vendor's service on this machine: answers by path and query, 404 for all others. Tests change what it says. */
export class VendorServer {
  readonly answers = new Map<string, Answer>()
  readonly asked: string[] = []
  readonly #server = createServer((request, response) => {
    const path = request.url ?? ''
    this.asked.push(path)
    const { status = 200, body, headers = {} } = this.answers.get(path) ?? { status: 404, body: 'no such thing' }
    response.writeHead(status, headers).end(body)
  })

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Says something else to one path while something is tried. */
  async saying<T>(path: string, answer: Answer, run: () => Promise<T>): Promise<T> {
    const before = this.answers.get(path)
    this.answers.set(path, answer)
    try {
      return await run()
    } finally {
      if (before) this.answers.set(path, before)
      else this.answers.delete(path)
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

const chain = (certificates: readonly Uint8Array[]): string => encodeURIComponent(new TextDecoder().decode(pem(...certificates)))

/** A file as Intel's service gives it. */
export const intelFile = (name: 'tcbInfo' | 'enclaveIdentity', { body, signature, certificates }: SignedFile): Answer => ({
  body: `{"${name}":${new TextDecoder().decode(body)},"signature":"${bytesToHex(signature).slice(2)}"}`,
  headers: { [name === 'tcbInfo' ? 'TCB-Info-Issuer-Chain' : 'SGX-Enclave-Identity-Issuer-Chain']: chain(certificates) },
})

/** A list of platforms as Intel's service gives it. */
export const intelList = (body: Uint8Array, ...certificates: readonly Uint8Array[]): Answer => ({
  body,
  headers: { 'SGX-PCK-CRL-Issuer-Chain': chain(certificates) },
})
