import type { Proof } from './client.js';
import type { Source } from './uploads.js';
/** A file to upload, of any size: it is never in memory as a whole. */
export declare function file(path: string): Promise<Source>;
/** The token in a file, such as that of `gateway.token_file`. */
export declare function token(path: string): Promise<string>;
/** Writes a proof as `dpgn verify` reads it: the verifier data go beside it, with `.verifier` behind the name. */
export declare function save(proof: Proof, path: string): Promise<void>;
