// Whether the node on this machine answers and its newest block is younger than two minutes: exit code 0 or 1.
//   node healthy.mjs [PORT]
const port = process.argv[2] ?? '8545'
const OLDEST_SECONDS = 120

const reply = await fetch(`http://127.0.0.1:${port}`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] }),
  signal: AbortSignal.timeout(4_000),
}).then(
  (answer) => answer.json(),
  () => ({}),
)
const age = Date.now() / 1000 - Number(reply.result?.timestamp ?? 0)
console.log(reply.result ? `block ${Number(reply.result.number)} is ${Math.round(age)} s old` : 'the node does not answer')
process.exitCode = age < OLDEST_SECONDS ? 0 : 1
