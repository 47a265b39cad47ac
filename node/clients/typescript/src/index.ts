// A client of a DPGN node's REST gateway: buy zero-knowledge proofs, follow them, fetch them.

export { Client, preimage, type Buying, type Call, type Circom, type Proof, type Shelf } from './client.ts';
export { DpgnError, Problem, TaskFailed, UnexpectedAnswer, Unreachable } from './errors.ts';
export type { TaskEvent } from './events.ts';
export type { Options, Query } from './transport.ts';
export type * from './types.ts';
export type { Bytes, Source } from './uploads.ts';
