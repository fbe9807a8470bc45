import { expect, test } from 'vitest'
import * as t from './take.ts'

const ACCOUNT = '0x52908400098527886E0F7030069857D2E4169EE7'
const MIXED = '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359'
const refused = (what: string) => expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(what) })

test('addresses are taken in lower case, with their checksum or without; one that is mistyped is refused', () => {
  for (const given of [ACCOUNT, ACCOUNT.toLowerCase(), MIXED]) expect(t.address(given, 'to')).toBe(given.toLowerCase())
  const mistyped = MIXED.replace('fB', 'FB')
  expect(() => t.address(mistyped, 'to')).toThrow(refused('to has to be an address whose large and small letters are its checksum'))
  for (const given of [`${ACCOUNT}0`, ACCOUNT.slice(2), '', 5n, ` ${ACCOUNT}`, null])
    expect(() => t.address(given, 'to')).toThrow(refused('to has to be'))
})

test('what was given is told by its kind, never itself', () => {
  const kinds: [unknown, string][] = [
    [undefined, 'missing'],
    [null, 'null'],
    [-1n, 'below zero'],
    [1n, 'a bigint'],
    ['0x5ec2e7', 'a string of 8 characters'],
    [['0x5ec2e7'], 'an array'],
    [{ key: '0x5ec2e7' }, 'an object'],
    [5, 'a number'],
    [() => '0x5ec2e7', 'a function'],
    [Symbol('0x5ec2e7'), 'a symbol'],
  ]
  for (const [value, kind] of kinds) expect([value, t.kindOf(value)]).toEqual([value, kind])
})

test('a member is named by its whole path, an argument that throws when it is read by its name', () => {
  const files = t.options({ files: t.list(t.members({ bytes: t.bytes })) })
  expect(() => files({ files: [{ bytes: new Uint8Array() }, { bytes: 'x' }] }, 'model')).toThrow(refused('model.files[1].bytes has to be'))
  expect(() => files({ file: [], files: [] }, 'model')).toThrow(refused('model has no member "file"; there are files'))
  const trap = {
    get files(): never {
      throw new TypeError('no')
    },
  }
  expect(() => t.takeAll([['model', files]], [trap])).toThrow(refused('model cannot be read: no'))
})

test('what has methods is handed on as it is, with those of its class', () => {
  class Book {
    put() {}
    get() {}
  }
  const book = new Book()
  expect(t.having('a book', 'put', 'get')(book, 'book')).toBe(book)
  expect(() => t.having('a book', 'put', 'list')(book, 'book')).toThrow(refused('book has to be a book with put, list'))
})
