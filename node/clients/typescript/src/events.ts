// Events: a stream of server-sent events that goes on where it was, however often it breaks.

import { UnexpectedAnswer, Unreachable } from './errors.ts';
import { parsed, type Transport } from './transport.ts';

/** A stream that lives says something every 15 s; one that is silent for so many seconds has broken. */
const SILENCE_MAX = 45;
/** A notice is small: a stream that sends so much without an end of the event is none of a gateway's. */
const EVENT_LENGTH_MAX = 1 << 20;
/** The events after which nothing more comes of a task of one's own. */
export const ENDS: ReadonlySet<string> = new Set(['completed', 'failed']);

/** Something that the node has noticed. */
export interface TaskEvent {
  /** What it is: `awarded`, `progress`, `completed` ...; `state` and `reset` say how things stand, or what was missed. */
  name: string;
  /** Its data, with `event`, `at` and, if it is about one, `task`. */
  data: Record<string, unknown>;
  /** The id by which a stream goes on behind it; undefined if it has none. */
  id?: string;
}

/** Gives each event as it comes, from behind `lastId` on, until one of `ends` or until no more will come. */
export async function* follow(
  transport: Transport,
  path: string,
  ends: ReadonlySet<string>,
  { lastId, signal }: { lastId?: string | undefined; signal?: AbortSignal | undefined },
): AsyncGenerator<TaskEvent, void, undefined> {
  const patience = transport.patience(signal);
  for (;;) {
    let broken: unknown = new Unreachable('the stream has ended');
    try {
      const headers = { Accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'Last-Event-ID': lastId }) };
      const incoming = await transport.open('GET', path, { headers, timeout: SILENCE_MAX, signal });
      if (incoming.status === 204) return incoming.close();
      for await (const event of split(incoming.chunks())) {
        patience.reset();
        lastId = event.id ?? lastId;
        yield event;
        if (ends.has(event.name)) return;
      }
    } catch (error) {
      broken = error;
    }
    await patience.after(broken);
  }
}

/** Splits a stream into its events, wherever its chunks are cut. */
async function* split(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TaskEvent, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  let length = 0;
  let fields: { name?: string; id?: string; data?: string[] } = {};
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    length += text.length;
    // A line that ends in \r may go on with \n in the next chunk.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, key = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (line === '') {
        const { name = 'message', id, data } = fields;
        fields = {};
        length = rest.length;
        if (data) yield { name, data: object(data.join('\n')), ...(id === undefined ? {} : { id }) };
      } else if (key === 'data') (fields.data ??= []).push(value);
      else if (key === 'event') fields.name = value;
      else if (key === 'id') fields.id = value;
    }
    if (length > EVENT_LENGTH_MAX) throw new UnexpectedAnswer('the stream has an event without an end');
  }
}

function object(text: string): Record<string, unknown> {
  const data = parsed(text);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new UnexpectedAnswer('the data of an event are no object');
  }
  return data as Record<string, unknown>;
}
