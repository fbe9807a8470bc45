import { OgError } from '@opengradient/protocol'
import * as z from 'zod'

/** CometBFT's address of a peer: `id@host:port`, the id 40 lower-case hex digits. */
export const peerSchema = z
  .string()
  .max(320)
  .regex(/^[0-9a-f]{40}@(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, 'expected a peer, id@host:port')
  .refine((peer) => portOf(peer) >= 1 && portOf(peer) <= 65_535, 'the port is not from 1 to 65535')

const portOf = (peer: string): number => Number(peer.slice(peer.lastIndexOf(':') + 1))

/** Peers of an option, by comma. Throws `USAGE` naming the wrong one. */
export function parsePeers(text: string, option: string): string[] {
  const peers = text.split(',').map((peer) => peer.trim())
  for (const peer of peers)
    if (!peerSchema.safeParse(peer).success) throw new OgError('USAGE', `${option}: "${peer.slice(0, 80)}" is not a peer (id@host:port)`)
  return peers
}

/** Whether a peer is on this machine. */
export const isLocalPeer = (peer: string): boolean => /@(?:127(?:\.\d{1,3}){3}|localhost|\[::1\]):\d+$/.test(peer)
