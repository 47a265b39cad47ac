import type { Transport } from './transport.js';
/** A file that can be read from any of its bytes on, as often as it takes. */
export interface Source {
    /** The SHA-256 of its bytes in hexadecimal. */
    readonly digest: string;
    /** Its bytes from this one on. */
    from(offset: number): BodyInit;
}
/** A file of a browser, or bytes; `file` of `dpgn/files` reads one from a disk. */
export type Bytes = Blob | Uint8Array<ArrayBuffer> | Source;
/** Reads anything that can be uploaded. All of a `Blob` is in memory once, since browsers hash nothing piece by piece. */
export declare function sourceOf(bytes: Bytes): Promise<Source>;
/** Brings a file to the gateway unless it is there, from where it broke off, however often that happens. */
export declare function upload(transport: Transport, source: Source, signal?: AbortSignal): Promise<void>;
