import { failed } from './errors.ts'

/** Bytes that the formats with a fixed field hold. */
const REPORT_DATA_SIZE = 64

/** The data as given, or ATTESTER_FAILED when no format can bind it. */
export function checkReportData(reportData: Uint8Array): Uint8Array {
  if (reportData.length > 0 && reportData.length <= REPORT_DATA_SIZE) return reportData
  throw failed(`Evidence binds 1 to ${REPORT_DATA_SIZE} bytes; these are ${reportData.length}`)
}

/** The data with zeros up to 64 bytes. */
export function filledReportData(reportData: Uint8Array): Uint8Array {
  const field = new Uint8Array(REPORT_DATA_SIZE)
  field.set(checkReportData(reportData))
  return field
}
