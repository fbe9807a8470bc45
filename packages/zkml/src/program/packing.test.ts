import { describe, expect, it } from 'vitest'
import { pack } from './packing.ts'
import { space } from './space.ts'
import type { Segment } from './types.ts'

describe('packing', () => {
  it('puts longer segments first, equal ones in creation order, each matrix by itself', () => {
    const segments: Segment[] = [
      [0, space([3])],
      [1, space([5])],
      [0, space([2, 3])],
      [0, space([4])],
      [1, space([])],
    ]
    expect(pack(segments)).toEqual({ offsets: [8, 0, 0, 12, 8], cells: [16, 9] })
  })

  it('gives every segment an offset that is a multiple of its length', () => {
    const segments = [1, 7, 2, 16, 3, 9].map((n): Segment => [0, space([n])])
    for (const [id, offset] of pack(segments).offsets.entries()) expect(offset % 2 ** segments[id]![1][0]![1]).toBe(0)
  })

  it('w has a cell even when nothing is committed', () => {
    expect(pack([]).cells).toEqual([1, 0])
  })
})
