import { add, type K, mod, mul, scale, ZERO } from './field.ts'
import { formTable, tableRows, type Values } from './prover/tables.ts'
import type { Con } from './shape.ts'
import { cellOf, realCells } from './space.ts'

/** The first constraint that the matrices do not satisfy, or nothing: SPEC 3.4 cell by cell, without any proof. */
export function violated(values: Values): string | undefined {
  const { program } = values
  for (const [number, constraint] of program.constraints.entries()) {
    const here = `${constraint[0]} ${number}`
    if (constraint[0] === 'lin' && formTable(constraint[1], values).some(([a]) => a !== 0n)) return here
    if (constraint[0] === 'had') {
      const factor = ([space, consts, from]: (typeof constraint)[1]): K[] => {
        const bases = from.map(([base, coef]) => [formTable(program.bases[base]!, values), coef] as const)
        return formTable([space, consts, []], values).map((value, i) =>
          bases.reduce<K>((total, [base, coef]) => add(total, scale(base[i]!, coef)), value),
        )
      }
      const [A, B, C] = [factor(constraint[1]), factor(constraint[2]), formTable(constraint[3], values)]
      if (A.some((a, i) => mul(a, B[i]!)[0] !== C[i]![0])) return here
    }
    if (constraint[0] === 'con' && !contracts(constraint, values)) return here
    if (constraint[0] === 'look') {
      const rows = new Set(tableRows(program, constraint[1], values).map(({ row }) => row.join()))
      const columns = constraint[2].map((form) => formTable(form, values))
      for (const at of realCells(constraint[2][0]![0])) {
        const cell = cellOf(constraint[2][0]![0], at)
        if (!rows.has(columns.map((column) => column[cell]![0]).join())) return here
      }
    }
  }
  return undefined
}

/** Z(b,m,n) = Σ_k L(b,m,k)·R(b,n,k) at every real cell. */
function contracts([, L, R, Z, nb, nm, nn, nk]: Con, values: Values): boolean {
  const [left, right, out] = [formTable(L, values), formTable(R, values), formTable(Z, values)]
  const inner = L[0].slice(nb + nm, nb + nm + nk)
  for (const at of realCells(Z[0])) {
    const [b, m, n] = [at.slice(0, nb), at.slice(nb, nb + nm), at.slice(nb + nm, nb + nm + nn)]
    let total = ZERO
    for (const k of realCells(inner))
      total = add(total, mul(left[cellOf(L[0], [...b, ...m, ...k])]!, right[cellOf(R[0], [...b, ...n, ...k])]!))
    if (mod(total[0] - out[cellOf(Z[0], at)]![0]) !== 0n) return false
  }
  return true
}
