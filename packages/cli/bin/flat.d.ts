export declare function liesFlat(from?: string): boolean
