import { expect, test } from 'vitest'
import { parseEndpoint } from './endpoint.ts'

const abroad = { local: false }
const refused = (endpoint: string, options = abroad) =>
  expect(() => parseEndpoint(endpoint, options), endpoint).toThrow(expect.objectContaining({ code: 'NODE_ENDPOINT_REFUSED' }))

test('an https origin with a public name or address is taken', () => {
  expect(parseEndpoint('https://node.example.com', abroad)).toBe('https://node.example.com')
  expect(parseEndpoint('https://node.example.com:8443/', abroad)).toBe('https://node.example.com:8443')
  expect(parseEndpoint('https://1.1.1.1', abroad)).toBe('https://1.1.1.1')
  expect(parseEndpoint('https://[2606:4700::1111]', abroad)).toBe('https://[2606:4700::1111]')
})

test('private addresses are refused in every way to write them', () => {
  const forms = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '017700000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '169.254.169.254',
    '0',
    '192.168.0.1',
  ]
  for (const host of forms) refused(`https://${host}`)
})

test('private names are refused', () => {
  for (const host of [
    'localhost',
    'localhost.',
    'api.localhost',
    'intranet',
    'printer.local',
    'db.internal',
    'nas.home.arpa',
    'x.lan',
    'metadata.google.internal.',
  ])
    refused(`https://${host}`)
})

test('other schemes, users, paths, queries and fragments are refused', () => {
  for (const endpoint of [
    'http://node.example.com',
    'ftp://node.example.com',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '',
    'node.example.com',
    'https://',
  ])
    refused(endpoint)
  for (const endpoint of [
    'https://u:p@node.example.com',
    'https://u@node.example.com',
    'https://node.example.com/v2',
    'https://node.example.com?a',
    'https://node.example.com#a',
  ])
    refused(endpoint)
})

test('a local network may use http and its own machine, and nothing looser than that', () => {
  expect(parseEndpoint('http://127.0.0.1:8410', { local: true })).toBe('http://127.0.0.1:8410')
  expect(parseEndpoint('http://localhost:8410', { local: true })).toBe('http://localhost:8410')
  for (const endpoint of ['file:///etc/passwd', 'http://127.0.0.1/v2', 'http://u:p@127.0.0.1']) refused(endpoint, { local: true })
})

test('the message does not repeat more than 200 characters of what a stranger wrote', () => {
  try {
    parseEndpoint(`http://${'a'.repeat(10_000)}`, abroad)
    expect.unreachable()
  } catch (error) {
    expect((error as Error).message.length).toBeLessThan(300)
  }
})
