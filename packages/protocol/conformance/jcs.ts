import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex, canonicalJson, parseStrictJson, utf8 } from '../src/index.ts'
import { type ConformanceResult, expectEqual, runCases } from './result.ts'

const LIMITS = { maxBytes: 65536, maxDepth: 32 }

/** RFC 8785: every `input/X.json`, read by the strict parser, gives the bytes of `output/X.json` and `outhex/X.txt`. */
export function run(testdata: string): ConformanceResult {
  const folder = join(testdata, 'jcs')
  const names = readdirSync(join(folder, 'input')).filter((name) => name.endsWith('.json'))
  return runCases(
    names.map((name) => ({
      name,
      check: () => {
        const canonical = canonicalJson(parseStrictJson(readFileSync(join(folder, 'input', name)), LIMITS))
        expectEqual('the text', canonical, readFileSync(join(folder, 'output', name), 'utf8'))
        const hex = readFileSync(join(folder, 'outhex', name.replace(/json$/, 'txt')), 'utf8')
        expectEqual('the bytes', bytesToHex(utf8(canonical)), `0x${hex.replace(/\s/g, '')}`)
        expectEqual('the canonical form of the output', canonicalJson(parseStrictJson(utf8(canonical), LIMITS)), canonical)
      },
    })),
  )
}
