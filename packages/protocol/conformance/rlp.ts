import { bytesToHex, decodeRlp, encodeRlp, type Hex, hexToBytes, type RlpItem } from '../src/index.ts'
import { expectEqual } from './result.ts'

type HexItem = Hex | HexItem[]

interface RlpVector {
  name: string
  decoded: HexItem
  encoded: Hex
}

/** RLP vectors in both directions. */
export function* rlpCases(vectors: unknown): Iterable<{ name: string; check: () => void }> {
  for (const { name, decoded, encoded } of vectors as RlpVector[]) {
    yield {
      name: `RLP ${name}`,
      check: () => {
        expectEqual('encoded', bytesToHex(encodeRlp(fromHex(decoded))), encoded)
        expectEqual('decoded', JSON.stringify(toHex(decodeRlp(hexToBytes(encoded)))), JSON.stringify(decoded))
      },
    }
  }
}

function fromHex(item: HexItem): RlpItem {
  return Array.isArray(item) ? item.map(fromHex) : hexToBytes(item)
}

function toHex(item: RlpItem): HexItem {
  return Array.isArray(item) ? item.map(toHex) : bytesToHex(item)
}
