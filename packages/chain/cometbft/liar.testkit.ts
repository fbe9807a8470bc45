import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { Request, RequestOf } from '../src/consensus/cometbft/envelope.ts'
import { readRequest, writeResponse } from '../src/consensus/cometbft/envelope.ts'
import { FrameReader, frame } from '../src/consensus/cometbft/frame.ts'

/** What is said instead of the node's own answer; undefined lets that pass. */
export interface Lies {
  /** The transactions of a proposal. */
  prepare(request: RequestOf<'prepareProposal'>): readonly Uint8Array[] | undefined
  /** The app hash of a block, 32 bytes. */
  finalize(request: RequestOf<'finalizeBlock'>): Uint8Array | undefined
}

/**
 * Stands between a CometBFT and its honest node, both real, and lies to CometBFT: the validator is byzantine, with a valid key and valid
 * signatures. It votes for its own lies. Both addresses are paths of unix sockets.
 */
export async function startLiar(listen: string, node: string, lies: Lies): Promise<{ close(): Promise<void> }> {
  const open = new Set<Socket>()
  /** CometBFT's own proposals, by the first transaction that was put there. */
  const lied = new Set<string>()
  const server = createServer((engine) => {
    const upstream = connect(node)
    for (const socket of [engine, upstream]) {
      open.add(socket)
      // One that ends takes the other with it.
      socket
        .on('error', () => {})
        .on('close', () => {
          open.delete(socket)
          engine.destroy()
          upstream.destroy()
        })
    }
    void serve(engine, upstream, lies, lied).catch(() => engine.destroy())
  })
  server.listen(listen)
  await once(server, 'listening')
  return {
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}

async function serve(engine: Socket, upstream: Socket, lies: Lies, lied: Set<string>): Promise<void> {
  const answers = messages(upstream)
  for await (const message of messages(engine)) {
    const request = readRequest(message)
    const own = ownWords(request, lied)
    if (own) {
      engine.write(frame(own))
      continue
    }
    upstream.write(frame(message))
    const { value: answer } = await answers.next()
    if (!answer) return
    engine.write(frame(lieAbout(request, lies, lied) ?? answer))
  }
}

/** A liar finds its own proposals good. */
function ownWords(request: Request, lied: ReadonlySet<string>): Uint8Array | undefined {
  if (request.method !== 'processProposal' || !lied.has(sign(request.value.txs))) return undefined
  return writeResponse('processProposal', { status: 'accept' })
}

function lieAbout(request: Request, lies: Lies, lied: Set<string>): Uint8Array | undefined {
  if (request.method === 'prepareProposal') {
    const txs = lies.prepare(request.value)
    if (!txs) return undefined
    lied.add(sign(txs))
    return writeResponse('prepareProposal', { txs })
  }
  if (request.method !== 'finalizeBlock') return undefined
  const appHash = lies.finalize(request.value)
  return appHash && writeResponse('finalizeBlock', { appHash, txResults: request.value.txs.map(() => ({})) })
}

/** By what a proposal is known again. */
const sign = (txs: readonly Uint8Array[]) =>
  [txs.length, ...txs.slice(0, 100).map((tx) => `${tx.length}:${Buffer.from(tx.subarray(0, 100)).toString('hex')}`)].join()

async function* messages(socket: Socket): AsyncGenerator<Uint8Array, undefined> {
  const frames = new FrameReader()
  for await (const chunk of socket) yield* frames.push(chunk as Uint8Array)
  return undefined
}
