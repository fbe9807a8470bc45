import { readFileSync } from 'node:fs'
import { startBare } from './bare.ts'
import { startNode } from './node.ts'
import { type BenchKeyset, sealedScene } from './sealed.ts'
import { signedGate } from './signed.ts'

/** A server in a process of its own, so that its CPU time can be told from the client's. Says where it listens, then serves until it is killed. */
const [kind, file] = process.argv.slice(2)
const bytes = readFileSync(file!)
const where = await start()
process.send?.(where)

async function start(): Promise<{ port: number; path: string; keyset?: BenchKeyset }> {
  if (kind === 'bare') return { port: await startBare(bytes), path: '/' }
  if (kind === 'unsigned') return startNode(bytes)
  if (kind === 'signed') return startNode(bytes, await signedGate())
  const sealed = sealedScene()
  return { ...(await startNode(bytes, await signedGate(), sealed.door)), keyset: sealed.keyset }
}
process.on('disconnect', () => process.exit(0))
