// Uploads: files by their SHA-256, from where the last try broke off.
import { Problem } from "./errors.js";
/** The longest silence while the gateway compares a large file with its name, in seconds. */
const COMPARE_SECONDS = 300;
/** Reads anything that can be uploaded. All of a `Blob` is in memory once, since browsers hash nothing piece by piece. */
export async function sourceOf(bytes) {
    if ('digest' in bytes)
        return bytes;
    const blob = bytes instanceof Blob ? bytes : new Blob([bytes]);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    const digest = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return { digest, from: (offset) => blob.slice(offset) };
}
/** Brings a file to the gateway unless it is there, from where it broke off, however often that happens. */
export async function upload(transport, source, signal) {
    const path = `/api/v1/uploads/${source.digest}`;
    const headers = { 'Content-Type': 'application/octet-stream' };
    const timeout = Math.max(transport.timeout, COMPARE_SECONDS);
    const patience = transport.patience(signal);
    let here = -1;
    for (;;) {
        const held = await transport.json('GET', path, { signal });
        if (held.complete)
            return;
        if (here >= 0 && held.bytes > here)
            patience.reset();
        here = held.bytes;
        const request = { query: { offset: here }, headers, body: source.from(here), timeout, signal };
        try {
            await (await transport.open('PUT', path, request)).bytes();
            return;
        }
        catch (error) {
            // The bytes of the last try were still being written while they were counted.
            const isMoved = error instanceof Problem && error.code === 'other_offset';
            await patience.after(isMoved ? new Problem(error.status, { code: error.code }, 1) : error);
        }
    }
}
