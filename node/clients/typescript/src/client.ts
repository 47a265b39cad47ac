// A client of one gateway: buy a proof, follow it, fetch it, and ask for all that the gateway tells.
//
// Amounts are micro-credits, a million to a credit. Tasks are named by their id or, own ones, by their alias.

import { Problem, TaskFailed, UnexpectedAnswer } from './errors.ts';
import { ENDS, follow, type TaskEvent } from './events.ts';
import { segment, Transport, type Options, type Query } from './transport.ts';
import type * as types from './types.ts';
import { sourceOf, upload, type Bytes } from './uploads.ts';

/** The seconds that a gateway may hold a question until a task is over. */
const WAIT_SECONDS_MAX = 60;
/** The longest silence while a gateway builds a circuit, in seconds. */
const BUILD_SECONDS_MAX = 3600;
/** The items of a page of a list. */
const PAGE = 50;

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
export function preimage(secret: Uint8Array): Uint8Array {
  return Uint8Array.of(1, ...secret);
}

/** The way to one gateway. */
export class Client {
  readonly #http: Transport;

  /** Names the gateway. Off loopback the URL must be `https://`, unless `allowPlainHttp` is set. */
  constructor(url = 'http://127.0.0.1:8080', options: Options = {}) {
    this.#http = new Transport(url, options);
  }

  // Buying

  /** Buys a proof of a circuit and its inputs in an envelope, such as `preimage(bytes)`. */
  submit(circuitData: Uint8Array, terms: types.Terms, buying: Buying = {}): Promise<types.Bought> {
    return this.#buy({ circuit_data: base64(circuitData) }, terms, buying);
  }

