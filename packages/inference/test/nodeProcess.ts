import { readFileSync } from 'node:fs'
import { type Hex, hexToBytes } from '@opengradient/protocol'
import { startInferenceNode } from '../src/node.ts'

/**
 * A node in a process of its own, for tests that kill it: `node --import tsx nodeProcess.ts CONFIG.json [STATE]`. Keys and amounts in the
 * file are text. With STATE the process kills itself, as hard as kill -9, the moment a request reaches that state, or its proof `proof:STATE`.
 */
const [file, killAt] = process.argv.slice(2)
const told = JSON.parse(readFileSync(file!, 'utf8')) as Record<string, never>
const { accountKey, receiptKey, price, bond, ...rest } = told as unknown as Record<string, Hex & string>
const config = {
  ...rest,
  accountKey: hexToBytes(accountKey!),
  receiptKey: hexToBytes(receiptKey!),
  price: BigInt(price!),
  bond: BigInt(bond!),
}
const reached = (state: string, requestId: Hex) => {
  process.stdout.write(`${state} ${requestId}\n`)
  if (state === killAt) process.kill(process.pid, 'SIGKILL')
}
const node = await startInferenceNode(config as never, {
  onState: reached,
  onProof: (state, requestId) => reached(`proof:${state}`, requestId),
})
process.stdout.write(`up ${node.url}\n`)
process.on('SIGTERM', () => void node.close().then(() => process.exit(0)))
