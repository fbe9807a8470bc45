import { readFileSync } from 'node:fs'
import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { eqlt, onelt } from '../../src/field/eq.ts'
import { type K, kInv, kMul } from '../../src/field/k.ts'
import { Transcript } from '../../src/hash/transcript.ts'
import { domainHash } from '../../src/ir/hash.ts'
import { leafHeader } from '../../src/proof/commitment.ts'
import { Desk } from '../../src/proof/desk.ts'
import { parameterBlock, parameters } from '../../src/proof/params.ts'
import { kernels } from '../reference/bridge.ts'
import { buildPrimitiveVectors, type Primitives } from './primitives.ts'

const [built] = buildPrimitiveVectors() as [{ path: string; text: string }]
const published = readFileSync(new URL(`../../../../vectors/${built.path}`, import.meta.url), 'utf8')
const vector = JSON.parse(published) as Primitives
const { fn } = kernels
const k = ([a, b]: readonly [string, string]): K => [BigInt(a), BigInt(b)]

describe('vectors/zk/primitives', () => {
  it('is what the reference gives, byte for byte', () => {
    expect(published).toBe(built.text)
  })

  it('holds for the field and for equalities', () => {
    const { x, y, product, inverse } = vector.field
    expect(kMul(k(x), k(y))).toEqual(k(product))
    expect(kInv(k(x))).toEqual(k(inverse))
    expect(vector.eq.length).toBeGreaterThan(8)
    for (const { r, s, n, ...of } of vector.eq) {
      expect(eqlt(r.map(k), s.map(k), n)).toEqual(k(of.eqlt))
      expect(onelt(r.map(k), n)).toEqual(k(of.onelt))
    }
  })

  it('holds for the transcript and for hashes with a domain', () => {
    const transcript = new Transcript()
    const states = [transcript.state]
    transcript.absorb('test', Uint8Array.of(0, 1, 2, 3))
    states.push(transcript.state)
    expect(transcript.squeeze('alpha', 5)).toEqual(vector.transcript.vector.map(k))
    states.push(transcript.state)
    expect(transcript.indices('q', 8, 20)).toEqual(vector.transcript.indices)
    states.push(transcript.state)
    expect(states.map(bytesToHex)).toEqual(vector.transcript.states)
    expect(transcript.powCheck(BigInt(vector.transcript.nonce), 12)).toBe(true)
    const { tag, data, hash } = vector.tagged
    expect(bytesToHex(domainHash(tag, hexToBytes(data)))).toBe(hash)
  })

  it('holds for the parameter block', () => {
    for (const { c, l, cells, block } of vector.parameters)
      expect(bytesToHex(parameterBlock(parameters(c, l, cells[0]!, cells[1] ?? 0)!))).toBe(block)
  })

  it('holds for a committed matrix and a proof of some of its columns', () => {
    const mark = kernels.mark()
    const { cells, columns, root } = vector.commitment
    const codewords = kernels.alloc(8 * 2 * 2 ** 8)
    fn.rsEncode(codewords, kernels.put(BigUint64Array.from(cells, BigInt)), 40, 5, 8)
    const out = kernels.alloc(8 * 2 * 2 ** 8)
    const all = Uint32Array.from({ length: 2 ** 8 }, (_, i) => i)
    fn.openColumns(out, codewords, 2, 5, 8, kernels.put(all), all.length)
    expect([...kernels.u64(out, 2 ** 9)]).toEqual(columns.flat().map(BigInt))
    const tree = kernels.alloc(64 * 2 ** 8)
    fn.leafHashes(tree, codewords, 2, 5, 8, leafHeader(new Desk(kernels), 0, 2, parameters(5, 8, 40, 0)!))
    fn.merkleTree(tree, 8)
    expect(bytesToHex(kernels.bytes(tree + 32, 32).slice())).toBe(root)
    const { leaves, indices, siblings, root: top } = vector.multiproof
    const join = (parts: readonly (typeof top)[]) => kernels.put(Buffer.concat(parts.map((part) => hexToBytes(part))))
    const opened = join(indices.map((i) => leaves[i]!))
    expect(
      fn.multiproofCheck(join([top]), opened, kernels.put(Uint32Array.from(indices)), indices.length, 4, join(siblings), siblings.length),
    ).toBe(1)
    kernels.release(mark)
  })
})
