import { activations } from './activation.ts'
import type { Rule } from './call.ts'
import { classical } from './classical.ts'
import { convolutions } from './conv.ts'
import { elementwise } from './elementwise.ts'
import { extremes } from './extremes.ts'
import { linear } from './linear.ts'
import { normalisations } from './norm.ts'
import { pools } from './pool.ts'
import { reductions } from './reduce.ts'
import { selections } from './select.ts'
import { shapes } from './shape.ts'
import { treeRules } from './trees.ts'

const families = [
  activations,
  classical,
  convolutions,
  elementwise,
  extremes,
  linear,
  normalisations,
  pools,
  reductions,
  selections,
  shapes,
  treeRules,
]

/** The conversion rule of every supported operator: `Gemm`, `ai.onnx.ml:Scaler`. */
export const RULES: ReadonlyMap<string, Rule> = new Map(families.flatMap((rules) => Object.entries(rules)))
