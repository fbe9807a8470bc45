import { isError, OgError } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import type { AnswerEntry } from './book.ts'

type Book = Pick<Context, 'book'>

/** Keeps an answer that is paid for. Its node gives it again where that fails. @throws OgError `ANSWER_NOT_KEPT` */
export async function keepAnswer({ book }: Book, entry: AnswerEntry): Promise<void> {
  await book.put(entry).catch((cause: unknown) => {
    const { requestId } = entry
    throw new OgError(
      'ANSWER_NOT_KEPT',
      `the answer to request ${requestId} came and is paid for, and could not be kept: ${wordsOf(cause)}. Once that is mended, og.recover('${requestId}') gives it again; nothing is paid twice`,
      { cause, details: { requestId } },
    )
  })
}

/** Keeps what was refused. What it was refused for is more than that it could not be kept, which is told in the sentence that this gives. */
export const keepRefused = ({ book }: Book, entry: AnswerEntry): Promise<string> =>
  book.put(entry).then(
    () => '',
    (cause: unknown) => `. That could not be kept: ${wordsOf(cause)}`,
  )

const wordsOf = (cause: unknown): string => (isError(cause) ? cause.message : String(cause)).replace(/\.$/, '')
