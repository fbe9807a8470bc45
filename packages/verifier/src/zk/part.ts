/** Whether a proof is about committed weights: the flag of its head (`packages/zkml/SPEC.md`, 9.1), which a proof that verified has right. */
export const isCommitted = (proof: Uint8Array): boolean => proof[7] === 1
