import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { threadExecutor } from '../src/executor/thread/thread.ts'
import { CHAIN_ID } from './chain.testkit.ts'

const folders: string[] = []
const folder = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'og-thread-')))
  return folders.at(-1)!
}

afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true })
})

describe('the thread that runs blocks', () => {
  it('is asked before it is ready, and answers then, in order', async () => {
    const executor = threadExecutor({ folder: join(folder(), 'db'), rules: { chainId: CHAIN_ID } })
    const answers: string[] = []
    const asked = [executor.commit(undefined), executor.commit(undefined)].map((answer, index) =>
      answer.catch((error: Error) => answers.push(`${index} ${error.message}`)),
    )
    await Promise.all(asked)
    expect(answers).toEqual([0, 1].map((index) => expect.stringMatching(new RegExp(`^${index} .*no finalized block`))))
    await executor.close()
  })

  it('that cannot open its database says so to everybody who asks, and can be closed', async () => {
    const executor = threadExecutor({ folder: join(folder(), 'not', '\0', 'a folder'), rules: { chainId: CHAIN_ID } })
    const early = executor.commit(undefined)
    await expect(early).rejects.toThrow()
    const first = await early.catch((error: Error) => error.message)
    await expect(executor.commit(undefined)).rejects.toThrow(first as string)
    await executor.close()
  })

  it('can be closed before it is ready, once or twice', async () => {
    const executor = threadExecutor({ folder: join(folder(), 'db'), rules: { chainId: CHAIN_ID } })
    await executor.close()
    await expect(executor.commit(undefined)).rejects.toThrow('has ended')
    await executor.close()
  })
})
