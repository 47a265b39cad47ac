import type { TaskTold } from './types.js';
/** Any error of this package. */
export declare class DpgnError extends Error {
    name: string;
}
/**
 * No answer has come: the gateway is not there, the connection broke, or it was silent for too long.
 *
 * A purchase that ended so may have been made. Repeated with the same `idempotencyKey` it buys nothing twice.
 */
export declare class Unreachable extends DpgnError {
    name: string;
}
/** The answer is not of the form that the contract says; something else may listen at this address. */
export declare class UnexpectedAnswer extends DpgnError {
    name: string;
}
/** The task has ended without a proof; `task` has `why`, whose `fault` it is, and a `hint`. */
export declare class TaskFailed extends DpgnError {
    name: string;
    readonly task: TaskTold;
    constructor(task: TaskTold);
}
/** A request was refused, in the words of RFC 9457 (`application/problem+json`). */
export declare class Problem extends DpgnError {
    name: string;
    /** The status of the answer, 400 or more. */
    readonly status: number;
    /** What is wrong, for programs: a `Code`, or a newer one; `http_STATUS` if a proxy answered. */
    readonly code: string;
    /** What is wrong with this request, for people. */
    readonly detail: string;
    /** What to do next; empty if a proxy answered. */
    readonly hint: string;
    /** The trace that the node's log has this request under; empty if a proxy answered. */
    readonly traceId: string;
    /** The seconds after which another try makes sense; undefined if none does. */
    readonly retryAfter: number | undefined;
    constructor(status: number, told: Record<string, string>, retryAfter: number | undefined);
    /** Reads the problem in an answer, whoever has written it. */
    static of(status: number, headers: Headers, body: string): Problem;
}
