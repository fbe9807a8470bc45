import { bytesToHex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { encodeProgram, programHash } from './encode.ts'
import { caseOf, ModelBuilder } from './model.testkit.ts'
import type { Program } from './types.ts'

const SMALL: Program = {
  batch: 1,
  segments: [[0, [[3, 2]]]],
  vecs: [[1n, -2n, 4294967296n]],
  bases: [],
  constraints: [['lin', [[[3, 2]], [[-5n, [-1]]], [[1n, 0, [['wt', 0, 0]]]]]]],
  tables: [],
}

describe('the bytes of a program', () => {
  it('are arrays, shortest integers and texts in the order of the specification', () => {
    expect(bytesToHex(encodeProgram(SMALL))).toBe(
      '0x87010181820081820302818301211b0000000100000000808182636c696e83818203028182248120818301008183627774000080',
    )
  })

  it('have a hash with its own domain, that any change of the model changes', () => {
    const hashes = [0, 1, 2].map((lo) => {
      const model = new ModelBuilder()
      const y = model.node('Clip', [model.input([3])], [], [3], { s: 3, lo: -lo, hi: 100 })
      return bytesToHex(programHash(caseOf(model, [y]).lowered.program))
    })
    expect(new Set(hashes).size).toBe(3)
  })

  it('depend on the batch', () => {
    const model = new ModelBuilder()
    const y = model.node('Clip', [model.input([3])], [], [3], { s: 3, lo: 0, hi: 100 })
    const [one, two] = [1, 2].map((batch) => programHash(caseOf(model, [y], { batch }).lowered.program))
    expect(one).not.toEqual(two)
  })
})
