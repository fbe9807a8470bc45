import { sha256Hex, utf8 } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import type { Http, HttpReply } from '../http/http.ts'
import { fetchBytes } from './fetchBytes.ts'
import { putBytes } from './putBytes.ts'

const bytes = utf8('a manifest')
const sha256 = sha256Hex(bytes)
const reply = (status: number, body: Uint8Array = new Uint8Array()): HttpReply => ({ status, headers: new Headers(), body })
const asked: string[] = []
/** Peers by name: what they answer. */
const http: Http = async (url, { method = 'GET' }) => {
  asked.push(`${method} ${url}`)
  if (url.includes('honest')) return reply(200, bytes)
  if (url.includes('liar')) return reply(200, utf8('another manifest'))
  if (url.includes('empty')) return reply(method === 'PUT' ? 201 : 404)
  return reply(method === 'HEAD' ? 404 : 507, utf8('{"error":{"code":"STORE_QUOTA","message":"full"}}'))
}
const fetching = (...peers: string[]) => fetchBytes({ http, peers, sha256, maxBytes: 100 })
const refusal = (code: string) => expect.objectContaining({ code })

test('a file comes from the first peer that has the right bytes', async () => {
  expect(await fetching('https://empty.example', 'https://liar.example', 'https://failing.example', 'https://honest.example/')).toEqual(
    bytes,
  )
  expect(asked.at(-1)).toBe(`GET https://honest.example/files/${sha256.slice(2)}`)
})

test('wrong bytes are never given out, and the error says what each peer did', async () => {
  await expect(fetching('https://liar.example', 'https://empty.example')).rejects.toThrow(
    expect.objectContaining({ code: 'STORE_UNREACHABLE', message: expect.stringContaining('sent other bytes') }),
  )
})

test('a file that no peer has is not there; no peer at all is a matter of configuration', async () => {
  await expect(fetching('https://empty.example', 'https://empty.example')).rejects.toThrow(refusal('STORE_NOT_FOUND'))
  await expect(fetching()).rejects.toThrow(refusal('CONFIG_MISSING'))
})

test('an upload asks first whether the file is there, and names why a store refuses it', async () => {
  asked.length = 0
  expect(await putBytes({ http, store: 'https://honest.example', token: 't', bytes })).toBe(sha256)
  expect(asked).toEqual([`HEAD https://honest.example/files/${sha256.slice(2)}`])
  expect(await putBytes({ http, store: 'https://empty.example', token: 't', bytes })).toBe(sha256)
  await expect(putBytes({ http, store: 'https://failing.example', token: 't', bytes })).rejects.toThrow(refusal('STORE_QUOTA'))
})
