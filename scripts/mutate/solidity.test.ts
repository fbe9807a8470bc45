import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { contractsOf, solidityMutants } from './solidity.mjs'

const PART = `// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;
abstract contract Part {
    uint8 internal constant LEAST = 1; bytes1 internal constant TAG = 0x01; uint256 internal started;
    error No();
    event Took(string what);
    mapping(address account => uint256) internal _sums;
    modifier once() { require(_sums[msg.sender] == 0, No()); _; }
    function add(uint256 amount) external once {
        require(amount > LEAST && amount < 9, No());
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
      '4: 1 → (1) + 1',
      '8: require(_sums[msg.sender] == 0, No()); → (left out)',
      '8: _sums[msg.sender] == 0 → _sums[msg.sender] != 0',
      '9: once → (left out)',
      '10: require(amount > LEAST && amount < 9, No()); → (left out)',
      '10: amount > LEAST && amount < 9 → amount > LEAST',
      '10: amount > LEAST && amount < 9 → amount < 9',
      '10: amount > LEAST → amount >= LEAST',
      '10: amount < 9 → amount <= 9',
      '11: i < 2 → i <= 2',
      '11: _sums[msg.sender] += amount; → (left out)',
      '11: _sums[msg.sender] += amount → _sums[msg.sender] -= amount',
      '12: amount == 3 → true',
      '12: amount == 3 → false',
      '12: amount == 3 → amount != 3',
      '12: revert No(); → (left out)',
      '13: emit Took(unicode"é"); → (left out)',
      '13: _check(amount - 1, !true); → (left out)',
      '13: amount - 1 → amount + 1',
      '13: !true → true',
      '13: true → false',
      '15: yes → true',
      '15: yes → false',
      '15: delete _sums[msg.sender]; → (left out)',
      '15: unused = amount; → (left out)',
    ].toSorted(),
  )
  const contracts = contractsOf(root)
  expect(Object.keys(contracts.codes())).toEqual(['Whole', 'Other'])
  const codes = new Map([...mutants.values()].map((mutant) => [`${mutant.line}: ${mutant.after}`, contracts.codesWith(mutant)]))
  for (const [change, made] of codes) expect(Object.keys(made), change).toEqual(change.startsWith('15: ') ? expect.anything() : ['Whole'])
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
