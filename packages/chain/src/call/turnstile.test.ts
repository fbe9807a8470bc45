import { expect, it } from 'vitest'
import { Turnstile } from './turnstile.ts'

const gate = () => {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

it('lets two in at a time, the others in their order, and refuses when the line is full', async () => {
  const turnstile = new Turnstile(2, 2)
  const gates = [gate(), gate(), gate(), gate()]
  const begun: number[] = []
  const done = gates.map(({ opened }, index) =>
    turnstile.through(async () => {
      begun.push(index)
      await opened
      if (index === 1) throw new Error('failed')
      return index
    }),
  )
  const failed = expect(done[1]).rejects.toThrow('failed')
  expect(begun).toEqual([0, 1])
  await expect(turnstile.through(async () => 4)).rejects.toThrow(/2 simulations and traces are running and 2 more wait/)
  gates[1]!.open()
  await failed
  expect(begun).toEqual([0, 1, 2])
  for (const { open } of gates) open()
  expect(await Promise.all([done[0], done[2], done[3]])).toEqual([0, 2, 3])
  expect(await turnstile.through(async () => 5)).toBe(5)
})
