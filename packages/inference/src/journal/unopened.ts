import { OgError } from '@opengradient/protocol'

/** The disk, or what this user may do there: nothing that is in the journal is to blame. */
const NOT_ITS_FAULT =
  /No space left|ENOSPC|Disk quota|EDQUOT|File too large|EFBIG|Permission denied|EACCES|EPERM|Read-only|EROFS|Too many open files|EMFILE/i

/** What to do about a journal's index that LevelDB did not open. @returns `JOURNAL_LOCKED`, `JOURNAL_FAILED` (it is whole) or `JOURNAL_CORRUPT` */
export function unopened(cause: unknown, dir: string): OgError {
  const said: string[] = []
  for (let at = cause; at instanceof Error; at = at.cause) said.push(`${(at as { code?: string }).code ?? ''} ${at.message}`)
  const text = said.join(' | ')
  if (text.includes('LEVEL_LOCKED'))
    return new OgError(
      'JOURNAL_LOCKED',
      `another process has the journal in ${dir} open: a node of this account runs already. Stop that one first; two nodes never share an account`,
      { cause },
    )
  if (NOT_ITS_FAULT.test(text))
    return new OgError(
      'JOURNAL_FAILED',
      `the journal's index in ${dir} cannot be opened (${text}). What is in it is whole: make room, or let this user write there, and start the node again`,
      { cause },
    )
  return new OgError(
    'JOURNAL_CORRUPT',
    `the journal's index in ${dir} cannot be opened (${text}); restore the journal's folder from a copy, or begin a new one: for an hour the node then takes no payment that the lost one may have taken`,
    { cause },
  )
}
