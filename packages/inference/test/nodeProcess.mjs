import { readFileSync } from 'node:fs'
import { startInferenceNode } from '@opengradient/inference'
import { hexToBytes } from '@opengradient/protocol'

/**
 * A node in a process of its own, for tests that kill it: `node nodeProcess.js CONFIG.json [STATE] [SEED]`, packed. Keys and amounts
 * in the file are text. With STATE the process kills itself, as hard as kill -9, the moment a request reaches that state, or its proof
 * `proof:STATE`; of several, with `+` between them, the last one. With SEED a development machine made from it attests the node.
 */
const [file, killAt, seed] = process.argv.slice(2)
const { accountKey, receiptKey, price, bond, settleFirstAbove, ...rest } = JSON.parse(readFileSync(file, 'utf8'))
const config = {
  ...rest,
  accountKey: hexToBytes(accountKey),
  receiptKey: hexToBytes(receiptKey),
  price: BigInt(price),
  bond: BigInt(bond),
  ...(settleFirstAbove !== undefined && { settleFirstAbove: BigInt(settleFirstAbove) }),
}
const left = new Set(killAt?.split('+'))
const reached = (state, requestId) => {
  process.stdout.write(`${state} ${requestId}\n`)
  if (left.delete(state) && left.size === 0) process.kill(process.pid, 'SIGKILL')
}
const attester = async () => (await import('@opengradient/attestation-dev')).developmentAttester({ platform: 'nitro', seed })
const node = await startInferenceNode(config, {
  ...(seed && { attester }),
  onState: reached,
  onProof: (state, requestId) => reached(`proof:${state}`, requestId),
})
process.stdout.write(`up http://${node.host}:${node.port}\n`)
process.on('SIGTERM', () => void node.close().then(() => process.exit(0)))
