import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, posix } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { one } from './instrument.mjs'

const SWAPPED = {
  ...{ '==': '!=', '!=': '==', '<': '<=', '<=': '<', '>': '>=', '>=': '>' },
  ...{ '+': '-', '-': '+', '*': '/', '/': '*', '+=': '-=', '-=': '+=' },
}
const FOLDER = 'contracts/sol/'

/** Has no room for code that is not made as small as can be, which takes more than half of the time. */
const LARGE = new Set(['Staking'])

/**
 * Every mutant of the contracts under `subjects`, of each file those of which `sampled` wants the number: `require`, `revert`, an event, a
 * modifier, a write, a deletion or a call left out; a comparison or a sum the other way; a condition true, false, negated or without one of its
 * parts; a truth value turned round; a constant one more. `start` and `end` say where the file has `text` instead, `once` that a constructor does it.
 */
export function solidityMutants(root, subjects, sampled = () => true) {
  const contracts = contractsOf(root)
  const mutants = new Map()
  for (const [name, { ast }] of Object.entries(contracts.trees())) {
    const file = `${FOLDER}${name}`
    if (!subjects.some((subject) => file.startsWith(subject))) continue
    const code = Buffer.from(contracts.sources[name].content)
    let count = 0
    const register = ([start, end], text, once = false) => {
      const id = `${file}#${++count}`
      if (!sampled(count)) return
      const line = code.subarray(0, start).toString().split('\n').length
      const [before, after] = [code.subarray(start, end).toString(), text === '{}' || text === '' ? '(left out)' : text].map(one)
      mutants.set(id, { file, line, before, after, start, end, text, once })
    }
    visit(ast, (node) => `${code.subarray(...range(node))}`, register)
  }
  return mutants
}

const range = ({ src }) => {
  const [start, length] = src.split(':').map(Number)
  return [start, start + length]
}

function visit(node, source, register) {
  const [start, end] = range(node)
  const between = (left, right, operator, other) =>
    source(node).slice(0, range(left)[1] - start) +
    source({ src: `${range(left)[1]}:${range(right)[0] - range(left)[1]}` }).replace(operator, () => other) +
    source({ src: `${range(right)[0]}:${end - range(right)[0]}` })
  switch (node.nodeType) {
    case 'BinaryOperation': {
      const { leftExpression: left, rightExpression: right, operator } = node
      if (SWAPPED[operator]) register([start, end], between(left, right, operator, SWAPPED[operator]))
      if (operator === '&&' || operator === '||') for (const part of [left, right]) register([start, end], source(part))
      break
    }
    case 'Assignment':
      if (SWAPPED[node.operator])
        register([start, end], between(node.leftHandSide, node.rightHandSide, node.operator, SWAPPED[node.operator]))
      break
    case 'UnaryOperation':
      if (node.operator === '!') register([start, end], source(node.subExpression))
      break
    case 'Literal':
      if (node.kind === 'bool') register([start, end], String(node.value === 'false'))
      break
    case 'VariableDeclaration':
      if (node.constant && node.typeName.name?.startsWith('uint')) register(range(node.value), `(${source(node.value)}) + 1`)
      break
    case 'IfStatement':
    case 'Conditional':
      for (const value of ['true', 'false']) register(range(node.condition), value)
      break
    case 'ExpressionStatement':
      // Left out with its semicolon, which solc does not count.
      register([start, end + 1], '{}')
      break
    case 'EmitStatement':
    case 'RevertStatement':
    case 'Break':
    case 'Continue':
      register([start, end + 1], '{}')
      break
    case 'ContractDefinition': {
      const makes = node.nodes.find(({ kind }) => kind === 'constructor')
      const once = (part) => part === makes || (makes && part.name && source(makes).includes(`${part.name}(`))
      for (const part of node.nodes) visit(part, source, once(part) ? (range, text) => register(range, text, true) : register)
      return
    }
    case 'FunctionDefinition':
      if (node.kind !== 'constructor') for (const modifier of node.modifiers) register(range(modifier), '')
  }
  for (const [key, value] of Object.entries(node)) {
    // What a loop does between its rounds is no statement of its own.
    const child = key === 'loopExpression' ? value?.expression : value
    for (const each of Array.isArray(child) ? child : [child]) if (each?.nodeType) visit(each, source, register)
  }
}

/** The contracts of a repository: what is in them, and their code with one file changed. */
export function contractsOf(root) {
  const require = createRequire(join(root, 'contracts/gen.mjs'))
  const openZeppelin = dirname(require.resolve('@openzeppelin/contracts/package.json'))
  const imported = (path) => ({ contents: readFileSync(join(openZeppelin, path.slice('@openzeppelin/contracts/'.length)), 'utf8') })
  const folder = join(root, FOLDER)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  const sources = Object.fromEntries(
    files.filter((file) => file.endsWith('.sol')).map((file) => [file, { content: readFileSync(join(folder, file), 'utf8') }]),
  )
  // To optimise its WebAssembly takes longer than that saves.
  setFlagsFromString('--liftoff-only')
  const solc = require('solc')
  const run = (sources, settings) =>
    JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings }), { import: imported }))

  const deployed = readFileSync(join(root, 'contracts/src/generated/bytecode.ts'), 'utf8').matchAll(/^ {2}(\w+): '/gm)
  const wanted = [...deployed].map(([, name]) => name).filter((name) => sources[`${name}.sol`])

  /** The creation code of a contract; nothing where it does not compile. */
  const compiled = (sources, name) => {
    const { contracts = {}, errors = [] } = run(sources, {
      evmVersion: 'prague',
      optimizer: { enabled: true, runs: 200, ...(!LARGE.has(name) && { details: { yul: false, cse: false } }) },
      metadata: { appendCBOR: false, bytecodeHash: 'none' },
      outputSelection: { [`${name}.sol`]: { [name]: ['evm.bytecode.object'] } },
    })
    if (errors.some(({ severity }) => severity === 'error')) return undefined
    return `0x${contracts[`${name}.sol`][name].evm.bytecode.object}`
  }

  const importing = (file, seen = new Set()) => {
    if (seen.has(file) || !sources[file]) return seen
    seen.add(file)
    for (const [, path] of sources[file].content.matchAll(/from "(\.[^"]+)"/g)) importing(posix.join(posix.dirname(file), path), seen)
    return seen
  }
  const parts = new Map(wanted.map((name) => [name, importing(`${name}.sol`)]))

  let right
  return {
    sources,
    trees: () => run(sources, { stopAfter: 'parsing', outputSelection: { '*': { '': ['ast'] } } }).sources,
    /** The code of every contract, without a mutant. */
    codes() {
      right ??= Object.fromEntries(wanted.map((name) => [name, compiled(sources, name)]))
      return right
    },
    /** The code of the contracts that a mutant changes: of none where it changes nothing, or does not compile. */
    codesWith({ file, start, end, text }) {
      const name = file.slice(FOLDER.length)
      const code = Buffer.from(sources[name].content)
      const content = `${code.subarray(0, start)}${text}${code.subarray(end)}`
      const names = wanted.filter((contract) => parts.get(contract).has(name))
      const codes = names.map((contract) => [contract, compiled({ ...sources, [name]: { content } }, contract)])
      return Object.fromEntries(codes.filter(([contract, code]) => code !== undefined && code !== this.codes()[contract]))
    },
  }
}
