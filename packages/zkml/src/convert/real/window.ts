import type { WindowShape } from './types.ts'

/** Rows and columns that a window yields over H×W. SPEC 2.4. */
export function windowOutput(h: number, w: number, { kernel, stride, pad, dil }: WindowShape): [number, number] {
  const along = (n: number, i: 0 | 1): number =>
    Math.floor((n + pad[i] + pad[(i + 2) as 2 | 3] - (kernel[i] - 1) * dil[i] - 1) / stride[i]) + 1
  return [along(h, 0), along(w, 1)]
}

/** Calls `tap` for every real cell of every window: `k` the flat kernel index, `o` the flat output index, `i` the flat input index. */
export function eachTap(h: number, w: number, shape: WindowShape, tap: (k: number, o: number, i: number) => void): void {
  const [oh, ow] = windowOutput(h, w, shape)
  const { kernel, stride, pad, dil } = shape
  for (let oy = 0; oy < oh; oy++)
    for (let ox = 0; ox < ow; ox++)
      for (let ky = 0; ky < kernel[0]; ky++) {
        const y = oy * stride[0] + ky * dil[0] - pad[0]
        if (y < 0 || y >= h) continue
        for (let kx = 0; kx < kernel[1]; kx++) {
          const x = ox * stride[1] + kx * dil[1] - pad[1]
          if (x >= 0 && x < w) tap(ky * kernel[1] + kx, oy * ow + ox, y * w + x)
        }
      }
}

/** Flat lists of the taps, for use in inner loops over channels. */
export function taps(h: number, w: number, shape: WindowShape): { k: Int32Array; o: Int32Array; i: Int32Array } {
  const k: number[] = []
  const o: number[] = []
  const i: number[] = []
  eachTap(h, w, shape, (a, b, c) => {
    k.push(a)
    o.push(b)
    i.push(c)
  })
  return { k: Int32Array.from(k), o: Int32Array.from(o), i: Int32Array.from(i) }
}
