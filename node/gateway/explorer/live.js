// Live: the node's notices by one event stream, read with `fetch`, since EventSource sends no headers.
//
// The stream may break at any moment: then the page says so quietly, comes back by itself where it was
// (Last-Event-ID), and polls meanwhile. A stream that is silent beyond its keep-alives counts as broken.

import { call } from './api.js';

const SILENCE_MAX_MS = 40_000;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15_000];
const POLL_MS = 5000;
// A notice is small: a stream that sends this much without an end is none of ours.
const BUFFER_MAX = 1 << 20;

/** Follows the notices for as long as the page lives. */
export class Live extends EventTarget {
  #lastId;
  #failures = 0;
  state = 'connecting';

  /** Starts; events are `notice` (detail: a notice), `stale` (reload what you show) and `state`. */
  start() {
    this.#run();
    setInterval(() => {
      if (this.state !== 'live' && !document.hidden) this.#emit('stale');
    }, POLL_MS);
  }

  async #run() {
    for (;;) {
      const broken = await this.#follow().then(
        () => undefined,
        (error) => error,
      );
      this.#become('reconnecting');
      const wait = BACKOFF_MS[Math.min(this.#failures++, BACKOFF_MS.length - 1)];
      const asked = (broken?.retryAfter ?? 0) * 1000;
      await sleep(Math.max(asked, wait * (0.75 + Math.random() / 2)));
    }
  }

  /** Reads one connection until it ends or breaks. */
  async #follow() {
    const quiet = new AbortController();
    let timer;
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => quiet.abort(), SILENCE_MAX_MS);
    };
    heard();
    try {
      const headers = this.#lastId ? { 'Last-Event-ID': this.#lastId } : {};
      const options = { headers, signal: quiet.signal, accept: 'text/event-stream', timeout: Infinity };
      const response = await call('/events', options);
      const isResumed = this.state === 'reconnecting';
      this.#become('live');
      // What the node did while nobody was connected comes by the id; what the page shows is read anew all the same.
      if (isResumed) this.#emit('stale');
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser((event) => this.#take(event));
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        heard();
        this.#failures = 0;
        parser.push(value);
      }
    } finally {
      clearTimeout(timer);
      quiet.abort();
    }
  }

  #take({ id, event, data }) {
    if (id !== undefined) this.#lastId = id;
    if (event === 'reset') return this.#emit('stale');
    try {
      const notice = JSON.parse(data);
      this.#emit('notice', { ...notice, event: notice.event ?? event });
    } catch {
      // A notice that is no JSON is from a gateway that is newer than this page; the next reload shows what it meant.
    }
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#emit('state', state);
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** Splits a stream of server-sent events, wherever its chunks are cut. */
export class Parser {
  #buffer = '';
  #fields = {};

  constructor(onEvent) {
    this.onEvent = onEvent;
  }

  push(chunk) {
    this.#buffer += chunk;
    if (this.#buffer.length > BUFFER_MAX) throw new Error('the event stream has a line without an end');
    // A line that ends in \r may go on with \n in the next chunk.
    const lines = this.#buffer.split(/\r\n|\n|\r(?!$)/);
    this.#buffer = lines.pop();
    for (const line of lines) this.#line(line);
  }

  #line(line) {
    if (line === '') {
      const { id, event = 'message', data } = this.#fields;
      this.#fields = {};
      if (data !== undefined) this.onEvent({ id, event, data: data.join('\n') });
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') (this.#fields.data ??= []).push(value);
    else if (name === 'id' || name === 'event') this.#fields[name] = value;
  }
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
