// What a browser has not: files by their path. For Node.js, as `dpgn/files`.

import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { Proof } from './client.ts';
import type { Source } from './uploads.ts';

/** A file to upload, of any size: it is never in memory as a whole. */
export async function file(path: string): Promise<Source> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const blob = await openAsBlob(path);
  return { digest: hash.digest('hex'), from: (offset) => blob.slice(offset) };
}

/** The token in a file, such as that of `gateway.token_file`. */
export async function token(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}

/** Writes a proof as `dpgn verify` reads it: the verifier data go beside it, with `.verifier` behind the name. */
export async function save(proof: Proof, path: string): Promise<void> {
  await writeFile(`${path}.verifier`, proof.verifierData);
  await writeFile(path, proof.proof);
}
