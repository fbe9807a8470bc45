import { bytes } from './format.ts'

/** Most characters of a body shown as text. */
const MOST_TEXT = 20_000
/** Longer JSON is not indented. */
const MOST_INDENTED = 1_000_000
const MOST_INDENT = 40

/** A body for reading: JSON with its tokens as they came, each on a line of its own; other text as it is; bytes in hex. Cut where it is long. */
export function bodyText(body: Uint8Array): string {
  const text = decoded(body)
  if (text === undefined)
    return `${Array.from(body.subarray(0, 512), (byte) => byte.toString(16).padStart(2, '0')).join(' ')}${body.length > 512 ? ' …' : ''}`
  const shown = text.length <= MOST_INDENTED && isJson(text) ? indented(text) : text
  return shown.length > MOST_TEXT ? `${shown.slice(0, MOST_TEXT)}\n… ${bytes(body.length)} in all` : shown
}

function decoded(body: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
  } catch {
    return undefined
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON with other spaces between its tokens: numbers keep their digits, and a key that is there twice stays there twice. */
function indented(json: string): string {
  let out = ''
  let depth = 0
  const line = (): string => `\n${'  '.repeat(Math.min(depth, MOST_INDENT))}`
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{[]\s*[}\]]|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    if (token === '}' || token === ']') {
      depth--
      out += line() + token
    } else if (token === ':') out += ': '
    else if (token === ',') out += token + line()
    else if (token === '{' || token === '[') {
      depth++
      out += token + line()
    } else out += /^[{[]/.test(token) ? token.replace(/\s+/, '') : token
    if (out.length > MOST_TEXT) return out
  }
  return out
}
