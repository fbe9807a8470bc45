import { CHECK_IDS, type CheckId, type ErrorCode, utf8 } from '@opengradient/protocol'
import type { Story } from '../story.ts'
import { all, text } from './lies.ts'

/** Not bundles at all: every check fails for the one reason. */
const malformed = (code: ErrorCode): Partial<Record<CheckId, ErrorCode>> => all(code, ...CHECK_IDS)
const rewrite =
  (change: (json: string) => string) =>
  (encoded: Uint8Array): Uint8Array =>
    utf8(change(text(encoded)))

/** Files that are no bundles. */
export const files: readonly Story[] = [
  { name: 'empty', says: 'No bytes.', bytes: () => new Uint8Array(), fails: malformed('JSON_SYNTAX') },
  { name: 'not-json', says: 'Not JSON.', bytes: () => utf8('-----BEGIN BUNDLE-----'), fails: malformed('JSON_SYNTAX') },
  {
    name: 'not-utf8',
    says: 'Not UTF-8.',
    bytes: (encoded) => Uint8Array.of(...encoded.slice(0, -2), 0xff, ...encoded.slice(-2)),
    fails: malformed('JSON_NOT_UTF8'),
  },
  {
    name: 'byte-order-mark',
    says: 'A byte order mark in front.',
    bytes: (encoded) => Uint8Array.of(0xef, 0xbb, 0xbf, ...encoded),
    fails: malformed('JSON_BOM'),
  },
  {
    name: 'key-twice',
    says: 'Two signers: this reader would take the second, another the first.',
    bytes: rewrite((json) => json.replace('"signer":', '"signer":"0x0000000000000000000000000000000000000001","signer":')),
    fails: malformed('JSON_DUPLICATE_KEY'),
  },
  {
    name: 'key-twice-escaped',
    says: 'The same key twice, once written with an escape.',
    bytes: rewrite((json) => json.replace('"signer":', '"\\u0073igner":"0x0000000000000000000000000000000000000001","signer":')),
    fails: malformed('JSON_DUPLICATE_KEY'),
  },
  {
    name: 'prototype-key',
    says: 'A key that would change the prototype of the object.',
    bytes: rewrite((json) => json.replace('{', '{"__proto__":{"ok":true},')),
    fails: malformed('JSON_FORBIDDEN_KEY'),
  },
  {
    name: 'nested-too-deep',
    says: 'A thousand lists in one another.',
    bytes: () => utf8('['.repeat(1000)),
    fails: malformed('JSON_TOO_DEEP'),
  },
  {
    name: 'price-as-a-number',
    says: 'The price as a number, which no double holds.',
    bytes: rewrite((json) => json.replace(/"price":"(\d+)"/, '"price":$19007199254740993')),
    fails: malformed('JSON_NUMBER_RANGE'),
  },
  {
    name: 'version-2',
    says: 'A version that this software does not know.',
    bytes: rewrite((json) => json.replace('"version":1', '"version":2')),
    fails: malformed('BUNDLE_VERSION'),
  },
  {
    name: 'unknown-key',
    says: 'A key that this version does not know: it might change what the rest means.',
    bytes: rewrite((json) => json.replace('{', '{"verdict":{"ok":true},')),
    fails: malformed('BUNDLE_MALFORMED'),
  },
  {
    name: 'signature-missing',
    says: 'No signature.',
    bytes: rewrite((json) => json.replace(/,"signature":"0x[0-9a-f]{130}","signer"/, ',"signer"')),
    fails: malformed('BUNDLE_MALFORMED'),
  },
  {
    name: 'address-in-mixed-case',
    says: 'An address with capital letters: one text for one address.',
    bytes: rewrite((json) =>
      json.replace(/"author":"(0x[0-9a-f]+)"/, (_, address: string) => `"author":"0x${address.slice(2).toUpperCase()}"`),
    ),
    fails: malformed('BUNDLE_MALFORMED'),
  },
  {
    name: 'base64-not-canonical',
    says: 'Base64 whose unused bits are not zero: two texts for the same bytes.',
    bytes: rewrite((json) => json.replace(/"manifest":"([^"]+)"/, (_, data: string) => `"manifest":"${data.slice(0, -4)}QR=="`)),
    fails: malformed('BUNDLE_MALFORMED'),
  },
  {
    name: 'trust-inside',
    says: 'The bundle brings its own trust.',
    bytes: rewrite((json) => json.replace('{', '{"trust":{"anchors":[]},')),
    fails: malformed('BUNDLE_MALFORMED'),
  },
]
