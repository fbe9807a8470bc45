import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, spread } from '../measure/stats.ts'
import { load } from './client.ts'
import { jsonBody, layersOfOneMs } from './index.ts'
import { slow } from './models.ts'
import { openRequests, sealedRequests } from './sealed.ts'
import { startServer } from './serverHandle.ts'

const ROUNDS = 9
const PER_ROUND = 400
const CONNECTIONS = 8

/** CPU of all server processes for a sealed request over one at level signature, each with a secret, on a model of 1 ms: median of the rounds. */
export async function teeOverSignature(progress: (line: string) => void): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-tee-'))
  const model = slow(await layersOfOneMs(progress))
  const file = join(folder, 'model.onnx')
  writeFileSync(file, model.bytes)
  const [signed, sealed] = [await startServer('signed', file), await startServer('sealed', file)]
  try {
    const count = (ROUNDS + 1) * PER_ROUND
    const plain = openRequests(count, signed.path, jsonBody(model))
    const closed = await sealedRequests(count, sealed.path, sealed.keyset!, jsonBody(model))
    const one = async (server: typeof signed, requests: Buffer[]) => {
      const before = server.cpuUs()
      await load(server.port, () => requests.pop()!, PER_ROUND, CONNECTIONS)
      return (server.cpuUs() - before) / PER_ROUND
    }
    await one(signed, plain)
    await one(sealed, closed)
    const us = { signed: [] as number[], sealed: [] as number[] }
    for (let round = 0; round < ROUNDS; round++) {
      if (round % 2 === 0) us.signed.push(await one(signed, plain))
      us.sealed.push(await one(sealed, closed))
      if (round % 2 === 1) us.signed.push(await one(signed, plain))
    }
    progress(`CPU on a model of 1 ms: signature ${spread(us.signed)} µs, sealed ${spread(us.sealed)} µs`)
    return median(us.sealed.map((value, i) => value / us.signed[i]!))
  } finally {
    signed.stop()
    sealed.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
