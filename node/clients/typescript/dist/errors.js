// Why a call did not do what it was asked for: one class for each thing that a program may want to do about it.
/** Any error of this package. */
export class DpgnError extends Error {
    name = 'DpgnError';
}
/**
 * No answer has come: the gateway is not there, the connection broke, or it was silent for too long.
 *
 * A purchase that ended so may have been made. Repeated with the same `idempotencyKey` it buys nothing twice.
 */
export class Unreachable extends DpgnError {
    name = 'Unreachable';
}
/** The answer is not of the form that the contract says; something else may listen at this address. */
export class UnexpectedAnswer extends DpgnError {
    name = 'UnexpectedAnswer';
}
/** The task has ended without a proof; `task` has `why`, whose `fault` it is, and a `hint`. */
export class TaskFailed extends DpgnError {
    name = 'TaskFailed';
    task;
    constructor(task) {
        super(`task ${task.task} has failed: ${task.why ?? 'nobody has said why'}`);
        this.task = task;
    }
}
/** A request was refused, in the words of RFC 9457 (`application/problem+json`). */
export class Problem extends DpgnError {
    name = 'Problem';
    /** The status of the answer, 400 or more. */
    status;
    /** What is wrong, for programs: a `Code`, or a newer one; `http_STATUS` if a proxy answered. */
    code;
    /** What is wrong with this request, for people. */
    detail;
    /** What to do next; empty if a proxy answered. */
    hint;
    /** The trace that the node's log has this request under; empty if a proxy answered. */
    traceId;
    /** The seconds after which another try makes sense; undefined if none does. */
    retryAfter;
    constructor(status, told, retryAfter) {
        const { code = `http_${status}`, detail = `the answer has status ${status}`, hint = '', traceId = '' } = told;
        super(`${detail} (${code})${hint && `; ${hint}`}`);
        this.status = status;
        this.code = code;
        this.detail = detail;
        this.hint = hint;
        this.traceId = traceId;
        this.retryAfter = retryAfter;
    }
    /** Reads the problem in an answer, whoever has written it. */
    static of(status, headers, body) {
        const wait = headers.get('Retry-After');
        // The gateway says seconds; a date, which proxies may send, stands for a short while.
        const retryAfter = wait === null ? undefined : /^\d+$/.test(wait) ? Number(wait) : 1;
        let told;
        if (headers.get('Content-Type')?.startsWith('application/problem+json')) {
            try {
                told = JSON.parse(body);
            }
            catch {
                told = undefined;
            }
        }
        const texts = Object.entries(told ?? {}).filter(([, value]) => typeof value === 'string');
        return new Problem(status, Object.fromEntries(texts), retryAfter);
    }
}
