import type { NetworkFile } from '@opengradient/protocol'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** Whether this is a network on the caller's own machine: it is called local and all its RPCs are on the loopback interface. */
export function isLocalNetwork({ name, rpcUrls }: NetworkFile): boolean {
  return (
    (name === 'local' || name.startsWith('local-')) && rpcUrls.length > 0 && rpcUrls.every((url) => LOOPBACK.test(new URL(url).hostname))
  )
}
