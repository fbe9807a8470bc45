import { describe, expect, it } from 'vitest'
import { checkRequest, type GuardOptions, type RequestHead } from './guard.ts'

const OPTIONS: GuardOptions = { names: ['localhost', '127.0.0.1', '[::1]', 'Node.example.org:8410'], jsonOnly: true }
const GOOD: RequestHead = { method: 'POST', host: '127.0.0.1:8545', origin: undefined, contentType: 'application/json' }

const codeOf = (change: Partial<RequestHead>, options: Partial<GuardOptions> = {}): string | undefined =>
  checkRequest({ ...GOOD, ...change }, { ...OPTIONS, ...options })?.code

describe('Host', () => {
  it.each(['localhost', 'localhost:8545', 'LOCALHOST:1', '127.0.0.1', '[::1]', '[::1]:8545', 'node.example.org:8410'])(
    '%s is our own',
    (host) => {
      expect(codeOf({ host })).toBeUndefined()
    },
  )

  it.each([
    undefined,
    '',
    'evil.example',
    'evil.example:8545',
    'localhost.evil.example',
    'localhost:8545:8545',
    'localhost:',
    'localhost:123456',
    'localhost@evil.example',
    'evil.example#localhost',
    ' localhost',
    '127.0.0.1.evil.example',
    '0.0.0.0',
    '::1',
    'node.example.org',
    'node.example.org:9999',
    'localhost, evil.example',
  ])('%s is refused', (host) => {
    expect(codeOf({ host })).toBe('HTTP_HOST_REFUSED')
  })

  it('is checked for every method', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'DELETE', 'POST'])
      expect(codeOf({ method, host: 'evil.example' })).toBe('HTTP_HOST_REFUSED')
  })

  it('names what would be accepted', () => {
    expect(checkRequest({ ...GOOD, host: 'evil' }, OPTIONS)?.message).toContain('localhost, 127.0.0.1')
  })
})

describe('Origin', () => {
  it.each(['http://localhost:8400', 'https://127.0.0.1', 'http://[::1]:8400', 'https://node.example.org:8410'])(
    '%s is our own',
    (origin) => {
      expect(codeOf({ origin })).toBeUndefined()
    },
  )

  it.each([
    'null',
    '',
    'https://evil.example',
    'http://localhost.evil.example',
    'file://localhost',
    'http://localhost/',
    'chrome-extension://localhost',
    'http://localhost@evil.example',
  ])('%s is refused', (origin) => {
    expect(codeOf({ origin })).toBe('HTTP_ORIGIN_REFUSED')
    expect(codeOf({ origin, method: 'GET' })).toBe('HTTP_ORIGIN_REFUSED')
  })

  it('is not sent by programs, which are let in', () => {
    expect(codeOf({ origin: undefined })).toBeUndefined()
  })
})

describe('Content-Type where only JSON is accepted', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON ;charset=utf-8'])('%s is accepted', (contentType) => {
    expect(codeOf({ contentType })).toBeUndefined()
  })

  it.each([
    undefined,
    '',
    'text/plain',
    'text/plain; application/json',
    'application/jsonx',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/octet-stream',
  ])('%s is refused', (contentType) => {
    for (const method of ['POST', 'PUT', 'PATCH']) expect(codeOf({ contentType, method })).toBe('HTTP_CONTENT_TYPE_REFUSED')
  })

  it('does not matter for methods without a body', () => {
    for (const method of ['GET', 'HEAD', 'DELETE', 'OPTIONS']) expect(codeOf({ contentType: undefined, method })).toBeUndefined()
  })
})

describe('Content-Type where other bodies are accepted', () => {
  it.each([undefined, 'application/octet-stream', 'application/json', 'application/vnd.opengradient.bundle+json'])(
    '%s is accepted',
    (contentType) => {
      expect(codeOf({ contentType }, { jsonOnly: false })).toBeUndefined()
    },
  )

  it.each(['text/plain', 'TEXT/PLAIN; charset=utf-8', 'application/x-www-form-urlencoded', 'multipart/form-data'])(
    '%s, which any page can send, is refused',
    (contentType) => {
      expect(codeOf({ contentType }, { jsonOnly: false })).toBe('HTTP_CONTENT_TYPE_REFUSED')
    },
  )
})

it('does not repeat a header of any length in its message', () => {
  expect(checkRequest({ ...GOOD, host: 'x'.repeat(10_000) }, OPTIONS)!.message.length).toBeLessThan(400)
})
