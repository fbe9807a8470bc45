import { describe, expect, it } from 'vitest'
import { Refusal } from '../result/rejection.ts'
import { int, octets, oid, seq, text } from '../testkit/der.testkit.ts'
import { type PckPlatform, readPck } from './pck.ts'

const SGX = '1.2.840.113741.1.13.1'
const pair = (arc: string, value: Uint8Array, under = SGX): Uint8Array => seq(oid(`${under}.${arc}`), value)
const svns = Array.from({ length: 16 }, (_, i) => pair(`2.${i + 1}`, int(i)))
const tcb = (...parts: Uint8Array[]): Uint8Array => pair('2', seq(...parts))
const good = {
  ppid: pair('1', octets(new Uint8Array(16))),
  tcb: tcb(...svns, pair('2.17', int(300))),
  pce: pair('3', octets(new Uint8Array(2))),
  fmspc: pair('4', octets(new Uint8Array(6))),
}

const read = (changes: Partial<typeof good> = {}, ...more: Uint8Array[]): PckPlatform => {
  const value = seq(...Object.values({ ...good, ...changes }), ...more)
  return readPck({ extensions: new Map([[SGX, { critical: false, value }]]) })
}

describe('Intel’s extension of a PCK certificate', () => {
  it('is refused with fields that are missing, doubled, foreign, of another type, or of another size', () => {
    const nothing = new Uint8Array()
    const broken: [Partial<typeof good>, ...Uint8Array[]][] = [
      [{ ppid: nothing }],
      [{ fmspc: nothing }],
      [{ tcb: tcb(...svns) }],
      [{ tcb: tcb(...svns.slice(1), pair('2.17', int(1))) }],
      [{}, good.ppid],
      [{}, pair('9', int(1), '1.2.3')],
      [{ ppid: pair('1', text('0123456789abcdef')) }],
      [{ pce: pair('3', int(0x1234)) }],
      [{ ppid: pair('1', octets(new Uint8Array(15))) }],
      [{ fmspc: pair('4', octets(new Uint8Array(7))) }],
      [{ tcb: tcb(...svns.slice(1), pair('2.1', int(256)), pair('2.17', int(1))) }],
      [{ tcb: tcb(...svns, pair('2.17', int(65_536))) }],
      [{ tcb: tcb(...svns.slice(1), pair('2.1', octets(Uint8Array.of(5))), pair('2.17', int(1))) }],
    ]
    for (const [changes, ...more] of broken) expect(() => read(changes, ...more)).toThrow(Refusal)
    expect(() => readPck({ extensions: new Map() })).toThrow(Refusal)
  })

  it('names the machine and the versions of its parts', () => {
    expect(read()).toEqual({
      ppid: `0x${'00'.repeat(16)}`,
      fmspc: '0x000000000000',
      pceId: '0x0000',
      components: Array.from({ length: 16 }, (_, i) => i),
      pceSvn: 300,
    })
  })
})
