import { expect, test } from 'vitest'
import { config } from 'zod'
import { main } from './main.ts'

test('whoever loads a command reads documents with schemas that are not compiled', () => {
  expect(main).toBeTypeOf('function')
  expect(config().jitless).toBe(true)
})
