import { fork } from 'node:child_process'

/**
 * Has `jobs` processes of `script` try every id, and gives those that nothing noticed. A process gets `data` and its share of the ids, and sends
 * `{ id }` when it begins one and `{ id, noticed }` when it is done. One that hangs, or dies twice, has noticed its mutant; another takes its
 * place, as it does for one that exits between mutants. It hangs if a mutant takes longer than `patience(id)` milliseconds and twice as long
 * as everything took without a mutant, under the same load, or four times as long as it says with `pass`. `late` gets these, and those that it
 * sends with `late`; `vain` those that it sends with `vain`: they are no mutants; `found` what nothing noticed, at once. `{ fault }` says that the process fails by itself, whatever the mutant: nothing it says counts, and everything ends. `tell` gets
 * what it sends as `{ left, pass }`. What a process started itself goes with it: a mutant that never ends runs in one of those.
 */
export async function distribute(script, ids, data, { jobs, patience, late, vain, found, tell }) {
  const alive = new Set()
  const died = new Set()
  let done = 0
  const progress = setInterval(() => console.error(`mutate: ${done} of ${ids.length} …`), 60_000)
  const share = (queue) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) return resolve()
      const child = fork(script, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: ['--max-old-space-size=1024'], detached: true })
      running.add(child)
      let current
      let begun = false
      let said = ''
      let failed = false
      child.stderr.on('data', (data) => {
        said = `${said}${data}`.slice(-4000)
      })
      let timer
      let limit
      const asked = Date.now()
      child.on('message', ({ id, noticed, late: unsure, vain: noMutant, fault, left, pass }) => {
        clearTimeout(timer)
        if (fault !== undefined) {
          failed = true
          said += fault
          return
        }
        if (left !== undefined) {
          limit = 4 * pass
          return tell?.(left)
        }
        current = id
        begun = noticed === undefined
        if (!begun) done += 1
        limit ??= 2 * (Date.now() - asked)
        if (unsure) late.add(id)
        if (noMutant) vain?.add(id)
        if (begun) timer = setTimeout(giveUp, Math.max(patience(id), limit))
        else if (!noticed) {
          alive.add(id)
          found?.(id)
        }
      })
      const giveUp = () => {
        late.add(current)
        killGroup(child)
      }
      const again = () => {
        if (!begun || late.has(current)) return false
        if (died.has(current)) late.add(current)
        else died.add(current)
        return !late.has(current)
      }
      child.on('exit', () => killGroup(child))
      child.on('close', () => {
        clearTimeout(timer)
        if (current === queue.at(-1) && !begun && !failed) resolve()
        else if (failed && current !== undefined) reject(new Error(`mutate: what tries mutants fails by itself\n${said}`))
        else if (current === undefined) reject(new Error(`mutate: the tests do not even pass without a mutant\n${said}`))
        else share(queue.slice(queue.indexOf(current) + (again() ? 0 : 1))).then(resolve, reject)
      })
      child.send({ ...data, ids: queue })
    })
  try {
    await Promise.all(Array.from({ length: jobs }, (_, i) => share(ids.filter((_, place) => place % jobs === i))))
  } finally {
    clearInterval(progress)
  }
  return ids.filter((id) => alive.has(id))
}

const running = new Set()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))
process.on('exit', () => running.forEach(killGroup))

function killGroup(child) {
  running.delete(child)
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of them are gone.
  }
}
