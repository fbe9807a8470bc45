import { readFileSync } from 'node:fs'
import { startBare } from './bare.ts'
import { startNode } from './node.ts'
import { signedGate } from './signed.ts'

/** A server in a process of its own, so that its CPU time can be told from the client's. Says where it listens, then serves until it is killed. */
const [kind, file] = process.argv.slice(2)
const bytes = readFileSync(file!)
const where =
  kind === 'bare' ? { port: await startBare(bytes), path: '/' } : await startNode(bytes, kind === 'signed' ? await signedGate() : undefined)
process.send?.(where)
process.on('disconnect', () => process.exit(0))
