import { type Transport } from './transport.js';
/** The events after which nothing more comes of a task of one's own. */
export declare const ENDS: ReadonlySet<string>;
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
export declare function follow(transport: Transport, path: string, ends: ReadonlySet<string>, { lastId, signal }: {
    lastId?: string | undefined;
    signal?: AbortSignal | undefined;
}): AsyncGenerator<TaskEvent, void, undefined>;
