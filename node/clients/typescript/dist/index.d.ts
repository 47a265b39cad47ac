export { Client, preimage, type Buying, type Call, type Circom, type Proof, type Shelf } from './client.js';
export { DpgnError, Problem, TaskFailed, UnexpectedAnswer, Unreachable } from './errors.js';
export type { TaskEvent } from './events.js';
export type { Options, Query } from './transport.js';
export type * from './types.js';
export type { Bytes, Source } from './uploads.js';
