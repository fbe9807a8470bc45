import { Writable } from 'node:stream'

/**
 * Runs one `og` command after the other: `node resident.mjs MODULE`, MODULE that of `main`. Each message holds the arguments of
 * a command, and is answered with its exit code and what it said. Most of the time of a short command is the start of its process.
 */
const { main } = await import(process.argv[2])

process.on('message', async ({ id, args }) => {
  const said = { out: '', err: '' }
  const hear = (stream) =>
    new Writable({
      write(chunk, _encoding, done) {
        said[stream] += String(chunk)
        done()
      },
    })
  const io = {
    ...{ out: hear('out'), err: hear('err'), env: process.env, cwd: process.cwd() },
    ...{ color: false, interactive: false, now: Date.now },
  }
  const code = await main(args, { io })
  process.send({ id, said: { code, ...said } })
})
process.on('disconnect', () => process.exit())
