import { createServer, type IncomingMessage } from 'node:http'
import { concatBytes } from '@opengradient/protocol'
import { BinaryReader } from '../../binary/reader.ts'
import { buffer, tpm2b } from '../../tpm/quote.ts'
import { u16, u32 } from '../tpm/command.ts'
import { CC } from '../tpm/operations.ts'
import { answer, quoteAnswer, registersAnswer, sessionAnswer, type TpmHandlers } from '../tpm/tpm.testkit.ts'
import { HCL_REPORT_INDEX } from './attester.ts'

const OWNER_READ = 0x0002_0002

/** The non-volatile memory of a virtual TPM in Azure: the paravisor's report, which only the owner may read. */
export const holding = (report: Uint8Array): TpmHandlers => ({
  [CC.getCapability]: () => answer(0, concatBytes(Uint8Array.of(0), u32(1), u32(1), u32(HCL_REPORT_INDEX))),
  [CC.nvReadPublic]: () => {
    const area = concatBytes(u32(HCL_REPORT_INDEX), u16(11), u32(OWNER_READ), u16(0), u16(report.length))
    return answer(0, concatBytes(tpm2b(area), tpm2b(new Uint8Array(34))))
  },
  [CC.nvRead]: (command) => {
    if (command.readUInt32BE(10) !== 0x4000_0001) return answer(0x0000_0149)
    const [length, offset] = [command.readUInt16BE(command.length - 4), command.readUInt16BE(command.length - 2)]
    return sessionAnswer(tpm2b(report.subarray(offset, offset + length)))
  },
})

/** Quotes what it is asked to. `sign` gives a TPMT_SIGNATURE. */
export const quoting = (sign: (message: Uint8Array) => Uint8Array): TpmHandlers => ({
  [CC.pcrRead]: () => registersAnswer(8),
  [CC.quote]: (command) => quoteAnswer(dataIn(command), sign),
})

/** The data that TPM2_Quote is to sign along: behind the header, the key and one session. */
function dataIn(command: Buffer): Uint8Array {
  const r = new BinaryReader(new Uint8Array(command), 'TPM2_Quote')
  r.take(14)
  r.take(r.big(4))
  return buffer(r, 64)
}

/** The metadata service, which answers by path. Keeps what it was asked. */
export async function serveMetadata(answers: Readonly<Record<string, () => { status?: number; body: string }>>) {
  const asked: [method: string, path: string, metadata: unknown, body: string][] = []
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      asked.push([request.method!, request.url!, request.headers.metadata, body])
      const { status = 200, body: said } = answers[request.url!]?.() ?? { status: 404, body: 'nothing here' }
      response.writeHead(status).end(said)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { asked, at: { host: '127.0.0.1', port }, stop: () => void server.close() }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request) text += part
  return text
}
