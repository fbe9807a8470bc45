import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, concatBytes, type Hex, hexToBytes, utf8 } from '@opengradient/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DATA, hardwareEvidence, OTHER } from '../attest.testkit.ts'
import { dstackAttester } from './attester.ts'

type Handle = (body: Record<string, string>, response: ServerResponse, request: IncomingMessage) => void | Promise<void>
let folder = ''
let server: Server | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-dstack-'))
})
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A guest agent on a socket of its own. */
async function attest(handle: Handle, { data = DATA, timeout = 20_000 } = {}) {
  server?.closeAllConnections()
  server?.close()
  server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    await handle(JSON.parse(Buffer.concat(parts).toString()), response, request)
  })
  const socket = join(mkdtempSync(join(folder, 's')), 'd')
  await new Promise<void>((resolve) => server!.listen(socket, resolve))
  return dstackAttester({ socket, timeout }).attest(data)
}

const hex = (bytes: Uint8Array): string => bytesToHex(bytes).slice(2)
/** What the agent answers about these data: the quoting service fills its buffer with zeros. */
const answerOf = async (data: Uint8Array) => ({
  quote: hex(concatBytes((await hardwareEvidence('tdx', data)).evidence, new Uint8Array(100))),
  event_log: '[{"imr":0}]',
  report_data: hex(data),
})

describe('the guest agent of dstack', () => {
  it('is not believed when its quote is bound to other data, whatever it says beside it', async () => {
    const lying = { ...(await answerOf(OTHER)), report_data: hex(DATA) }
    await expect(attest((_, response) => void response.end(JSON.stringify(lying)))).rejects.toMatchObject({ code: 'ATTESTER_MISBOUND' })
  })

  it('is refused whatever is not a quote', async () => {
    const good = await answerOf(DATA)
    const { evidence: enclave } = await hardwareEvidence('sgx', DATA)
    const answers = [
      '',
      'null',
      '[]',
      '{}',
      '{"quote":1}',
      '{"quote":"0"}',
      '{"quote":"zz"}',
      `{"quote":"${good.quote}","quote":"00"}`,
      JSON.stringify({ quote: good.quote.slice(0, 2000) }),
      JSON.stringify({ quote: hex(enclave) }),
    ]
    for (const answer of answers)
      await expect(
        attest((_, response) => void response.end(answer)),
        answer.slice(0, 40),
      ).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
  })

  it('is refused errors, answers without end, and connections cut off', async () => {
    const failing = attest((_, response) => void response.writeHead(500).end('{"error":"no TDX"}'))
    await expect(failing).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: expect.stringMatching(/status 500.*no TDX/) })
    const endless = attest((_, response) => {
      const more = (gone?: Error | null): void => void (gone || response.destroyed || response.write(Buffer.alloc(65_536, 0x20), more))
      more()
    })
    await expect(endless).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /more than 1048576 bytes/ })
    const cut = attest(
      (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{"quote"', () => response.destroy()),
    )
    await expect(cut).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
    await expect(attest(() => {}, { timeout: 100 })).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /100 ms/ })
    const half = attest((_, response) => void response.writeHead(200).write('{'), { timeout: 100 })
    await expect(half).rejects.toMatchObject({ code: 'ATTESTER_FAILED', message: /100 ms/ })
  })

  it('is missing where nobody listens', async () => {
    await expect(dstackAttester({ socket: join(folder, 'none') }).attest(DATA)).rejects.toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })

  it('is asked for 64 bytes by POST /GetQuote, and its quote goes out without the zeros, with the log', async () => {
    const asked: unknown[] = []
    const short = DATA.subarray(0, 32)
    const { evidence, eventLog } = await attest(
      async (body, response, { method, url, headers }) => {
        asked.push([method, url, headers['content-type'], body])
        response.end(JSON.stringify(await answerOf(hexToBytes(`0x${body.report_data}` as Hex))))
      },
      { data: short },
    )
    const bound = concatBytes(short, new Uint8Array(32))
    expect(asked).toEqual([['POST', '/GetQuote', 'application/json', { report_data: hex(bound) }]])
    expect(evidence).toEqual((await hardwareEvidence('tdx', bound)).evidence)
    expect(eventLog).toEqual(utf8('[{"imr":0}]'))
  })
})
