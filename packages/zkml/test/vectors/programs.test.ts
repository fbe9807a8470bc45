import { readdirSync, readFileSync } from 'node:fs'
import { bytesToHex, hexToBytes } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { decodeIr } from '../../src/ir/ir.ts'
import { OP_NAMES } from '../../src/ir/ops/registry.ts'
import { decodeWeights } from '../../src/ir/weights.ts'
import { malformation } from '../../src/program/check/wellformed.ts'
import { encodeProgram, programHash } from '../../src/program/encode.ts'
import { lower } from '../../src/program/lower/lower.ts'
import { caseOf, violationOf } from '../../src/program/model.testkit.ts'
import { PROGRAM_STORIES } from './models.ts'
import { buildProgramVectors, type ProgramVector } from './programs.ts'

const FOLDER = new URL('../../../../vectors/zk/programs/', import.meta.url)

describe('vectors/zk/programs', () => {
  it('are what the stories give, byte for byte', () => {
    const files = buildProgramVectors()
    expect(readdirSync(FOLDER).sort()).toEqual(files.map(({ path }) => path.split('/').at(-1)))
    for (const { path, text } of files) expect(readFileSync(new URL(path.split('/').at(-1)!, FOLDER), 'utf8')).toBe(text)
  })

  it.each(readdirSync(FOLDER))('%s: its model, read from its bytes, is lowered to its program', (file) => {
    const vector = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as ProgramVector
    const ir = decodeIr(hexToBytes(vector.ir))
    const weightValues = decodeWeights(ir.weights, hexToBytes(vector.blob))
    const { program } = lower(ir, { batch: vector.batch, weights: vector.weights, weightValues })
    expect(malformation(program)).toBeUndefined()
    expect(bytesToHex(encodeProgram(program))).toBe(vector.program)
    expect(bytesToHex(programHash(program))).toBe(vector.programHash)
  })

  it.each(PROGRAM_STORIES)('$name: a run of the model satisfies the program', ({ build, batch, weights }) => {
    const { model, outputs } = build()
    expect(violationOf(caseOf(model, outputs, { batch, mode: weights }))).toBeUndefined()
  })

  it('use every operator together', () => {
    const used = PROGRAM_STORIES.flatMap(({ build }) => build().model.nodes.map(({ op }) => op))
    expect(OP_NAMES.filter((op) => !used.includes(op))).toEqual([])
  })
})
