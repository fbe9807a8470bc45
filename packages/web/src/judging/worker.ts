import { isError } from '@opengradient/protocol'
import { judge, subjectOf } from '../judge.ts'
import type { Question, Reply } from './messages.ts'

/** Answers one question, on whichever thread this runs. */
export async function answerTo(question: Question) {
  return question.ask === 'subject'
    ? subjectOf(question.name, question.bytes)
    : judge(question.subject, question.rules, question.now, question.changed)
}

/** Runs in the worker: answers what the page asks, one question after the other. */
export function answerPage(): void {
  const tell = (reply: Reply): void => postMessage(reply)
  addEventListener('message', ({ data }: MessageEvent<Question>) => {
    answerTo(data).then(
      (answer) => tell({ answer }),
      (error: unknown) => tell({ fault: isError(error) ? error.message : String(error) }),
    )
  })
  tell({ ready: true })
}
