import { type Hex, OgError, parseHex } from '@opengradient/protocol'
import type { OpenGradient } from '@opengradient/sdk'

/** Where the SDK names its methods, this names the commands. For `catch`. */
export function inWordsOfTheCommandLine(error: unknown): never {
  if (!(error instanceof OgError)) throw error
  const message = error.message
    .replace(/og\.(recover|challenge)\('(0x[0-9a-f]{64})'\)/g, '`og $1 $2`')
    .replace(/og\.infer\b/g, '`og infer`')
    .replace(/: collect it$/, '; `og collect` does')
  throw message === error.message ? error : new OgError(error.code, message, { cause: error, details: error.details })
}

/** A request id as a person writes it: whole, its first digits, shortened as screens show it, or `last`. Throws `USAGE` when none or several match. */
export async function findRequest(og: { receipts: Pick<OpenGradient['receipts'], 'list'> }, text: string): Promise<Hex> {
  if (/^0x[0-9a-f]{64}$/.test(text)) return parseHex(text, 32, 'request id')
  const entries = await og.receipts.list()
  if (text === 'last') {
    const [newest] = entries
    if (newest) return newest.requestId
    throw new OgError('USAGE', 'there is no answer yet; `og infer MODEL --example` asks for one')
  }
  const [, first, last = ''] = /^(?:0x)?([0-9a-f]{4,64})(?:(?:…|\.{2,3})([0-9a-f]{0,64}))?$/.exec(text) ?? []
  const found = entries.filter(({ requestId }) => first && requestId.startsWith(`0x${first}`) && requestId.endsWith(last))
  if (found.length === 1 && found[0]) return found[0].requestId
  throw new OgError(
    'USAGE',
    found.length
      ? `"${text}" begins ${found.length} request ids; write more digits`
      : `no answer's request id is "${text}"; \`og receipts\` lists them`,
  )
}
