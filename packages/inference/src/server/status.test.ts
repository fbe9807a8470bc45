import { ERROR_MEANINGS, type ErrorCode, OgError } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { errorReply, statusOf } from './status.ts'

it('gives every code a status that says whose turn it is', () => {
  for (const code of Object.keys(ERROR_MEANINGS) as ErrorCode[])
    expect([code, statusOf(code) >= 400 && statusOf(code) < 600]).toEqual([code, true])
  for (const [code, status] of [
    ['INPUT_SHAPE', 400],
    ['JSON_SYNTAX', 400],
    ['PAYMENT_TOO_SMALL', 402],
    ['MODEL_NOT_FOUND', 404],
    ['NODE_REQUEST_CONFLICT', 409],
    ['HTTP_BODY_TOO_LARGE', 413],
    ['ENGINE_FAILED', 422],
    ['ENGINE_QUEUE_FULL', 429],
    ['INTERNAL', 500],
    ['NODE_DRAINING', 503],
    ['ENGINE_DEADLINE', 504],
  ] as const) {
    expect([code, statusOf(code)]).toEqual([code, status])
  }
})

it('answers in the form of the protocol, with the time to come back', () => {
  const { status, headers, body } = errorReply(new OgError('ENGINE_QUEUE_FULL', 'Full.', { details: { retryAfterMs: 1_200 } }))
  expect([status, headers['retry-after'], headers['cache-control']]).toEqual([429, '2', 'no-transform'])
  expect(JSON.parse(body.toString())).toEqual({
    error: 'Full.',
    code: 'ENGINE_QUEUE_FULL',
    docs: 'docs/errors.md#ENGINE_QUEUE_FULL',
    details: { retryAfterMs: 1_200 },
  })
})

it('tells nobody what broke inside', () => {
  const { status, body } = errorReply(new TypeError('reading /home/operator/.keys'))
  expect(status).toBe(500)
  expect(body.toString()).not.toContain('operator')
})
