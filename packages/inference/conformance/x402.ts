import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isOgError, parseStrictJson } from '@opengradient/protocol'
import { encodeHeader, parsePaymentHeader } from '../src/payment/x402.ts'

/**
 * The examples of the x402 texts: each parses strictly, a header that we encode of it keeps every field, and a payment of the scheme `exact`
 * in version 2 is read field by field; payments of other schemes are refused as such.
 */
export async function run(testdata: string): Promise<{ passed: number; total: number; failed: string[] }> {
  const folder = join(testdata, 'x402')
  const result = { passed: 0, total: 0, failed: [] as string[] }
  for (const file of readdirSync(folder).sort()) {
    if (file === 'index.json' || !/-\d+\.(json|txt)$/.test(file)) continue
    result.total++
    try {
      check(readFileSync(join(folder, file)), file.endsWith('.txt'))
      result.passed++
    } catch (error) {
      result.failed.push(`${file}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return result
}

function check(bytes: Uint8Array, isHeader: boolean): void {
  const json = isHeader ? Buffer.from(Buffer.from(bytes).toString('latin1').trim(), 'base64') : bytes
  const value = parseStrictJson(json, { maxBytes: 65_536, maxDepth: 24 }) as Message
  const header = encodeHeader(value as Parameters<typeof encodeHeader>[0])
  same('a re-encoded copy', JSON.parse(Buffer.from(header, 'base64').toString('utf8')), JSON.parse(Buffer.from(json).toString('utf8')))
  if (value.x402Version !== 2 || !value.accepted || !value.payload) return
  if (value.accepted.scheme === 'exact' && value.payload.authorization) readExact(header, value)
  else refuses(header)
}

function readExact(header: string, { payload, accepted }: Message): void {
  const read = parsePaymentHeader(header)
  const wanted = payload?.authorization ?? {}
  for (const [name, found] of Object.entries(read.authorization)) same(name, String(found), String(wanted[name]).toLowerCase())
  same('signature', read.signature, String(payload?.signature).toLowerCase())
  same('accepted', read.accepted, accepted)
}

function refuses(header: string): void {
  try {
    parsePaymentHeader(header)
  } catch (error) {
    if (isOgError(error) && (error.code === 'PAYMENT_WRONG_SCHEME' || error.code === 'PAYMENT_MALFORMED')) return
    throw error
  }
  throw new Error('a payment of another scheme was taken for an exact one')
}

interface Message {
  x402Version?: number
  accepted?: { scheme?: string }
  payload?: { signature?: string; authorization?: Record<string, string> }
}

function same(what: string, found: unknown, wanted: unknown): void {
  const [a, b] = [sorted(found), sorted(wanted)]
  if (a !== b) throw new Error(`${what} is ${a.slice(0, 200)}, expected ${b.slice(0, 200)}`)
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part && typeof part === 'object' && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part,
  )
