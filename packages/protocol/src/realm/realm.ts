// A page has a realm for each frame, Node for each `vm` context, and test runners with jsdom put the classes of one realm beside functions of
// another: what `fetch` or `readFile` gives there is no `instanceof Uint8Array`. What is read here belongs to the value, whoever made it.

interface Arrays {
  Uint8Array: Uint8Array
  Int16Array: Int16Array
  Int32Array: Int32Array
  BigInt64Array: BigInt64Array
  Float64Array: Float64Array
}

const nameOf = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)!.get!
const tagOf = Object.prototype.toString

/** The class of a typed array, `Uint8Array` for a `Buffer`; undefined for all else. The engine's own mark: no property and no prototype makes one. */
export function arrayName(value: unknown): string | undefined {
  return nameOf.call(value)
}

/** Whether a value is a typed array of this class. */
export function isArrayOf<Name extends keyof Arrays>(name: Name, value: unknown): value is Arrays[Name] {
  return nameOf.call(value) === name
}

/** Whether a value is a `Uint8Array`. */
export function isBytes(value: unknown): value is Uint8Array {
  return nameOf.call(value) === 'Uint8Array'
}

/** The same bytes as an array of this realm, for libraries that take no other; nothing is copied. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  const given: ArrayBufferView = bytes
  return given instanceof Uint8Array ? given : new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
}

/** Whether a value is an error, one of the DOM's included. Anybody can make something that says so: for messages, and for what went wrong in between. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || /^\[object (?:Error|DOMException)\]$/.test(tagOf.call(value))
}

/** Whether a value is an object of no class, as JSON and object literals make them. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (
    prototype === null ||
    prototype === Object.prototype ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  )
}
