import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { base64, base64url, concatBytes, equalBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { encode } from 'cborg'
import { holding, serveMetadata } from '../src/attest/azure/azure.testkit.ts'
import { checkBound } from '../src/attest/bound.ts'
import { type Attester, azureAttester, dstackAttester, nsmAttester, tsmAttester } from '../src/attest/index.ts'
import { readEvidences } from '../src/attest/nvidia/evidences.ts'
import { CC } from '../src/attest/tpm/operations.ts'
import { registersAsked, serveTpm, sessionAnswer } from '../src/attest/tpm/tpm.testkit.ts'
import { FakeKernel } from '../src/attest/tsm/tsm.testkit.ts'
import { azureEvidenceJson, readAzureEvidence } from '../src/azure/evidence.ts'
import { readSign1 } from '../src/cose/sign1.ts'
import { readQuote, trimQuote } from '../src/dcap/quote.ts'
import { readPem } from '../src/index.ts'
import { readNitroDocument } from '../src/nitro/document.ts'
import { readGpuReport } from '../src/nvidia/spdm.ts'
import { readSnpReport } from '../src/snp/report.ts'
import { readTpmQuote, tpm2b } from '../src/tpm/quote.ts'
import type { ConformanceResult } from './tee.ts'

/** One captured answer of an interface: the attester that reads it, what it was bound to, and what must come out. */
interface Captured {
  readonly id: string
  readonly attester: () => Promise<{ attester: Attester; stop: () => void }>
  readonly reportData: Uint8Array
  readonly evidence: Uint8Array
}

const GPUS = [
  ['nvidia/trustee-hopper-report.bin', 'nvidia/trustee-hopper-chain-1.pem'],
  ['nvidia/trustee-coco-report-4129.bin', 'nvidia/trustee-coco-chain.pem'],
] as const

const AZURE = [
  ['snp', 'azure-vtpm/trustee-az-snp-evidence-v1.json'],
  ['tdx', 'azure-vtpm/trustee-az-tdx-evidence-v1.json'],
] as const

/** Captured evidence through each attester, as its interface would give it: it comes out unchanged, and is refused to whoever asked for other data. */
export async function run(testdata: string): Promise<ConformanceResult> {
  const folder = mkdtempSync(join(tmpdir(), 'og-attesters-'))
  const read = (file: string): Uint8Array => new Uint8Array(readFileSync(join(testdata, 'tee', file)))
  try {
    const cases = [
      ...genuine(read).map((item) => captured(item, read(item.file).slice(0, item.quoteLength), folder)),
      dstack(read, folder),
      ...AZURE.map(([hardware, file]) => azure(hardware, file, read(file))),
    ]
    const faults = [...(await Promise.all(cases.map(faultOf))), ...GPUS.map(([file, chain]) => gpuFault(file, read(file), read(chain)))]
    const failed = faults.filter((fault) => fault !== undefined)
    return { passed: faults.length - failed.length, total: faults.length, failed }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Case {
  readonly id: string
  readonly platform: string
  readonly file: string
  readonly quoteLength?: number
  readonly expect: { readonly verdict: string }
}

/** Evidence that the set accepts, and whose formats an attester here gives. */
function genuine(read: (file: string) => Uint8Array): Case[] {
  const { cases } = JSON.parse(new TextDecoder().decode(read('manifest.json'))) as { cases: Case[] }
  return cases.filter(({ platform, expect }) => ['tdx', 'snp', 'nitro'].includes(platform) && expect.verdict === 'ACCEPT')
}

function captured({ id, platform }: Case, evidence: Uint8Array, folder: string): Captured {
  if (platform === 'nitro') return document(id, evidence, folder)
  return platform === 'tdx' ? quote(id, evidence) : report(id, evidence)
}

async function faultOf({ id, attester: start, reportData, evidence }: Captured): Promise<string | undefined> {
  const { attester, stop } = await start()
  try {
    const made = await attester.attest(reportData)
    if (!equalBytes(made.evidence, evidence)) return `${id}: other evidence came out`
    const other = Uint8Array.from(reportData, (byte) => byte ^ 1)
    const code = await attester.attest(other).then(
      () => 'accepted',
      (error: { code?: string }) => error.code,
    )
    return code === 'ATTESTER_MISBOUND' ? undefined : `${id}: asked for other data: ${code}`
  } catch (error) {
    return `${id}: ${String(error)}`
  } finally {
    stop()
  }
}

const tsm = (platform: 'tdx' | 'snp', outblob: Uint8Array): Captured['attester'] => {
  const provider = platform === 'tdx' ? 'tdx_guest' : 'sev_guest'
  return async () => ({
    attester: tsmAttester({ platform, files: new FakeKernel({ provider, report: async () => outblob }) }),
    stop: () => {},
  })
}

/** The kernel fills its buffer with zeros after the quote. */
function quote(id: string, bytes: Uint8Array): Captured {
  const evidence = trimQuote(bytes)
  const outblob = concatBytes(evidence, new Uint8Array(3000))
  return { id, attester: tsm('tdx', outblob), reportData: readQuote(evidence).body.reportData, evidence }
}

const report = (id: string, evidence: Uint8Array): Captured => ({
  id,
  attester: tsm('snp', evidence),
  reportData: readSnpReport(evidence).reportData,
  evidence,
})

function document(id: string, evidence: Uint8Array, folder: string): Captured {
  const response = encode({ Attestation: { document: evidence } })
  const socket = join(mkdtempSync(join(folder, 'n')), 's')
  const server = createServer((client) => client.once('data', () => client.write(concatBytes(uintBytes(response.length, 4), response))))
  const reportData = readNitroDocument(readSign1(evidence).payload).userData ?? new Uint8Array()
  return { id, attester: () => listening(server, socket, nsmAttester({ socket })), reportData, evidence }
}

/** A virtual TPM and a metadata service that answer what the evidence was put together from. Its order of members is that of who collected it. */
function azure(hardware: 'snp' | 'tdx', id: string, captured: Uint8Array): Captured {
  const parts = readAzureEvidence(captured)
  const { message, signature, registers } = parts.tpm
  const tpm = async () =>
    serveTpm({
      ...holding(parts.hclReport),
      [CC.pcrRead]: (command) => registersAsked(command, registers),
      [CC.quote]: () => sessionAnswer(concatBytes(tpm2b(message), uintBytes(0x14, 2), uintBytes(11, 2), tpm2b(signature))),
    })
  const pem = (der: Uint8Array) => `-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`
  const chip = parts.vcek === undefined ? '' : pem(parts.vcek)
  const metadata = async () =>
    serveMetadata({
      '/metadata/THIM/amd/certification': () => ({ body: JSON.stringify({ vcekCert: chip, tcbm: '', certificateChain: chip }) }),
      '/acc/tdquote': () => ({ body: JSON.stringify({ quote: base64url(parts.quote!) }) }),
    })
  const start = async () => {
    const [served, service] = await Promise.all([tpm(), metadata()])
    const stop = () => {
      served.stop()
      service.stop()
    }
    return { attester: azureAttester({ hardware, place: served.place, metadata: service.at }), stop }
  }
  return { id, attester: start, reportData: readTpmQuote(message).extraData, evidence: azureEvidenceJson(parts) }
}

/** The guest agent's own answer, as it was captured. */
function dstack(read: (file: string) => Uint8Array, folder: string): Captured {
  const id = 'unjudged/tdx/dstack-quote-report.json'
  const evidence = trimQuote(read('tdx/dstack-quote-report.bin').slice(0, 4936))
  const socket = join(folder, 'd')
  const server = createHttpServer((_, response) => response.end(read(id)))
  return {
    id,
    attester: () => listening(server, socket, dstackAttester({ socket })),
    reportData: readQuote(evidence).body.reportData,
    evidence,
  }
}

async function listening(server: Server, path: string, attester: Attester) {
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return { attester, stop: () => void server.close() }
}

/** A report in nvattest's form. Which data the enclave had is not known, only the nonce. */
function gpuFault(id: string, evidence: Uint8Array, chain: Uint8Array): string | undefined {
  const entry = { version: '1.0', arch: 'HOPPER', evidence: base64(evidence), certificate: base64(chain) }
  try {
    const [gpu] = readEvidences(JSON.stringify({ evidences: [entry], result_code: 0, result_message: 'Ok' }))
    const certificates = readPem(chain)
    const same = gpu!.endorsements.certificates!.every((der, i) => equalBytes(der, certificates[i]!))
    if (!same || !equalBytes(gpu!.evidence, evidence)) return `${id}: other evidence came out`
    checkBound('nvidia-gpu', gpu!.evidence, readGpuReport(evidence).nonce)
    checkBound('nvidia-gpu', gpu!.evidence, utf8('another nonce'))
    return `${id}: accepted for another nonce`
  } catch (error) {
    const { code } = error as { code?: string }
    return code === 'ATTESTER_MISBOUND' ? undefined : `${id}: ${String(error)}`
  }
}
