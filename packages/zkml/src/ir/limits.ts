/** Fixed limits of an integer model (SPEC 2.1). They are constants of version 1, so that every verifier gives the same verdict. */

/** Bytes of an encoded integer model. */
export const MAX_IR_BYTES = 2 ** 22
/** Bytes of the weights blob, headers included. */
export const MAX_WEIGHTS_BYTES = 2 ** 28
/** Cells of one tensor, without batch. */
export const MAX_CELLS = 2 ** 26
/** Terms of one sum of a contraction: with int16 factors the sum is at most 2^52, exact in float64. */
export const MAX_TERMS = 2 ** 22
export const MAX_NODES = 512
export const MAX_TABLES = 64
export const MAX_WEIGHTS = 2048
/** Rows of the node tables of all tree ensembles together: those of a program's tables (SPEC 3.6), asked before the tables are read. */
export const MAX_TREE_ROWS = 2 ** 22
/** Biases that the bounds of committed weights presume: from −2^47 to 2^47 − 1. SPEC 2.5, 6.8. */
export const BIAS_LIMIT = 2n ** 47n
/** Inputs of a model, outputs of a model, inputs of one node. */
export const MAX_PORTS = 64
/** UTF-8 bytes of a name. */
export const MAX_NAME_BYTES = 256
/** Inputs in one statement. SPEC 3.6. */
export const MAX_BATCH = 2 ** 12
/** Cells of all tensors of one run together, with batch: what an interpreter agrees to hold. */
export const MAX_TRACE_CELLS = 2 ** 27
