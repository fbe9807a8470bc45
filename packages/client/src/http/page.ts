/**
 * What a page is told beside that nothing came from these addresses, if one is of another origin: a browser does not say whether the network
 * failed or its own rule (CORS) kept the answer back. Empty elsewhere.
 */
export function crossOrigin(urls: readonly string[]): string {
  const own = (globalThis as { location?: { origin?: unknown } }).location?.origin
  const foreign = typeof own === 'string' && urls.some((url) => URL.canParse(url) && new URL(url).origin !== own)
  return foreign
    ? '. A page hears nothing from another origin that allows none (CORS), and RPCs, nodes and stores allow none: give connect a `fetch` that asks a server of yours'
    : ''
}
