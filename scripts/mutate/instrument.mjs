import { parseAst } from 'vite'

/** The operators by which a condition can be subtly wrong. */
const SWAPPED = { '===': '!==', '!==': '===', '<': '<=', '<=': '<', '>': '>=', '>=': '>', '+': '-', '-': '+' }
const METHODS = { every: 'some', some: 'every' }
const TYPES = new Set(['typeAnnotation', 'returnType', 'typeParameters', 'typeArguments', 'superTypeArguments', 'implements'])
const TRANSPARENT = new Set(['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression', 'TSTypeAssertion'])
const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])

/**
 * What differs where it is not TypeScript: whether a mutant is alive, by its id; operators; expressions that are left out where nobody uses their
 * value; further mutants of a node.
 */
const TYPESCRIPT = {
  alive: (id) => `globalThis.__mutant === '${id}'`,
  not: (id) => `globalThis.__mutant !== '${id}'`,
  swapped: SWAPPED,
  left: ({ type, callee }) => type === 'CallExpression' && callee.type !== 'Super',
  more: () => [],
}

/**
 * TypeScript with every mutant of its functions inside, each behind a switch (`globalThis.__mutant === 'file#n'`), so one build
 * holds them all and a run costs no more than the tests. `register` gets what each mutant replaces and gives its id, or none where it is not wanted.
 *
 * Mutants: a condition always true, always false, negated, moved by one, without one of its parts; a call whose result nobody
 * uses left out; `every` for `some`; a filter left out; plus for minus; a returned truth value turned round.
 */
export function instrument(code, register, dialect = TYPESCRIPT, parsed = code) {
  const source = (node) => code.slice(node.start, node.end)
  const apply = (start, end, edits) => {
    let out = ''
    let at = start
    for (const edit of edits.sort((a, b) => a.start - b.start)) {
      out += code.slice(at, edit.start) + edit.text
      at = edit.end
    }
    return out + code.slice(at, end)
  }

  /** With another operator between the same operands, whose parentheses stand outside of them. */
  const swap = ({ start, end, left, right, operator }, other) =>
    code.slice(start, left.end) + code.slice(left.end, right.start).replace(operator, () => other) + code.slice(right.start, end)

  /** Edits of a subtree; `extra` are mutants of this very expression that its parent knows of. */
  const visit = (node, inside, extra = []) => {
    if (node.type.startsWith('TS') && !TRANSPARENT.has(node.type)) return []
    const deeper = inside || FUNCTIONS.has(node.type)
    const edits = []
    for (const [key, value] of Object.entries(node)) {
      if (TYPES.has(key)) continue
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child?.type === 'string') edits.push(...visit(child, deeper, inside ? expected(node, key) : []))
      }
    }
    if (!inside) return edits
    const mutants = [...own(node), ...dialect.more(node, source), ...extra]
    if (mutants.length === 0) return edits
    const chosen = mutants.map((mutant) => [mutant, register(node, source(node), mutant)]).filter(([, id]) => id !== undefined)
    if (chosen.length === 0) return edits
    let text = apply(node.start, node.end, edits)
    if (node.type === 'ExpressionStatement')
      return [{ start: node.start, end: node.end, text: `{ if (${dialect.not(chosen[0][1])}) {${text}} }` }]
    for (const [mutant, id] of chosen) text = `${dialect.alive(id)} ? (${mutant}) : (${text})`
    return [{ start: node.start, end: node.end, text: `(${text})` }]
  }

  const expected = (parent, key) =>
    (parent.type === 'IfStatement' || parent.type === 'ConditionalExpression') && key === 'test' ? ['true', 'false'] : []

  const own = (node) => {
    switch (node.type) {
      case 'BinaryExpression': {
        const other = dialect.swapped[node.operator]
        return other ? [swap(node, other)] : []
      }
      case 'LogicalExpression':
        return node.operator === '??' ? [] : [source(node.left), source(node.right)]
      case 'UnaryExpression':
        return node.operator === '!' ? [source(node.argument)] : []
      case 'Literal':
        return typeof node.value === 'boolean' ? [String(!node.value)] : []
      case 'CallExpression':
        return method(node)
      case 'ExpressionStatement':
        return dialect.left(node.expression) ? ['(left out)'] : []
      default:
        return []
    }
  }

  const method = ({ callee, arguments: args }) => {
    if (callee.type !== 'MemberExpression' || callee.computed) return []
    const { name } = callee.property
    if (name === 'filter' && args.length === 1) return [source(callee.object)]
    if (!Object.hasOwn(METHODS, name)) return []
    return [`${source(callee.object)}.${METHODS[name]}(${args.map(source).join(', ')})`]
  }

  const ast = parseAst(parsed, { lang: 'ts' })
  return apply(0, code.length, visit(ast, false))
}

/**
 * A Vite plugin that instruments the files to which `wanted` gives a name, with those mutants of which `sampled` wants the number in their file.
 * `mutants` fills up while it runs, by id: file and number.
 */
export function mutations(wanted, mutants, sampled = () => true) {
  return {
    name: 'mutations',
    enforce: 'pre',
    transform(code, id) {
      const file = wanted(id.split('?')[0])
      if (file === undefined) return undefined
      let count = 0
      return instrument(code, (node, before, after) => {
        const id = `${file}#${++count}`
        if (!sampled(count)) return undefined
        mutants.set(id, { file, line: code.slice(0, node.start).split('\n').length, before: one(before), after: one(after) })
        return id
      })
    },
  }
}

/** On one line, and not too long. */
export const one = (text) => text.replace(/\s+/g, ' ').slice(0, 160)
