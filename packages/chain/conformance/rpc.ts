import { join } from 'node:path'
import { loadCrypto } from '../src/crypto/crypto.ts'
import type { Dispatcher } from '../src/rpc/dispatcher.ts'
import { DEFAULT_RPC_LIMITS } from '../src/rpc/limits.ts'
import { networkFileOf } from '../src/rpc/networkFile.ts'
import { createRpcNode } from '../src/rpc/node.ts'
import { type Case, readCases } from './cases.ts'
import { chainOf } from './chain.ts'
import { difference } from './compare.ts'
import { importChain } from './importChain.ts'
import { KNOWN_DIFFERENCES } from './knownDifferences.ts'

/** What `npm run conformance` prints of a set: `failed` holds one line a failed case. */
export interface ConformanceResult {
  readonly passed: number
  readonly total: number
  readonly failed: readonly string[]
  /** Cases that are known to be answered differently, with the reason; they are neither passed nor failed. */
  readonly known: readonly string[]
}

/**
 * The Ethereum JSON-RPC cases of execution-apis. Their chain of 54 blocks is run by the reference implementation (it goes
 * through every fork since Homestead, ours begins at Prague); everything that is asked about it is answered by our own node.
 * What it answers differently on purpose is in `knownDifferences.ts`.
 */
export async function run(testdata: string): Promise<ConformanceResult> {
  const folder = join(testdata, 'rpc', 'execution-apis')
  const crypto = await loadCrypto()
  const chain = chainOf(await importChain(folder, crypto), crypto)
  const faults: unknown[] = []
  const { dispatcher } = createRpcNode(chain, {
    // What geth lets a call burn; unbounded calls of the cases show it as their gas.
    // What is compared is answers, on machines of any speed.
    limits: { ...DEFAULT_RPC_LIMITS, maxCallGas: 50_000_000n, maxCallMilliseconds: 60_000, maxTraceMilliseconds: 60_000 },
    networkFile: networkFileOf(chain, 'execution-apis', 'http://127.0.0.1'),
    version: 'OpenGradient',
    now: () => 0,
    newId: () => '0x01',
    onFault: (_, error) => faults.push(error),
  })
  const cases = readCases(folder)
  const failed: string[] = []
  const known: string[] = []
  for (const item of cases) {
    const problem = await problemWith(item, dispatcher)
    const reason = Object.hasOwn(KNOWN_DIFFERENCES, item.name) ? KNOWN_DIFFERENCES[item.name] : undefined
    if (problem && reason) known.push(`${item.name}: ${reason}`)
    else if (problem) failed.push(`${item.name}: ${problem}${faults.length > 0 ? ` (${String(faults[0])})` : ''}`)
    else if (reason) failed.push(`${item.name}: passes now; take it out of the known differences`)
    faults.length = 0
  }
  for (const name of Object.keys(KNOWN_DIFFERENCES)) {
    if (!cases.some((item) => item.name === name)) failed.push(`${name}: is a known difference, but there is no such case`)
  }
  return { passed: cases.length - failed.length - known.length, total: cases.length, failed, known }
}

async function problemWith({ exchanges, formOnly }: Case, dispatcher: Dispatcher): Promise<string | undefined> {
  for (const { request, expected } of exchanges) {
    const answer = await dispatcher.handle(request, { owner: 'conformance' })
    const found = difference(JSON.parse(answer ?? 'null'), expected, formOnly)
    if (found) return found
  }
  return undefined
}
