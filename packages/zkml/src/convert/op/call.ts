import { unsupported } from '../errors.ts'
import type { OnnxNode } from '../onnx/types.ts'
import type { Builder } from '../real/builder.ts'
import type { Const, Value, Var } from '../real/value.ts'

/** One conversion rule: reads the node's operands, adds nodes to the builder, returns the node's outputs in order. */
export type Rule = (call: Call) => readonly Value[]

/** Rules by operator, `ai.onnx.ml:` before those of that domain. */
export type Rules = Readonly<Record<string, Rule>>

/** A node with its operands, as a rule sees it. */
export class Call {
  readonly node: OnnxNode
  readonly opset: number
  readonly b: Builder
  readonly #operands: readonly (Value | undefined)[]

  constructor(node: OnnxNode, operands: readonly (Value | undefined)[], opset: number, b: Builder) {
    this.node = node
    this.opset = opset
    this.b = b
    this.#operands = operands
  }

  /** @throws OgError `ZK_UNSUPPORTED_OP` naming this node. */
  refuse(reason: string): never {
    throw unsupported(this.node.op, this.node.name || (this.node.outputs[0] ?? ''), reason)
  }

  get operands(): readonly Value[] {
    return this.#operands.map((_, i) => this.operand(i))
  }

  has(i: number): boolean {
    return this.#operands[i] !== undefined
  }

  operand(i: number): Value {
    return this.#operands[i] ?? this.refuse(`operand ${i} is missing`)
  }

  /** A computed operand. */
  var(i: number): Var {
    const v = this.operand(i)
    if (v.kind === 'var') return v
    return this.refuse(
      v.kind === 'const' ? `operand ${i} is a constant where a computed value is expected` : 'it reads a score, which must be an output',
    )
  }

  /** A constant operand; `what` names it in the refusal. */
  const(i: number, what: string): Const {
    const v = this.operand(i)
    return v.kind === 'const' ? v : this.refuse(`${what} is computed; only a constant is supported`)
  }

  /** Integers of a constant operand or of an attribute, whichever the operator set uses; undefined when neither is given. */
  integers(attribute: string, i: number, what = attribute): readonly number[] | undefined {
    const given = this.has(i) ? [...this.const(i, what).tensor.data] : this.node.attributes.get(attribute)?.numbers
    return given?.every(Number.isInteger) === false ? this.refuse(`${what} that are no integers`) : given
  }

  numbers(attribute: string): readonly number[] | undefined {
    return this.node.attributes.get(attribute)?.numbers
  }

  number(attribute: string, otherwise: number): number {
    return this.node.attributes.get(attribute)?.numbers[0] ?? otherwise
  }

  text(attribute: string, otherwise: string): string {
    return this.node.attributes.get(attribute)?.texts[0] ?? otherwise
  }

  texts(attribute: string): readonly string[] {
    return this.node.attributes.get(attribute)?.texts ?? []
  }
}

/** A constant value. */
export function constant(shape: readonly number[], data: Float64Array, integer = false): Const {
  return { kind: 'const', tensor: { shape, data }, integer }
}

/** A list of integers as a constant. */
export function integers(values: readonly number[]): Const {
  return constant([values.length], Float64Array.from(values), true)
}

/** The shape of any value, batch axis included (length 1). */
export function shapeOf(v: Value): readonly number[] {
  return v.kind === 'const' ? v.tensor.shape : v.shape
}

/** All values equal: that value; else undefined. */
export function uniform(data: Float64Array): number | undefined {
  return data.length > 0 && data.every((v) => v === data[0]) ? data[0] : undefined
}
