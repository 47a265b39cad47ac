export interface Options {
    /** The bearer token, if the gateway wants one. */
    token?: string;
    /** The longest silence in seconds before a request is given up, 30 by default. */
    timeout?: number;
    /** The sum of the pauses between tries in seconds, 60 by default. */
    retryFor?: number;
    /** Whether plain HTTP may go elsewhere than to loopback. */
    allowPlainHttp?: boolean;
    /** What sends the requests, in place of the global `fetch`. */
    fetch?: typeof globalThis.fetch;
    /** What pauses between tries, in place of a timer. */
    sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>;
}
export type Query = Record<string, string | number | undefined>;
export interface Request {
    query?: Query;
    headers?: Record<string, string>;
    body?: BodyInit;
    /** The longest silence in seconds. */
    timeout?: number;
    /** Whether another try does no harm if the first one may have come; it does none unless this is false. */
    isRepeatable?: boolean;
    signal?: AbortSignal | undefined;
}
/** The way to one gateway. */
export declare class Transport {
    #private;
    readonly timeout: number;
    readonly retryFor: number;
    /** Checks the URL; nothing is sent. */
    constructor(url: string, options: Options);
    /** A fresh patience, as long as was asked for. */
    patience(signal?: AbortSignal): Patience;
    /** Asks, again if that makes sense, and gives the bytes of the answer; a refusal is a `Problem`. */
    bytes(method: string, path: string, request?: Request): Promise<Uint8Array>;
    /** Likewise, what JSON says. Its form is the gateway's word. */
    json<T>(method: string, path: string, request?: Request): Promise<T>;
    /** Asks once, and gives the answer while it comes; whatever breaks is `Unreachable`. Read it, or close it. */
    open(method: string, path: string, request: Request): Promise<Incoming>;
}
/** A connection that is given up after a silence. */
declare class Line {
    #private;
    readonly signal: AbortSignal;
    constructor(seconds: number, signal: AbortSignal | undefined);
    /** Waits for something to come; what goes wrong is `Unreachable`, unless the caller has wanted it. */
    hear<T>(something: () => Promise<T>): Promise<T>;
    close(why?: string): void;
}
/** An answer that comes. */
export declare class Incoming {
    #private;
    readonly status: number;
    constructor(response: Response, line: Line);
    /** Gives what comes, as it comes, until the end or until nobody takes more. */
    chunks(): AsyncGenerator<Uint8Array, void, undefined>;
    /** Reads it to its end, which comes soon enough. */
    bytes(): Promise<Uint8Array>;
    close(): void;
}
/** How long to go on trying: the pauses grow, and their sum has a limit. */
export declare class Patience {
    #private;
    constructor(seconds: number, sleep: NonNullable<Options['sleep']>, signal: AbortSignal | undefined);
    /** Begins anew, since something went well. */
    reset(): void;
    /** Pauses before another try if one makes sense, as long as was asked for at least; else throws the error. */
    after(error: unknown, isRepeatable?: boolean): Promise<void>;
}
/** Reads JSON. */
export declare function parsed(text: string): unknown;
/** Writes a name as one segment of a path, whatever is in it. */
export declare function segment(name: string | number): string;
export {};
