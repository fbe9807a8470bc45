import { expect, test } from 'vitest'
import { callerOf, Rations } from './rations.ts'

function scene() {
  const clock = { now: 0 }
  const rations = new Rations({ all: { burst: 4, everyMs: 1_000 }, each: { burst: 2, everyMs: 5_000 }, now: () => clock.now })
  return { clock, rations }
}

test('no caller takes what is for the others', () => {
  const { clock, rations } = scene()
  expect([rations.take('a'), rations.take('a')]).toEqual([0, 0])
  for (let i = 0; i < 100; i++) expect(rations.take('a')).toBe(5_000)
  expect([rations.take('b'), rations.take('b')]).toEqual([0, 0])
  clock.now = 1_000
  expect(rations.take('c')).toBe(0)
  clock.now = 5_000
  expect(rations.take('a')).toBe(0)
  expect(rations.take('a')).toBe(5_000)
})

test('all callers together get no more than there is, and lose nothing of their own by asking', () => {
  const { clock, rations } = scene()
  for (const caller of ['a', 'b', 'c', 'd']) expect(rations.take(caller)).toBe(0)
  for (const caller of ['e', 'f', undefined]) expect(rations.take(caller)).toBe(1_000)
  clock.now = 2_000
  expect([rations.take('e'), rations.take('e'), rations.take('f')]).toEqual([0, 0, 1_000])
})

test('where callers cannot be told apart only the bound for all counts', () => {
  const { rations } = scene()
  expect(Array.from({ length: 5 }, () => rations.take(undefined))).toEqual([0, 0, 0, 0, 1_000])
})

test('callers of any number take bounded memory: who is forgotten begins anew', () => {
  const clock = { now: 0 }
  const all = { burst: 1_000_000, everyMs: 1 }
  const rations = new Rations({ all, each: { burst: 1, everyMs: 1_000_000 }, now: () => clock.now })
  for (let i = 0; i < 4_096; i++) expect(rations.take(`caller ${i}`)).toBe(0)
  expect(rations.take('caller 0')).toBe(1_000_000)
  expect(rations.take('another')).toBe(0)
  // The one who asked longest ago was forgotten, and no other.
  expect(rations.take('caller 0')).toBe(1_000_000)
  expect(rations.take('caller 1')).toBe(0)
})

test.each([
  ['198.51.100.7', undefined, '198.51.100.7'],
  ['::ffff:198.51.100.7', undefined, '198.51.100.7'],
  // Whoever connects from outside says nothing about himself.
  ['198.51.100.7', '203.0.113.9', '198.51.100.7'],
  ['2001:db8:1:2:3:4:5:6', '203.0.113.9', '2001:db8:1:2'],
  ['2001:DB8:1:2::1', undefined, '2001:db8:1:2'],
  ['2001:db8::1', undefined, '2001:db8:0:0'],
  ['fe80::1%eth0', undefined, 'fe80:0:0:0'],
  // Behind a proxy on this machine it is the last hop that the proxy saw: those before it are the caller's own words.
  ['127.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['127.0.0.1', '10.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['::1', ['10.0.0.1', '203.0.113.9'], '203.0.113.9'],
  ['::ffff:127.0.0.1', '2001:db8:1:2:3::1', '2001:db8:1:2'],
  // Proxies that listen on one socket for both kinds write IPv4 so: or all of it would be one caller.
  ['127.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
  ['::1', '10.0.0.1, ::FFFF:203.0.113.10', '203.0.113.10'],
  ['127.0.0.1', undefined, undefined],
  ['127.0.0.1', ' ', undefined],
  ['127.0.0.1', '203.0.113.9, unknown', undefined],
  [undefined, '203.0.113.9', undefined],
])('a connection from %s that was forwarded for %s is of %s', (address, forwarded, caller) => {
  expect(callerOf(address, forwarded)).toBe(caller)
})
