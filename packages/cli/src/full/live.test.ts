import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { type Context, contextOf } from '../context.ts'
import { homeAt } from '../home/paths.ts'
import { LiveScreen } from './live.ts'

function terminal({ color = false, json = false, columns = 20 }): { context: Context; said: () => string } {
  let text = ''
  const write = (chunk: Buffer, _: string, done: () => void) => {
    text += chunk.toString()
    done()
  }
  const out = Object.assign(new Writable({ write }), { columns })
  const io = { out, err: out, env: {}, cwd: '/', color, interactive: color, now: () => 0 }
  return { context: contextOf(io, homeAt('/nowhere'), { json }), said: () => text }
}

test('a terminal sees one screen, drawn over itself, no line broken in two', () => {
  const { context, said } = terminal({ color: true })
  const live = new LiveScreen(context)
  live.draw(['first', 'a line that is too long for it'])
  live.draw(['second'])
  live.line('an event', { event: 'x' })
  expect(said()).toBe('first\na line that is too …\n\u001b[2A\u001b[0Jsecond\n')
})

test('a pipe gets the screen once and then what is new; a program gets lines of JSON alone', () => {
  const pipe = terminal({})
  const program = terminal({ json: true })
  for (const { context } of [pipe, program]) {
    const live = new LiveScreen(context)
    live.draw(['a line that is too long for it'])
    live.draw(['again'])
    live.line('an event', { event: 'x', height: 1 })
  }
  expect(pipe.said()).toBe('a line that is too long for it\nan event\n')
  expect(program.said()).toBe('{"event":"x","height":1}\n')
})
