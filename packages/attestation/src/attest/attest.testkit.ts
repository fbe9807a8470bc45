import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developmentAttester } from '@opengradient/attestation-dev'
import type { Platform } from '../result/claims.ts'
import { NOW } from '../testkit/ca.testkit.ts'

export const DATA = Uint8Array.from({ length: 64 }, (_, i) => i)
/** Other bytes than were asked for. */
export const OTHER = DATA.toReversed()

/** Evidence as the hardware of this platform would give it for these data. */
export const hardwareEvidence = async (platform: Platform, reportData: Uint8Array, machine = 'machine') =>
  developmentAttester({ platform, seed: 'attest tests', machine, now: () => NOW }).attest(reportData)

export interface SocketServer {
  readonly path: string
  stop(): Promise<void>
}

/** Listens on a unix socket; `on` gets each connection. */
export async function listen(on: (socket: Socket) => void): Promise<SocketServer> {
  const folder = mkdtempSync(join(tmpdir(), 'og-attest-'))
  const path = join(folder, 's')
  const open = new Set<Socket>()
  const server: Server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => {})
    on(socket)
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  const stop = async (): Promise<void> => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true, force: true })
  }
  return { path, stop }
}
