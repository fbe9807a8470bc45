import { isError, OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { within } from '../infer/limit.ts'
import type { AnswerEntry } from './book.ts'

type Book = Pick<Context, 'book'>

/** Milliseconds that a book has for an entry. A verified answer is not given up for the last moment of its call. */
const BOOK_MS = 10_000

/**
 * Keeps an answer that is paid for. Its node gives it again where that fails.
 *
 * @throws OgError `ANSWER_NOT_KEPT`
 * @throws the reason of the signal; the book may have it all the same
 */
export async function keepAnswer({ book }: Book, entry: AnswerEntry, signal?: AbortSignal): Promise<void> {
  await inTime(() => book.put(entry), signal).catch((cause: unknown) => {
    signal?.throwIfAborted()
    const { requestId } = entry
    throw new OgError(
      'ANSWER_NOT_KEPT',
      `the answer to request ${requestId} came and is paid for, and could not be kept: ${wordsOf(cause)}. Once that is mended, og.recover('${requestId}') gives it again; nothing is paid twice`,
      { cause, details: { requestId } },
    )
  })
}

/**
 * Keeps what was refused; an answer that the book has verified already stays, whatever was wrong when it was looked at again. What it was refused
 * for is more than that it could not be kept, which is told in the sentence that this gives.
 */
export async function keepRefused({ book }: Book, entry: AnswerEntry): Promise<string> {
  const keep = async () => {
    if ((await book.get(entry.requestId))?.state !== 'answered') await book.put(entry)
  }
  return inTime(keep).then(
    () => '',
    (cause: unknown) => `. That could not be kept: ${wordsOf(cause)}`,
  )
}

const inTime = (work: () => Promise<void>, signal?: AbortSignal): Promise<void> =>
  within(
    { deadline: performance.now() + BOOK_MS, signal },
    work,
    () => new OgError('ANSWER_NOT_KEPT', `the book did not take it within ${BOOK_MS / 1000} s`),
  )

const wordsOf = (cause: unknown): string => (isError(cause) ? cause.message : String(cause)).replace(/\.$/, '')
