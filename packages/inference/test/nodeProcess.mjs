import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { startInferenceNode } from '@opengradient/inference'
import { hexToBytes } from '@opengradient/protocol'

/**
 * A node in a process of its own, for tests that kill it: `node nodeProcess.js CONFIG.json [SEED]`, packed. Keys and amounts in the file
 * are text. With SEED a development machine made from it attests the node. A line `REQUEST STATE` on its standard input, which it repeats,
 * has the process kill itself, as hard as kill -9, the moment that request reaches the state, or its proof `proof:STATE`; of several
 * states, with `+` between them, the last one.
 */
const [file, seed] = process.argv.slice(2)
const { accountKey, receiptKey, price, bond, settleFirstAbove, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
const config = {
  ...rest,
  accountKey: hexToBytes(accountKey),
  receiptKey: hexToBytes(receiptKey),
  price: BigInt(price),
  bond: BigInt(bond),
  ...(settleFirstAbove !== undefined && { settleFirstAbove: BigInt(settleFirstAbove) }),
}
let dying
let left = new Set()
createInterface({ input: process.stdin }).on('line', (line) => {
  const [requestId, states] = line.split(' ')
  dying = requestId
  left = new Set(states.split('+'))
  process.stdout.write(`dies ${line}\n`)
})
const reached = (state, requestId) => {
  process.stdout.write(`${state} ${requestId}\n`)
  if (requestId === dying && left.delete(state) && left.size === 0) process.kill(process.pid, 'SIGKILL')
}
const attester = async () => (await import('@opengradient/attestation-dev')).developmentAttester({ platform: 'nitro', seed })
const node = await startInferenceNode(config, {
  ...(seed && { attester }),
  onState: reached,
  onProof: (state, requestId) => reached(`proof:${state}`, requestId),
})
process.stdout.write(`up http://${node.host}:${node.port}\n`)
process.on('SIGTERM', () => void node.close().then(() => process.exit(0)))
