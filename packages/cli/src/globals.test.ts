import { expect, test } from 'vitest'
import { COMMANDS } from './commands/table.ts'
import { inOrder } from './globals.ts'

const ordered = (line: string): string => inOrder(line.split(' '), COMMANDS).join(' ')

test('options of every command may stand before it, between its words and behind it', () => {
  expect(ordered('--home /h status')).toBe('status --home /h')
  expect(ordered('--home=/h -y node --json --network local status 0x12')).toBe('node status --home=/h -y --json --network local 0x12')
  expect(ordered('node status --home /h')).toBe('node status --home /h')
  expect(ordered('--home status status')).toBe('status --home status')
  expect(ordered('--home /a status --home /b')).toBe('status --home /a --home /b')
})

test('what is no such option, and what stands behind the command, stays where it is', () => {
  expect(ordered('infer --home')).toBe('infer --home')
  expect(ordered('--timeout 5 infer alice/x')).toBe('--timeout 5 infer alice/x')
  expect(ordered('logs inference -f')).toBe('logs inference -f')
  expect(ordered('verify -- --json')).toBe('verify -- --json')
})

test('help and unknown commands are found behind them', () => {
  expect(ordered('--home /h --help')).toBe('--help')
  expect(ordered('--json help')).toBe('help')
  expect(ordered('--json help node')).toBe('node --help')
  expect(ordered('help account new --json')).toBe('account new --help')
  for (const line of ['help nosuch', 'help account nosuch', 'help status more'])
    expect(() => ordered(line)).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(line.slice(5)) }))
  expect(ordered('--home /h nodes')).toBe('nodes')
  expect(ordered('--home /h models')).toBe('models')
})

test('-V and --version are the command, but nowhere behind another one', () => {
  expect(ordered('--version')).toBe('version')
  expect(ordered('-V')).toBe('version')
  expect(ordered('--json --home /h --version')).toBe('version --json --home /h')
  expect(ordered('status --version')).toBe('status --version')
  expect(ordered('node -V')).toBe('node -V')
})

test('an option without its value is refused', () => {
  expect(() => ordered('node --home')).toThrow(expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('--home') }))
})
