import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ratioThere, signatureUs } from '../measure/signature.ts'
import { median, spread } from '../measure/stats.ts'
import { load } from './client.ts'
import { jsonBody, layersOfOneMs } from './index.ts'
import { slow } from './models.ts'
import { openRequests, sealedRequests } from './sealed.ts'
import { type ServerHandle, startServers } from './serverHandle.ts'

const ROUNDS = 40
const WARM = 30
const PER_ROUND = 240
const CONNECTIONS = 8

/** What level tee costs a node over level signature. */
export interface TeeCost {
  /** CPU of a sealed request of a session that the node knows, over that of one at level signature. */
  readonly overSignature: number
  /** The same for the first request of a session, for which a key is agreed on. */
  readonly firstOverSignature: number
  /** CPU that a sealed request of a session that the node knows takes more, µs. */
  readonly moreUs: number
  /** CPU of one signature meanwhile, µs. */
  readonly signatureUs: number
  /** `overSignature` where the limits were set, about. */
  readonly there: number
}

interface Kind {
  readonly requests: Buffer[]
  readonly us: number[]
}

/**
 * CPU of all processes of one server on a model of 1 ms, each request with a secret: medians of the rounds, in which the kinds take turns. One
 * server, for two processes of the same program differ by more than what is measured.
 */
export async function teeCost(progress: (line: string) => void): Promise<TeeCost> {
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-tee-'))
  const model = slow(await layersOfOneMs(progress))
  const file = join(folder, 'model.onnx')
  writeFileSync(file, model.bytes)
  const servers = await startServers(['sealed'], file)
  const { path } = servers.server('sealed')
  const count = (ROUNDS + WARM) * PER_ROUND
  const body = jsonBody(model)
  const sealed = async (session: 'kept' | 'new'): Promise<Kind> => ({
    requests: await sealedRequests(count, path, servers.keyset!, body, session),
    us: [],
  })
  try {
    const kinds: [Kind, Kind, Kind] = [{ requests: openRequests(count, path, body), us: [] }, await sealed('kept'), await sealed('new')]
    for (let round = 0; round < WARM; round++) for (const kind of kinds) await once(servers, kind)
    const signatures: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      signatures.push(signatureUs())
      for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) kind.us.push(await once(servers, kind))
    }
    const [plain, known, first] = kinds.map(({ us }) => us) as [number[], number[], number[]]
    progress(`CPU on a model of 1 ms: signature ${spread(plain)} µs, sealed ${spread(known)} µs, first of a session ${spread(first)} µs`)
    const [knownOver, firstOver] = [known, first].map((us) => us.map((value, i) => value / plain[i]!)) as [number[], number[]]
    progress(`over signature, round by round: sealed ${spread(knownOver, 3)}, first of a session ${spread(firstOver, 3)}`)
    const moreUs = median(known.map((us, i) => us - plain[i]!))
    const signature = median(signatures)
    const there = ratioThere(median(plain), moreUs, signature)
    return { overSignature: median(knownOver), firstOverSignature: median(firstOver), moreUs, signatureUs: signature, there }
  } finally {
    servers.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Microseconds of CPU of one request, over a round. */
async function once(servers: ServerHandle, { requests }: Kind): Promise<number> {
  const before = await servers.cpuUs()
  await load(servers.server('sealed').port, () => requests.pop()!, PER_ROUND, CONNECTIONS)
  return ((await servers.cpuUs()) - before) / PER_ROUND
}
