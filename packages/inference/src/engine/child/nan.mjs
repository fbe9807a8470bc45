// Which of the many NaNs an operation gives is the processor's choice: WebAssembly leaves it open, and x64 and ARM differ for 0/0.

/**
 * Makes every NaN of a tensor the same: positive, quiet, nothing else in it. What gives the same bytes on every machine has to give these too.
 * @param {{ readonly type: string, readonly data: unknown }} tensor
 */
export function oneNaN({ type, data }) {
  if (!ArrayBuffer.isView(data)) return
  const { buffer, byteOffset, byteLength } = data
  if (type === 'float32') replace(new Uint32Array(buffer, byteOffset, byteLength / 4), 0x7fffffff, 0x7f800000, 0x7fc00000)
  else if (type === 'float16') replace(new Uint16Array(buffer, byteOffset, byteLength / 2), 0x7fff, 0x7c00, 0x7e00)
  else if (type === 'float64') replaceDoubles(new Float64Array(buffer, byteOffset, byteLength / 8))
}

/** @param {Uint16Array | Uint32Array} bits @param {number} size All bits but the sign. @param {number} infinity @param {number} nan */
function replace(bits, size, infinity, nan) {
  for (let i = 0; i < bits.length; i++) if (((bits[i] ?? 0) & size) > infinity) bits[i] = nan
}

/** @param {Float64Array} doubles */
function replaceDoubles(doubles) {
  const bits = new BigUint64Array(doubles.buffer, doubles.byteOffset, doubles.length)
  for (let i = 0; i < doubles.length; i++) if (Number.isNaN(doubles[i])) bits[i] = 0x7ff8n << 48n
}
