import { expect, test } from 'vitest'
import { unopened } from './unopened.ts'

const level = (message: string, code = 'LEVEL_IO_ERROR') =>
  Object.assign(new Error('Database failed to open', { cause: Object.assign(new Error(message), { code }) }), {
    code: 'LEVEL_DATABASE_NOT_OPEN',
  })

test('a full disk, a foreign owner and a disk that cannot be written are no damage: nobody is told to begin a new journal', () => {
  for (const why of [
    'No space left on device',
    'Permission denied',
    'Read-only file system',
    'Disk quota exceeded',
    'Too many open files',
  ]) {
    const { code, message } = unopened(level(`IO error: /n/journal/index/000005.log: ${why}`), '/n/journal/index')
    expect([why, code]).toEqual([why, 'JOURNAL_FAILED'])
    expect(message).toContain(why)
    expect(message).not.toContain('new one')
  }
})

test('a second node is told of the first', () => {
  const { code, message } = unopened(level('IO error: lock /n/LOCK: already held by process', 'LEVEL_LOCKED'), '/n')
  expect(code).toBe('JOURNAL_LOCKED')
  expect(message).toContain('Stop that one first')
})

test('anything else is damage, with what can be done about it', () => {
  const { code, message } = unopened(level('Corruption: no meta-nextfile entry in descriptor', 'LEVEL_CORRUPTION'), '/n')
  expect(code).toBe('JOURNAL_CORRUPT')
  expect(message).toMatch(/no meta-nextfile.*restore.*or begin a new one/)
})
