import { OgError } from '@opengradient/protocol'

/** Where the server listens. */
export type AbciAddress = { readonly path: string } | { readonly host: string; readonly port: number }

/** Bytes of the path of a unix socket that every system takes. */
const MAX_PATH_BYTES = 103

/** Reads an address as CometBFT's `proxy_app` has it: `unix:///run/og/abci.sock` or `tcp://127.0.0.1:26658`. */
export function parseAbciAddress(address: string): AbciAddress {
  const unix = /^unix:\/\/(\/.+)$/.exec(address)
  if (unix) {
    const path = unix[1]!
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
      throw invalid(address, `the path has more than ${MAX_PATH_BYTES} bytes, which no unix socket can have; use a shorter one`)
    return { path }
  }
  const tcp = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s/:[\]]+)):([0-9]{1,5})$/.exec(address)
  const port = Number(tcp?.[3])
  if (!tcp || port > 65_535) throw invalid(address, 'write unix:///path/of/socket or tcp://host:port')
  return { host: (tcp[1] ?? tcp[2])!, port }
}

const invalid = (address: string, problem: string) =>
  new OgError('CONFIG_INVALID', `The ABCI address ${JSON.stringify(address)} cannot be used: ${problem}.`, { details: { address } })
