import type { ZkProofInput } from '@opengradient/protocol'
import { decodeIr, decodeOutputs, dequantise, type IntArray, type Ir, intsOfBytes, type ModelIo } from '@opengradient/zkml'
import { printable } from '../render/style.ts'
import { MODE } from './words.ts'

/** Most bytes of a proof's context (SPEC 1.7). */
export const MAX_CTX_BYTES = 256
export const MODE_LINE = `${MODE}: inputs and outputs are in the file for everybody who has it`
const SHOWN = 12

/** The numbers that a statement is about. */
export interface StatementValues {
  /** By name where the mapping of names is known, else by number. What a publisher calls an output is the publisher's word. */
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>
  /** The integers that are proved, in the order of the integer model, with their scales: value = integer · 2^-f. */
  readonly integers: readonly { readonly f: number; readonly y: IntArray }[]
  readonly inputs: readonly { readonly f: number; readonly x: IntArray }[]
}

/** Reads the values of a statement whose proof verified, or that was just made. `io`: names and decoding, from the `.zkir` file. */
export function statementValues({ ir: irBytes, x, y }: Pick<ZkProofInput, 'ir' | 'x' | 'y'>, io?: ModelIo): StatementValues {
  const ir = decodeIr(irBytes)
  const integers = split(ir, ir.outputs, y).map(([f, values]) => ({ f, y: values }))
  const inputs = split(ir, ir.inputs, x).map(([f, values]) => ({ f, x: values }))
  const named =
    io &&
    decodeOutputs(
      ir,
      io,
      integers.map(({ y }) => y),
    )
  const plain = integers.map(({ f, y }, i): [string, number[]] => [`y[${i}]`, [...dequantise(y, f)]])
  return { outputs: named ?? Object.fromEntries(plain), integers, inputs }
}

/** A line for each output. Names and labels are a stranger's text: they must not move the cursor, nor look like another line. */
export function outputLinesOf({ outputs }: StatementValues): string[] {
  return Object.entries(outputs).map(([name, values]) => {
    const shown = values
      .slice(0, SHOWN)
      .map((value) => (typeof value === 'number' ? `${Number(value.toPrecision(9))}` : printable(JSON.stringify(value))))
    return `${printable(name)}  ${shown.join(' ')}${values.length > SHOWN ? ` … (${values.length})` : ''}`
  })
}

/** The values of tensors as they lie in the bytes of a statement of one batch, whose length is right. */
function split(ir: Ir, ids: readonly number[], bytes: Uint8Array): [f: number, values: IntArray][] {
  let at = 0
  return ids.map((id) => {
    const { dt, f, axes } = ir.tensors[id]!
    const length = axes.reduce((product, n) => product * n, 1) * WIDTH[dt]
    at += length
    return [f, intsOfBytes(dt, bytes.subarray(at - length, at))]
  })
}

const WIDTH = { i16: 2, i32: 4, i64: 8 } as const
