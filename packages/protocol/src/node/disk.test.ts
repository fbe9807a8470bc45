import { expect, it } from 'vitest'
import { isDiskFull } from './disk.ts'

it('calls a disk full where there is no room for bytes, files or this user, and nothing else', () => {
  const failed = (code: string) => Object.assign(new Error(`${code}: refused, write`), { code })
  expect([failed('ENOSPC'), failed('EDQUOT')].map(isDiskFull)).toEqual([true, true])
  for (const other of [failed('EACCES'), failed('EROFS'), new Error('ENOSPC'), { code: 'ENOSPC' }, 'ENOSPC', undefined, null])
    expect(isDiskFull(other)).toBe(false)
})
