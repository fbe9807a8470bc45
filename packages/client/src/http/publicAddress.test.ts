import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPublicAddress } from './publicAddress.ts'

test('addresses of the public internet are public', () => {
  for (const address of ['1.1.1.1', '8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '192.0.1.1', '223.255.255.255'])
    expect(isPublicAddress(address), address).toBe(true)
  for (const address of [
    '2606:4700::1111',
    '[2a00:1450:4001:82a::200e]',
    '2001:200::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
  ])
    expect(isPublicAddress(address), address).toBe(true)
})

test('addresses of this machine, of a local network and of no use on the internet are not', () => {
  const v4 = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
  ]
  const more = [
    '192.0.0.8',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
  ]
  const v6 = [
    '::',
    '::1',
    '[::1]',
    'fe80::1',
    'fe80::1%eth0',
    'fc00::1',
    'fd12:3456::1',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '3fff::1',
    '100::1',
    '5f00::1',
  ]
  for (const address of [...v4, ...more, '240.0.0.1', '255.255.255.255', ...v6]) expect(isPublicAddress(address), address).toBe(false)
})

test('a private IPv4 address stays private inside an IPv6 one', () => {
  for (const address of [
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:10.0.0.1',
    '::127.0.0.1',
    '64:ff9b::10.0.0.1',
    '2002:7f00:1::',
    '2002:c0a8:101::1',
  ])
    expect(isPublicAddress(address), address).toBe(false)
})

test('names and nonsense are no addresses', () => {
  for (const text of [
    '',
    'example.com',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4.5',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    'g::1',
    '::1.2.3',
  ])
    expect(isPublicAddress(text), text).toBeUndefined()
})

test('all of 10/8, 127/8 and 192.168/16 is refused, however it is written', () => {
  const octet = fc.nat(255)
  fc.assert(
    fc.property(octet, octet, octet, (b, c, d) => {
      for (const address of [`10.${b}.${c}.${d}`, `127.${b}.${c}.${d}`, `192.168.${c}.${d}`]) {
        expect(isPublicAddress(address)).toBe(false)
        expect(isPublicAddress(new URL(`http://[::ffff:${address}]`).hostname)).toBe(false)
        expect(isPublicAddress(new URL(`http://${address}`).hostname)).toBe(false)
      }
    }),
  )
})
