import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A port that stays while the node behind it goes and comes back elsewhere. Who connects while it is shut waits. */
export interface Door {
  readonly port: number
  shut(): void
  open(port: number): void
  close(): void
}

/** A door to a port of this machine. */
export async function startDoor(port: number): Promise<Door> {
  let open = (_port: number): void => {}
  let leads = Promise.resolve(port)
  const sockets = new Set<Socket>()
  const server = createServer(async (client) => {
    const node = connect(await leads, '127.0.0.1')
    for (const [one, other] of [
      [client, node],
      [node, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => {}).on('close', () => other.destroy())
      one.pipe(other)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    shut() {
      leads = new Promise((resolve) => {
        open = resolve
      })
    },
    open: (port) => open(port),
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
