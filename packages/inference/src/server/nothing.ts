import { OgError } from '@opengradient/protocol'

/** Clients that write a name as it is, with its slash, ask for one path segment too many. */
const WITH_SLASH = /^\/v2\/models\/([^/?]{1,64})\/([^/?]{1,64})(\/(?:infer|ready|stats|versions\/[^?]{1,100}))?\/?(?:\?|$)/
/** What Triton has beside its metadata. */
const CONFIG = /^\/v2\/models\/[^/?]{1,200}\/config\/?(?:\?|$)/

/** Nothing is at this address, and where it probably is. */
export function nothingAt(method: string, url: string): OgError {
  return new OgError('HTTP_NOT_FOUND', `There is nothing at ${method} ${url.slice(0, 200)}.${hint(url)}`)
}

function hint(url: string): string {
  if (CONFIG.test(url)) return ' No model has a configuration: inputs and outputs are told without /config.'
  const [, owner, name, rest = ''] = WITH_SLASH.exec(url) ?? []
  return owner === undefined ? '' : ` In an address the slash of owner/name is %2F: /v2/models/${owner}%2F${name}${rest}`
}
