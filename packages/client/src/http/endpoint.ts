import { OgError } from '@opengradient/protocol'
import { isPublicAddress } from './publicAddress.ts'

/** Suffixes of names that only mean something inside somebody's own network (RFC 6761, 6762, 8375 and common practice). */
const PRIVATE_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa)\.?$/i

/**
 * The address of a node as the chain tells it, which is whatever its operator wrote there.
 *
 * It must be https with a public name or address and nothing else in it: no user, path, query or fragment. On a local network http and
 * private addresses are allowed too. Names are judged again when they are resolved (`guardedHttp`).
 *
 * @returns its origin, without a slash at the end
 * @throws OgError `NODE_ENDPOINT_REFUSED`
 */
export function parseEndpoint(endpoint: string, { local }: { local: boolean }): string {
  const refuse = (why: string) =>
    new OgError('NODE_ENDPOINT_REFUSED', `node address ${JSON.stringify(endpoint.slice(0, 200))} refused: ${why}`)
  if (!URL.canParse(endpoint)) throw refuse('it is no URL')
  const url = new URL(endpoint)
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:')) throw refuse('it must begin with https://')
  if (url.username !== '' || url.password !== '') throw refuse('it holds a user name or password')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw refuse('it must end after the host')
  if (!local) {
    const open = isPublicAddress(url.hostname)
    if (open === false) throw refuse('the address is private')
    if (open === undefined && (!url.hostname.includes('.') || PRIVATE_NAMES.test(url.hostname))) throw refuse('the name is private')
  }
  return url.origin
}
