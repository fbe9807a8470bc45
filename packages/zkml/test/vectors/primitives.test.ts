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
import { buildPrimitiveVectors, type Primitives, type SkippedWord } from './primitives.ts'

const built = buildPrimitiveVectors()
const published = built.map(({ path }) => readFileSync(new URL(`../../../../vectors/${path}`, import.meta.url), 'utf8'))
const [vector, skipped] = published.map((text) => JSON.parse(text) as unknown) as [Primitives, SkippedWord]
const { fn } = kernels
const k = ([a, b]: readonly [string, string]): K => [BigInt(a), BigInt(b)]

describe('vectors/zk/primitives', () => {
  it('is what the reference gives, byte for byte', () => {
    expect(published).toEqual(built.map(({ text }) => text))
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

  it('holds for a stream with a word that is no element of the field', () => {
    const transcript = new Transcript()
    transcript.state = hexToBytes(skipped.state)
    expect(transcript.squeeze(skipped.label, 5)).toEqual(skipped.vector.map(k))
    expect(bytesToHex(transcript.state)).toBe(skipped.next)
    const mark = kernels.mark()
    const st = kernels.put(hexToBytes(skipped.state))
    const out = kernels.alloc(16 * 5)
    fn.tsSqueeze(st, kernels.label(skipped.label), out, 5)
    expect([...kernels.u64(out, 10)].map(String)).toEqual(skipped.vector.flat())
    expect(bytesToHex(kernels.bytes(st, 32))).toBe(skipped.next)
    kernels.release(mark)
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
