import { fork } from 'node:child_process'

/**
 * Has `jobs` processes of `script` try every id, and gives those that nothing noticed. A process gets `data` and its share of the
 * ids, and sends `{ id }` when it begins one and `{ id, noticed }` when it is done. One that hangs longer than `patience`
 * milliseconds, or dies, has noticed its mutant; another takes its place, as it does for one that exits between mutants. What a process
 * started itself goes with it: a mutant that never ends runs in one of those.
 */
export async function distribute(script, ids, data, { jobs, patience }) {
  const alive = new Set()
  const share = (queue) =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) return resolve()
      const child = fork(script, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: ['--max-old-space-size=1024'], detached: true })
      running.add(child)
      let current
      let said = ''
      child.stderr.on('data', (data) => {
        said = `${said}${data}`.slice(-4000)
      })
      let timer
      child.on('message', ({ id, noticed }) => {
        clearTimeout(timer)
        current = id
        if (noticed === undefined) timer = setTimeout(() => killGroup(child), patience)
        else if (!noticed) alive.add(id)
      })
      child.on('exit', () => killGroup(child))
      child.on('close', (code) => {
        clearTimeout(timer)
        if (code === 0) resolve()
        else if (current === undefined) reject(new Error(`mutate: the tests do not even pass without a mutant\n${said}`))
        else share(queue.slice(queue.indexOf(current) + 1)).then(resolve, reject)
      })
      child.send({ ...data, ids: queue })
    })
  await Promise.all(Array.from({ length: jobs }, (_, i) => share(ids.filter((_, place) => place % jobs === i))))
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
