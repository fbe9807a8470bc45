import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { contractsOf, solidityMutants } from './solidity.mjs'

const PART = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
abstract contract Part {
    error No();
    event Took(string what);
    mapping(address account => uint256) internal _sums;
    modifier once() { require(_sums[msg.sender] == 0, No()); _; }
    function add(uint256 amount) external once {
        require(amount > 1 && amount < 9, No());
        for (uint256 i = 0; i < 2; ++i) _sums[msg.sender] += amount;
        if (amount == 3) revert No();
        emit Took(unicode"é"); _check(amount - 1, !true);
    }
    function _check(uint256 amount, bool yes) private { if (yes) delete _sums[msg.sender]; else { uint256 unused = 5; unused = amount; } }
}`
const WHOLE = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
import {Part} from "./Part.sol";
contract Whole is Part {}`
const OTHER = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
contract Other { uint256 public immutable x; constructor() { x = 1 + 2; } }`

/** A repository with two contracts, of which one has a part that is in no other. */
function repository() {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'mutate-')))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'contracts/sol'), { recursive: true })
  mkdirSync(join(root, 'contracts/src/generated'), { recursive: true })
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'))
  for (const [name, content] of Object.entries({ Part: PART, Whole: WHOLE, Other: OTHER }))
    writeFileSync(join(root, `contracts/sol/${name}.sol`), content)
  writeFileSync(
    join(root, 'contracts/src/generated/bytecode.ts'),
    "export const creationCode = {\n  Whole: '0x',\n  Other: '0x',\n} as const\n",
  )
  return root
}

test('contracts are made wrong in every way that one change can, each giving the code of what it changes and of nothing else', () => {
  const root = repository()
  const mutants = solidityMutants(root, ['contracts/sol/Part.sol'])
  const changes = [...mutants.values()].map(({ line, before, after }) => `${line}: ${before} → ${after}`)
  expect(changes.toSorted()).toEqual(
    [
      '7: require(_sums[msg.sender] == 0, No()); → (left out)',
      '7: _sums[msg.sender] == 0 → _sums[msg.sender] != 0',
      '8: once → (left out)',
      '9: require(amount > 1 && amount < 9, No()); → (left out)',
      '9: amount > 1 && amount < 9 → amount > 1',
      '9: amount > 1 && amount < 9 → amount < 9',
      '9: amount > 1 → amount >= 1',
      '9: amount < 9 → amount <= 9',
      '10: i < 2 → i <= 2',
      '10: _sums[msg.sender] += amount; → (left out)',
      '10: _sums[msg.sender] += amount → _sums[msg.sender] -= amount',
      '11: amount == 3 → true',
      '11: amount == 3 → false',
      '11: amount == 3 → amount != 3',
      '11: revert No(); → (left out)',
      '12: emit Took(unicode"é"); → (left out)',
      '12: _check(amount - 1, !true); → (left out)',
      '12: amount - 1 → amount + 1',
      '12: !true → true',
      '12: true → false',
      '14: yes → true',
      '14: yes → false',
      '14: delete _sums[msg.sender]; → (left out)',
      '14: unused = amount; → (left out)',
    ].toSorted(),
  )
  const contracts = contractsOf(root)
  expect(Object.keys(contracts.codes())).toEqual(['Whole', 'Other'])
  const codes = new Map([...mutants.values()].map((mutant) => [`${mutant.line}: ${mutant.after}`, contracts.codesWith(mutant)]))
  for (const [change, made] of codes) expect(Object.keys(made), change).toEqual(change.startsWith('14: ') ? expect.anything() : ['Whole'])
  expect(new Set([...codes.values()].map(({ Whole }) => Whole)).size).toBeGreaterThan(15)
})

test('what does not compile changes nothing, and samples of one in three are all of them together', () => {
  const root = repository()
  const { start } = [...solidityMutants(root, ['contracts/sol/Part.sol']).values()][0]!
  expect(contractsOf(root).codesWith({ file: 'contracts/sol/Part.sol', start, end: start + 1, text: ')' })).toEqual({})
  const all = solidityMutants(root, ['contracts/sol/'])
  const parts = [0, 1, 2].map((part) => solidityMutants(root, ['contracts/sol/'], (count) => count % 3 === part))
  expect(new Map(parts.flatMap((mutants) => [...mutants]).toSorted())).toEqual(new Map([...all].toSorted()))
  expect([...all.values()].filter(({ file }) => file.endsWith('Other.sol')).map(({ before, once }) => [before, once])).toEqual([
    ['x = 1 + 2;', true],
    ['1 + 2', true],
  ])
  expect([...all.values()].filter(({ once }) => once)).toHaveLength(2)
})
