// Requests over HTTP: time limits, retries where they make sense, problems as exceptions.
//
// Nothing here knows what is asked. A gateway says with `Retry-After` that another try makes sense; nothing else that it
// refuses is tried again. Witnesses and tokens pass through, so plain HTTP goes to loopback alone, and redirects nowhere.
import { Problem, UnexpectedAnswer, Unreachable } from "./errors.js";
/** The most bytes of an answer: more than any proof, receipt or page of a list has. */
const ANSWER_BYTES_MAX = 64 << 20;
/** The pause before the first further try, and the longest one, in seconds. */
const PAUSE_MIN = 0.25;
const PAUSE_MAX = 8;
/** Statuses with which proxies say that the gateway could not be reached. */
const PROXY_FAULTS = [502, 503, 504];
/** The way to one gateway. */
export class Transport {
    #base;
    #token;
    #fetch;
    #sleep;
    timeout;
    retryFor;
    /** Checks the URL; nothing is sent. */
    constructor(url, options) {
        const { protocol, hostname, username, password, search, hash, href } = new URL(url);
        if (!['http:', 'https:'].includes(protocol) || search || hash) {
            throw new TypeError(`${url} is no URL of a gateway, such as http://127.0.0.1:8080`);
        }
        if (username || password)
            throw new TypeError('a gateway knows no passwords: name a token');
        if (protocol === 'http:' && !isLoopback(hostname) && !options.allowPlainHttp) {
            throw new TypeError(`${url}: tokens and witnesses go unencrypted to loopback alone; use https`);
        }
        if (options.token !== undefined && !/^[\x21-\x7e]+$/.test(options.token)) {
            throw new TypeError('the token has characters that no token has');
        }
        this.#base = href.replace(/\/+$/, '');
        this.#token = options.token;
        this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
        this.#sleep = options.sleep ?? sleep;
        this.timeout = options.timeout ?? 30;
        this.retryFor = options.retryFor ?? 60;
    }
    /** A fresh patience, as long as was asked for. */
    patience(signal) {
        return new Patience(this.retryFor, this.#sleep, signal);
    }
    /** Asks, again if that makes sense, and gives the bytes of the answer; a refusal is a `Problem`. */
    async bytes(method, path, request = {}) {
        const patience = this.patience(request.signal);
        for (;;) {
            try {
                return await (await this.open(method, path, request)).bytes();
            }
            catch (error) {
                await patience.after(error, request.isRepeatable ?? true);
            }
        }
    }
    /** Likewise, what JSON says. Its form is the gateway's word. */
    async json(method, path, request = {}) {
        return parsed(new TextDecoder().decode(await this.bytes(method, path, request)));
    }
    /** Asks once, and gives the answer while it comes; whatever breaks is `Unreachable`. Read it, or close it. */
    async open(method, path, request) {
        const { query, headers, body = null, timeout = this.timeout, signal } = request;
        const line = new Line(timeout, signal);
        const token = this.#token === undefined ? {} : { Authorization: `Bearer ${this.#token}` };
        const response = await line.hear(() => this.#fetch(this.#target(path, query), {
            method,
            headers: { ...headers, ...token },
            body,
            signal: line.signal,
            redirect: 'manual',
            cache: 'no-store',
            credentials: 'omit',
        }));
        const incoming = new Incoming(response, line);
        if (response.ok)
            return incoming;
        throw Problem.of(response.status, response.headers, new TextDecoder().decode(await incoming.bytes()));
    }
    #target(path, query = {}) {
        const given = Object.entries(query).filter(([, value]) => value !== undefined);
        const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
        return `${this.#base}${path}${search && `?${search}`}`;
    }
}
/** A connection that is given up after a silence. */
class Line {
    #quiet = new AbortController();
    #seconds;
    #signal;
    signal;
    constructor(seconds, signal) {
        this.#seconds = seconds;
        this.#signal = signal;
        this.signal = signal ? AbortSignal.any([signal, this.#quiet.signal]) : this.#quiet.signal;
    }
    /** Waits for something to come; what goes wrong is `Unreachable`, unless the caller has wanted it. */
    async hear(something) {
        const timer = setTimeout(() => this.close('was silent for too long'), this.#seconds * 1000);
        try {
            return await something();
        }
        catch (error) {
            this.#signal?.throwIfAborted();
            const cause = error instanceof Error ? (error.cause ?? error) : error;
            throw new Unreachable(`no answer: ${cause instanceof Error ? cause.message : String(cause)}`, { cause: error });
        }
        finally {
            clearTimeout(timer);
        }
    }
    close(why = 'it is no longer wanted') {
        this.#quiet.abort(new Error(why));
    }
}
/** An answer that comes. */
export class Incoming {
    #response;
    #line;
    status;
    constructor(response, line) {
        this.#response = response;
        this.#line = line;
        this.status = response.status;
    }
    /** Gives what comes, as it comes, until the end or until nobody takes more. */
    async *chunks() {
        // Not every browser iterates over a stream.
        const reader = this.#response.body?.getReader();
        try {
            while (reader) {
                const { value, done } = await this.#line.hear(() => reader.read());
                if (done)
                    return;
                yield value;
            }
        }
        finally {
            this.close();
        }
    }
    /** Reads it to its end, which comes soon enough. */
    async bytes() {
        const chunks = [];
        let size = 0;
        for await (const chunk of this.chunks()) {
            size += chunk.length;
            if (size > ANSWER_BYTES_MAX)
                throw new UnexpectedAnswer(`the answer has more than ${ANSWER_BYTES_MAX} bytes`);
            chunks.push(chunk);
        }
        const bytes = new Uint8Array(size);
        let at = 0;
        for (const chunk of chunks) {
            bytes.set(chunk, at);
            at += chunk.length;
        }
        return bytes;
    }
    close() {
        this.#line.close();
    }
}
/** How long to go on trying: the pauses grow, and their sum has a limit. */
export class Patience {
    #spent = 0;
    #pause = PAUSE_MIN;
    #seconds;
    #sleep;
    #signal;
    constructor(seconds, sleep, signal) {
        this.#seconds = seconds;
        this.#sleep = sleep;
        this.#signal = signal;
    }
    /** Begins anew, since something went well. */
    reset() {
        this.#spent = 0;
        this.#pause = PAUSE_MIN;
    }
    /** Pauses before another try if one makes sense, as long as was asked for at least; else throws the error. */
    async after(error, isRepeatable = true) {
        let asked = 0;
        if (error instanceof Problem) {
            const makesSense = error.retryAfter !== undefined || (PROXY_FAULTS.includes(error.status) && isRepeatable);
            if (!makesSense)
                throw error;
            asked = error.retryAfter ?? 0;
            // The first try still runs, however long its circuit takes to build.
            if (error.code === 'key_in_use')
                this.reset();
        }
        else if (!(error instanceof Unreachable) || !isRepeatable) {
            throw error;
        }
        // Not all clients that were refused at once come back at once.
        const pause = Math.max(this.#pause * (0.75 + Math.random() / 2), asked);
        if (this.#spent + pause > this.#seconds)
            throw error;
        this.#spent += pause;
        this.#pause = Math.min(2 * this.#pause, PAUSE_MAX);
        await this.#sleep(pause, this.#signal);
    }
}
/** Reads JSON. */
export function parsed(text) {
    try {
        return JSON.parse(text);
    }
    catch (error) {
        throw new UnexpectedAnswer('the answer is no JSON', { cause: error });
    }
}
/** Writes a name as one segment of a path, whatever is in it. */
export function segment(name) {
    // Escaped or not, to `fetch` they are steps.
    if (['', '.', '..'].includes(String(name)))
        throw new TypeError(`"${name}" is no name`);
    return encodeURIComponent(name);
}
function isLoopback(host) {
    return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}
function sleep(seconds, signal) {
    return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const stop = () => {
            clearTimeout(timer);
            reject(signal?.reason);
        };
        const timer = setTimeout(() => {
            signal?.removeEventListener('abort', stop);
            resolve();
        }, seconds * 1000);
        signal?.addEventListener('abort', stop, { once: true });
    });
}
