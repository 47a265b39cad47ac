import { type TaskEvent } from './events.js';
import { type Options, type Query } from './transport.js';
import type * as types from './types.js';
import { type Bytes } from './uploads.js';
/** What any call may be given: a signal that ends it. */
export interface Call {
    signal?: AbortSignal;
}
export interface Buying extends Call {
    /**
     * The key under which this is bought once, however often it is sent. One is drawn for each purchase; give your own,
     * and keep it, to be as safe when your own program is started anew.
     */
    idempotencyKey?: string;
}
/** The files of a circom circuit over Goldilocks, with its witness. */
export interface Circom {
    r1cs: Bytes;
    wtns: Bytes;
    /** The symbols: messages name signals by them. */
    sym?: Bytes;
}
/** A proof, and all that is needed to verify it offline; `save` of `dpgn/files` writes both. */
export interface Proof {
    task: types.TaskTold;
    proof: Uint8Array;
    verifierData: Uint8Array;
}
export interface Shelf {
    level?: number;
    degree?: number;
}
/** Makes the `circuitData` that ask for a proof of knowledge of these bytes. */
export declare function preimage(secret: Uint8Array): Uint8Array;
/** The way to one gateway. */
export declare class Client {
    #private;
    /** Names the gateway. Off loopback the URL must be `https://`, unless `allowPlainHttp` is set. */
    constructor(url?: string, options?: Options);
    /** Buys a proof of a circuit and its inputs in an envelope, such as `preimage(bytes)`. */
    submit(circuitData: Uint8Array, terms: types.Terms, buying?: Buying): Promise<types.Bought>;
    /**
     * Buys a proof of a circom circuit, whatever its size: its files are uploaded first. The gateway forgets the witness once
     * the proof is bought.
     */
    submitCircom({ r1cs, wtns, sym }: Circom, terms: types.Terms, buying?: Buying): Promise<types.Bought>;
    /** Brings a file to the gateway, from where the last try broke off; gives its SHA-256. */
    upload(bytes: Bytes, { signal }?: Call): Promise<string>;
    /** Takes an own task back. It is over once a block has taken that up: `wait` for it. */
    cancel(task: string, { signal }?: Call): Promise<types.TaskTold>;
    /** Waits until a task is over, and gives it. A signal ends the wait: `AbortSignal.timeout(60_000)`. */
    wait(task: string, { signal }?: Call): Promise<types.TaskTold>;
    /** Waits for the proof of an own task, and fetches it; throws `TaskFailed` if there will be none. */
    result(task: string, call?: Call): Promise<Proof>;
    /**
     * Gives what happens to a task until it is over, as it happens. The first event is `state`, with the task as it stands,
     * unless `lastId` resumes behind an event.
     */
    watch(task: string, from?: Call & {
        lastId?: string;
    }): AsyncGenerator<TaskEvent, void, undefined>;
    /** Gives all that the node notices, for as long as you take it; after `reset` some are missing. */
    events(from?: Call & {
        lastId?: string;
    }): AsyncGenerator<TaskEvent, void, undefined>;
    /** Fetches the proof of an own task. */
    proof(task: string, { signal }?: Call): Promise<Uint8Array>;
    /** Fetches what the proof of an own task is verified with. */
    verifierData(task: string, { signal }?: Call): Promise<Uint8Array>;
    /** Fetches the receipt of a paid task, for a reader who trusts the genesis or a checkpoint at the height `since`. */
    receipt(task: string, { since, signal }?: Call & {
        since?: number;
    }): Promise<Uint8Array>;
    /** Has the node verify the proof of an own task once more. */
    verify(task: string, { signal }?: Call): Promise<types.Verified>;
    /** Shows a task as it stands. */
    task(task: string, call?: Call): Promise<types.TaskTold>;
    /** Says why a task stands as it does, and, of a prover, why it does not have it. */
    explain(task: string, about?: {
        about?: string;
        asks?: number;
    }, call?: Call): Promise<types.Explained>;
    /** Tells all that blocks have decided about a task. */
    history(task: string, about?: {
        about?: string;
    }, call?: Call): Promise<types.HistoryTold>;
    /** Lists tasks, own ones or with the scope `network` all, the newest first. */
    tasks(filter?: {
        scope?: 'own' | 'network';
        status?: string;
        level?: number;
        prover?: string;
        requester?: string;
    }, call?: Call): AsyncGenerator<types.TaskRow, void, undefined>;
    /** Says what a proof of such a size, `degree` or `rows`, costs now, who would make it, and when. */
    quote(size: Shelf & {
        rows?: number;
        reward?: number;
        deadline_seconds?: number;
        priority?: number;
    }, call?: Call): Promise<types.QuoteTold>;
    /**
     * Says what a proof of a circom circuit costs now, how large it is, and what the lint finds in it. Its files are uploaded;
     * nothing is bought, and no witness is needed.
     */
    quoteCircom({ r1cs, sym }: Omit<Circom, 'wtns'>, terms?: types.QuoteTerms, call?: Call): Promise<types.CircuitQuoted>;
    /** Shows the node: its account, its balance, its network and how far it follows that. */
    status(call?: Call): Promise<types.StatusTold>;
    /** Says which version the node is of, and on which network; it needs no token. */
    version(call?: Call): Promise<types.Version>;
    /** Shows the order book: asks that stand, their depth, bids that wait. */
    book(shelf?: Shelf, call?: Call): Promise<types.BookTold>;
    /** Lists what proofs were paid of late, by level and size. */
    prices(shelf?: Shelf, call?: Call): Promise<types.PriceRow[]>;
    /** Lists the provers, with their asks and reputations. */
    provers(call?: Call): AsyncGenerator<types.ProverRow, void, undefined>;
    /** Lists the awards that are live. */
    awards(call?: Call): AsyncGenerator<types.AwardLine, void, undefined>;
    /** Lists the peers that are connected. */
    peers(call?: Call): AsyncGenerator<types.PeerRow, void, undefined>;
    /** Lists the blocks, the newest first. */
    blocks(call?: Call): AsyncGenerator<types.BlockRow, void, undefined>;
    /** Shows an account: what it has, and what is locked. */
    account(account: string, call?: Call): Promise<types.AccountTold>;
    /** Shows the committee in office. */
    committee(call?: Call): Promise<types.CommitteeTold>;
    /** Asks for anything else that the gateway tells as JSON, by its path in `/openapi.json`. */
    get<T>(path: string, query?: Query, { signal }?: Call): Promise<T>;
    /** Sends anything else that the gateway takes as JSON, such as a webhook; what may have come is not sent again. */
    post<T>(path: string, body: object, { signal }?: Call): Promise<T>;
}
