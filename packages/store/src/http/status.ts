import type { OgError } from '@opengradient/protocol'

const STATUS: Partial<Record<OgError['code'], number>> = {
  HEX_MALFORMED: 400,
  HTTP_UNAUTHORIZED: 401,
  STORE_NOT_FOUND: 404,
  HTTP_NOT_FOUND: 404,
  STORE_STALLED: 408,
  STORE_RANGE: 416,
  STORE_HASH_MISMATCH: 422,
  STORE_CORRUPT: 500,
  STORE_QUOTA: 507,
  DISK_FULL: 507,
}

/** The HTTP status that says the same as the code; what the request guard refuses is 403. */
export const statusOf = (error: OgError): number => STATUS[error.code] ?? 403
