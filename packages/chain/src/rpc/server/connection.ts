import type { Duplex } from 'node:stream'
import type { ClientMemory } from '@opengradient/protocol'
import type { WebSocket } from 'ws'
import type { Dispatcher } from '../dispatcher.ts'
import type { RpcLimits } from '../limits.ts'
import { type Client, JsonText } from '../method.ts'

/** Messages that may wait for their turn before the socket is told to stop reading. */
const MAX_WAITING = 64

export interface ConnectionOptions {
  /** Of its filters and subscriptions. */
  readonly owner: string
  readonly dispatcher: Dispatcher
  readonly limits: Pick<RpcLimits, 'maxBacklogBytes'>
  /** Of all clients. */
  readonly memory: ClientMemory
  readonly release: () => void
  /** What it came over. */
  readonly stream: Duplex
}

/**
 * Serves one WebSocket connection: messages one after another, events of its subscriptions in between. An event never
 * overtakes the answer that names its subscription. A client that does not read is disconnected. `release` is called when the
 * connection has ended, and again should a message that was being answered have made something since.
 */
export function serveConnection(socket: WebSocket, { owner, dispatcher, limits, memory, release, stream }: ConnectionOptions): void {
  const holder = memory.enter(() => end())
  let held: string[] = []
  let heldChars = 0
  let waiting = 0
  let turn = Promise.resolve()

  const send = (text: string) => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.maxBacklogBytes) socket.terminate()
    else {
      holder.hold(text.length)
      socket.send(text, () => holder.free(text.length))
    }
  }

  const end = () => {
    held = []
    heldChars = 0
    socket.terminate()
  }

  const client: Client = {
    owner,
    memory: holder,
    push: (subscription, result) => {
      const text = result instanceof JsonText ? result.text : JSON.stringify(result)
      const event = `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":${JSON.stringify(subscription)},"result":${text}}}`
      if (waiting === 0) return send(event)
      held.push(event)
      heldChars += event.length
      holder.hold(event.length)
      if (heldChars > limits.maxBacklogBytes) end()
    },
    end: () => end(),
  }

  const answer = async (text: string) => {
    if (socket.readyState !== socket.OPEN) return
    const reply = await dispatcher.handle(text, client)
    if (reply !== undefined) send(reply)
    const events = held
    holder.free(heldChars)
    held = []
    heldChars = 0
    for (const event of events) send(event)
    waiting -= 1
    if (socket.readyState !== socket.OPEN) release()
    else if (waiting < MAX_WAITING) socket.resume()
  }

  // Of a message that may never end. Heard before the socket hears it.
  let arrived = 0
  stream.prependListener('data', ({ length }: Buffer) => {
    arrived += length
    holder.hold(length)
  })
  socket.on('message', (message: Buffer, isBinary) => {
    holder.free(arrived)
    arrived = 0
    if (isBinary) return socket.close(1003, 'JSON-RPC is text')
    waiting += 1
    holder.hold(message.length)
    if (waiting >= MAX_WAITING) socket.pause()
    turn = turn.then(() => answer(message.toString('utf8'))).then(() => holder.free(message.length))
  })
  socket.on('close', () => {
    holder.leave()
    release()
  })
  // The socket closes after an error (too large a message, a broken frame); closing is handled by the server.
  socket.on('error', () => undefined)
}