  /**
   * Buys a proof of a circom circuit, whatever its size: its files are uploaded first. The gateway forgets the witness once
   * the proof is bought.
   */
  async submitCircom({ r1cs, wtns, sym }: Circom, terms: types.Terms, buying: Buying = {}): Promise<types.Bought> {
    const named = Object.entries({ r1cs, wtns, sym }).filter(
      (entry): entry is [string, Bytes] => entry[1] !== undefined,
    );
    const files = await Promise.all(named.map(async ([name, bytes]) => ({ name, source: await sourceOf(bytes) })));
    const order = Object.fromEntries(files.map(({ name, source }) => [name, source.digest]));
    if (buying.idempotencyKey !== undefined) {
      try {
        // It may have been bought before: then the witness is not brought a second time.
        return await this.#buy(order, terms, buying);
      } catch (error) {
        if (!(error instanceof Problem) || error.code !== 'unknown_upload') throw error;
      }
    }
    for (const { source } of files) await upload(this.#http, source, buying.signal);
    return this.#buy(order, terms, buying);
  }

  /** Brings a file to the gateway, from where the last try broke off; gives its SHA-256. */
  async upload(bytes: Bytes, { signal }: Call = {}): Promise<string> {
    const source = await sourceOf(bytes);
    await upload(this.#http, source, signal);
    return source.digest;
  }

  /** Takes an own task back. It is over once a block has taken that up: `wait` for it. */
  cancel(task: string, { signal }: Call = {}): Promise<types.TaskTold> {
    return this.#http.json('POST', `${of(task)}/cancel`, { isRepeatable: false, signal });
  }

  // Following

  /** Waits until a task is over, and gives it. A signal ends the wait: `AbortSignal.timeout(60_000)`. */
  async wait(task: string, { signal }: Call = {}): Promise<types.TaskTold> {
    for (;;) {
      const asked = performance.now();
      const query = { wait: WAIT_SECONDS_MAX };
      const timeout = this.#http.timeout + WAIT_SECONDS_MAX;
      const told = await this.#http.json<types.TaskTold>('GET', of(task), { query, timeout, signal });
      // A task that is paid is over only once its proof is here: the gateway says so by answering early.
      const isEarly = performance.now() - asked < WAIT_SECONDS_MAX * 1000;
      if (ENDS.has(told.status) && isEarly) return told;
    }
  }

  /** Waits for the proof of an own task, and fetches it; throws `TaskFailed` if there will be none. */
  async result(task: string, call: Call = {}): Promise<Proof> {
    const told = await this.wait(task, call);
    if (told.status === 'failed') throw new TaskFailed(told);
    return { task: told, proof: await this.proof(task, call), verifierData: await this.verifierData(task, call) };
  }

  /**
   * Gives what happens to a task until it is over, as it happens. The first event is `state`, with the task as it stands,
   * unless `lastId` resumes behind an event.
   */
  watch(task: string, from: Call & { lastId?: string } = {}): AsyncGenerator<TaskEvent, void, undefined> {
    return follow(this.#http, `${of(task)}/events`, ENDS, from);
  }

  /** Gives all that the node notices, for as long as you take it; after `reset` some are missing. */
  events(from: Call & { lastId?: string } = {}): AsyncGenerator<TaskEvent, void, undefined> {
    return follow(this.#http, '/api/v1/events', new Set(), from);
  }

  // Fetching

  /** Fetches the proof of an own task. */
  proof(task: string, { signal }: Call = {}): Promise<Uint8Array> {
    return this.#http.bytes('GET', `${of(task)}/proof`, { signal });
  }

  /** Fetches what the proof of an own task is verified with. */
  verifierData(task: string, { signal }: Call = {}): Promise<Uint8Array> {
    return this.#http.bytes('GET', `${of(task)}/verifier-data`, { signal });
  }

  /** Fetches the receipt of a paid task, for a reader who trusts the genesis or a checkpoint at the height `since`. */
  receipt(task: string, { since, signal }: Call & { since?: number } = {}): Promise<Uint8Array> {
    return this.#http.bytes('GET', `${of(task)}/receipt`, { query: { since }, signal });
  }

  /** Has the node verify the proof of an own task once more. */
  verify(task: string, { signal }: Call = {}): Promise<types.Verified> {
    return this.#http.json('POST', `${of(task)}/verify`, { signal });
  }

  // Asking

  /** Shows a task as it stands. */
  task(task: string, call: Call = {}): Promise<types.TaskTold> {
    return this.get(of(task), {}, call);
  }

  /** Says why a task stands as it does, and, of a prover, why it does not have it. */
  explain(
    task: string,
    about: { about?: string; asks?: number } = {},
    call: Call = {},
  ): Promise<types.Explained> {
    return this.get(`${of(task)}/explain`, { about: about.about, asks: about.asks }, call);
  }

  /** Tells all that blocks have decided about a task. */
  history(task: string, about: { about?: string } = {}, call: Call = {}): Promise<types.HistoryTold> {
    return this.get(`${of(task)}/history`, { about: about.about }, call);
  }

  /** Lists tasks, own ones or with the scope `network` all, the newest first. */
  tasks(
    filter: { scope?: 'own' | 'network'; status?: string; level?: number; prover?: string; requester?: string } = {},
    call: Call = {},
  ): AsyncGenerator<types.TaskRow, void, undefined> {
    return this.#list('/api/v1/tasks', filter, call);
  }

  /** Says what a proof of such a size, `degree` or `rows`, costs now, who would make it, and when. */
  quote(
    size: Shelf & { rows?: number; reward?: number; deadline_seconds?: number; priority?: number },
    call: Call = {},
  ): Promise<types.QuoteTold> {
    return this.get('/api/v1/quote', { ...size }, call);
  }

  /**
   * Says what a proof of a circom circuit costs now, how large it is, and what the lint finds in it. Its files are uploaded;
   * nothing is bought, and no witness is needed.
   */
  async quoteCircom(
    { r1cs, sym }: Omit<Circom, 'wtns'>,
    terms: types.QuoteTerms = {},
    call: Call = {},
  ): Promise<types.CircuitQuoted> {
    const order = { ...terms, r1cs: await this.upload(r1cs, call), ...(sym && { sym: await this.upload(sym, call) }) };
    return this.#post('/api/v1/quote', order, {}, call);
  }

  /** Shows the node: its account, its balance, its network and how far it follows that. */
  status(call: Call = {}): Promise<types.StatusTold> {
    return this.get('/api/v1/status', {}, call);
  }

  /** Says which version the node is of, and on which network; it needs no token. */
  version(call: Call = {}): Promise<types.Version> {
    return this.get('/version', {}, call);
  }

  /** Shows the order book: asks that stand, their depth, bids that wait. */
  book(shelf: Shelf = {}, call: Call = {}): Promise<types.BookTold> {
    return this.get('/api/v1/book', { ...shelf }, call);
  }

  /** Lists what proofs were paid of late, by level and size. */
  async prices(shelf: Shelf = {}, call: Call = {}): Promise<types.PriceRow[]> {
    return (await this.get<{ items: types.PriceRow[] }>('/api/v1/prices', { ...shelf }, call)).items;
  }

  /** Lists the provers, with their asks and reputations. */
  provers(call: Call = {}): AsyncGenerator<types.ProverRow, void, undefined> {
    return this.#list('/api/v1/provers', {}, call);
  }

  /** Lists the awards that are live. */
  awards(call: Call = {}): AsyncGenerator<types.AwardLine, void, undefined> {
    return this.#list('/api/v1/awards', {}, call);
  }

  /** Lists the peers that are connected. */
  peers(call: Call = {}): AsyncGenerator<types.PeerRow, void, undefined> {
    return this.#list('/api/v1/peers', {}, call);
  }

  /** Lists the blocks, the newest first. */
  blocks(call: Call = {}): AsyncGenerator<types.BlockRow, void, undefined> {
    return this.#list('/api/v1/blocks', {}, call);
  }

  /** Shows an account: what it has, and what is locked. */
  account(account: string, call: Call = {}): Promise<types.AccountTold> {
    return this.get(`/api/v1/accounts/${segment(account)}`, {}, call);
  }

  /** Shows the committee in office. */
  committee(call: Call = {}): Promise<types.CommitteeTold> {
    return this.get('/api/v1/committee', {}, call);
  }

  /** Asks for anything else that the gateway tells as JSON, by its path in `/openapi.json`. */
  get<T>(path: string, query: Query = {}, { signal }: Call = {}): Promise<T> {
    return this.#http.json<T>('GET', path, { query, signal });
  }

  /** Sends anything else that the gateway takes as JSON, such as a webhook; what may have come is not sent again. */
  post<T>(path: string, body: object, { signal }: Call = {}): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    return this.#http.json<T>('POST', path, { headers, body: JSON.stringify(body), isRepeatable: false, signal });
  }

  async *#list<T>(path: string, filter: Query, call: Call): AsyncGenerator<T, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = await this.get<{ items: T[]; next_cursor: string | null }>(
        path,
        { ...filter, limit: PAGE, cursor },
        call,
      );
      if (!Array.isArray(page?.items)) throw new UnexpectedAnswer(`${path} is no list`);
      yield* page.items;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  #buy(order: Record<string, string>, terms: types.Terms, { idempotencyKey, signal }: Buying): Promise<types.Bought> {
    for (const amount of [terms.reward, terms.reward_max ?? 0]) {
      if (!Number.isSafeInteger(amount) || amount < 0) throw new TypeError(`${amount} is no amount of micro-credits`);
    }
    const headers = { 'Idempotency-Key': idempotencyKey ?? crypto.randomUUID() };
    return this.#post('/api/v1/tasks', { ...order, ...terms }, headers, signal ? { signal } : {});
  }

  #post<T>(path: string, body: object, headers: Record<string, string>, { signal }: Call): Promise<T> {
    return this.#http.json<T>('POST', path, {
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
      timeout: BUILD_SECONDS_MAX,
      signal,
    });
  }
}

function of(task: string): string {
  return `/api/v1/tasks/${segment(task)}`;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
