import { Gathered, OgError } from '@opengradient/protocol'
import type { Http, HttpReply, HttpRequest } from './http.ts'
import { crossOrigin } from './page.ts'
import { within } from './within.ts'

/** An `Http` over the platform's `fetch`: for browsers, which resolve names themselves, and for addresses from the caller's own configuration. */
export const webHttp = (fetch: typeof globalThis.fetch): Http => timely((url, request) => exchange(fetch, url, request, request.signal))

/** The same, which ends at its time and with its caller whatever the one that is given does, and throws what an `Http` throws. */
export function timely(http: (url: string, request: HttpRequest & { signal: AbortSignal }) => Promise<HttpReply>): Http {
  return async (url, request) => {
    try {
      return await within(request.timeoutMs, (signal) => http(url, { ...request, signal }), request.signal)
    } catch (error) {
      if (error instanceof OgError) throw error
      request.signal?.throwIfAborted()
      const late = (error as Error | undefined)?.name === 'TimeoutError'
      throw unreachable(
        url,
        late ? `no full reply within ${request.timeoutMs} ms` : `the connection failed${crossOrigin([url])}`,
        true,
        error,
      )
    }
  }
}

async function exchange(fetch: typeof globalThis.fetch, url: string, request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
  const reply = await fetch(url, {
    method: request.method ?? 'GET',
    headers: request.headers ?? {},
    ...(request.body ? { body: request.body as Uint8Array<ArrayBuffer> } : {}),
    redirect: 'manual',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    signal,
  })
  if (isRedirect(reply.status) || reply.type === 'opaqueredirect') {
    await reply.body?.cancel()
    throw redirected(url)
  }
  return { status: reply.status, headers: reply.headers, body: await bodyOf(reply, new BoundedBody(url, request.maxBytes), signal) }
}

/** The whole body of a reply, let go of where it is too long, or when the signal ends. */
export async function bodyOf(reply: Response, body: BoundedBody, signal: AbortSignal): Promise<Uint8Array> {
  const reader = reply.body?.getReader()
  const leave = () => void reader?.cancel().catch(() => undefined)
  signal.addEventListener('abort', leave)
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = (await reader?.read()) ?? { done: true }
      if (done) return body.bytes()
      body.add(value)
    }
  } catch (error) {
    leave()
    throw error
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

/** Collects a body and refuses the byte that is one too many. */
export class BoundedBody {
  private readonly gathered: Gathered
  private readonly url: string
  private readonly maxBytes: number

  constructor(url: string, maxBytes: number) {
    this.gathered = new Gathered(maxBytes)
    this.url = url
    this.maxBytes = maxBytes
  }

  add(bytes: Uint8Array): void {
    if (!this.gathered.add(bytes))
      throw new OgError(
        'NODE_RESPONSE_INVALID',
        `${originOf(this.url)} sent more than the ${this.maxBytes} bytes that this answer may have`,
      )
  }

  bytes(): Uint8Array {
    return this.gathered.bytes()
  }
}

export const isRedirect = (status: number): boolean => status >= 300 && status < 400 && status !== 304

export const redirected = (url: string): OgError =>
  new OgError(
    'NODE_RESPONSE_INVALID',
    `${originOf(url)} answered with a redirect; redirects are not followed, its registered address must serve itself`,
  )

/** @param sent whether the request may have arrived: if so, whatever it asked for may have happened */
export function unreachable(url: string, what: string, sent: boolean, cause?: unknown): OgError {
  return new OgError('NODE_UNREACHABLE', `${originOf(url)}: ${what}`, { cause, details: { origin: originOf(url), sent } })
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : 'the address')
