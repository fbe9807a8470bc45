import type { Verdict } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { styleOf, visibleLength } from '../render/style.ts'
import { portsFrom } from './ports.ts'
import { type FirstScreen, firstScreen, nextScreen } from './screen.ts'

const MODEL = `0x${'a1'.repeat(32)}`
const NODE = `0x${'b2'.repeat(20)}`
const KEY = `0x${'c3'.repeat(20)}`
const verdict: Verdict = {
  ok: true,
  level: 'signature',
  checks: [
    { id: 'model.identity', status: 'pass', says: `Model ${MODEL} is the hash of this author and this manifest.` },
    { id: 'request.bound', status: 'pass', says: 'The receipt names the hash of exactly this request.' },
    { id: 'response.unaltered', status: 'pass', says: 'The receipt names the hash of exactly these response bytes.' },
    {
      id: 'parameters.honoured',
      status: 'pass',
      says: 'The operator states that it dropped and added nothing, and used every parameter of the request (0).',
    },
    { id: 'signature', status: 'pass', says: `The receipt is signed by key ${KEY}.` },
    { id: 'operator.registered', status: 'pass', says: `Key ${KEY} was a receipt key of node ${NODE} at 2026-11-21T02:00:00Z.` },
    {
      id: 'operator.bonded',
      status: 'pass',
      says: `Node ${NODE} has 10000 OPG at risk in block 5, slashable for at least 7 days after it asks to leave.`,
    },
    {
      id: 'payment.price',
      status: 'pass',
      says: '0.002 OPG is the quoted rate times the usage stated, at the rate on chain, and not above what the payer authorised.',
    },
    { id: 'inclusion', status: 'absent', says: 'The bundle holds no inclusion proof.' },
  ],
  proves: [`Bonded node ${NODE} gave this answer to this request and cannot deny it.`],
  assumes: ['The operator ran the model, files and parameters that it states.'],
  unproven: ['That the answer is right.'],
}
const screen: FirstScreen = {
  phases: [
    { name: 'chain', seconds: 0.6 },
    { name: 'inference node', seconds: 1.5 },
    { name: 'models', seconds: 2.12 },
    { name: 'answer', seconds: 0.41 },
  ],
  model: { name: 'opengradient/volatility', modelId: MODEL },
  input: '16 values: eight lagged returns, then eight moving volatilities; percent',
  output: '0.5973206 conditional volatility of the next step; percent',
  price: '0.002',
  node: NODE,
  verdict,
  tampered: {
    ...verdict,
    ok: false,
    level: 'none',
    checks: [
      {
        id: 'response.unaltered',
        status: 'fail',
        code: 'RESPONSE_HASH_MISMATCH',
        says: 'The response is not the one that the receipt names: it was altered.',
      },
    ],
  },
  ports: portsFrom(8400),
  og: './og',
}

test('the first screen is exactly this', async () => {
  await expect(`${firstScreen(screen, styleOf(false)).join('\n')}\n`).toMatchFileSnapshot('./screen.golden.txt')
})

test('it fits 30 lines of 80 columns, with and without colours', () => {
  for (const color of [true, false]) {
    const lines = firstScreen(screen, styleOf(color))
    expect(lines.length).toBeLessThanOrEqual(30)
    for (const line of lines) expect(visibleLength(line)).toBeLessThanOrEqual(80)
  }
})

test('an answer that was not verified, or a lie that was accepted, is said plainly', () => {
  const lines = firstScreen({ ...screen, verdict: { ...verdict, ok: false }, tampered: verdict }, styleOf(false)).join('\n')
  expect(lines).toContain('NOT VERIFIED')
  expect(lines).toContain('this must never happen')
})

test('a later start is three lines that fit', () => {
  const lines = nextScreen({ height: 4711, seconds: 2.4, ports: screen.ports, og: './og' }, styleOf(false))
  expect(lines).toHaveLength(3)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  expect(lines[2]).toMatch(/^stop: /)
})
