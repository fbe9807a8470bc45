import { readFileSync } from 'node:fs'
import { startBare } from './bare.ts'
import { startNode } from './node.ts'
import { sealedScene } from './sealed.ts'
import type { ServerKind, Serving } from './serverHandle.ts'
import { sharedEngine } from './sharedEngine.ts'
import { signedGate } from './signed.ts'

/**
 * Servers of several kinds before one engine's child, in a process of their own, so that their CPU time can be told from the client's. Says where
 * they listen, then serves until it is killed. Told anything, it does what is left to do for the answers it gave, and says so.
 */
const [file, ...kinds] = process.argv.slice(2)
const bytes = readFileSync(file!)
const engine = sharedEngine()
const gates: { anchor(): Promise<void> }[] = []
const serving: Serving = { servers: {} }
for (const kind of kinds as ServerKind[]) await start(kind)
process.on('message', () => void Promise.all(gates.map((gate) => gate.anchor())).then(() => process.send?.('done')))
process.on('disconnect', () => process.exit(0))
process.send?.(serving)

async function start(kind: ServerKind): Promise<void> {
  const { servers } = serving
  if (kind === 'bare') servers.bare = { port: await startBare(bytes, engine), path: '/' }
  else if (kind === 'unsigned') servers.unsigned = await startNode(bytes, engine)
  else {
    const signed = await signedGate()
    gates.push(signed)
    const scene = kind === 'sealed' ? sealedScene() : undefined
    servers[kind] = await startNode(bytes, engine, signed.gate, scene?.door)
    if (scene) serving.keyset = scene.keyset
  }
}
