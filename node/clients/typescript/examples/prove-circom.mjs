// Buys a proof of a circom circuit, shows how it goes, and writes it where `dpgn verify` finds all that it needs.
//
//   node examples/prove-circom.mjs ../../prover/samples/range.r1cs ../../prover/samples/range.wtns range.proof
//
// In a project of your own the two imports are from 'dpgn' and 'dpgn/files'.

import { Client, DpgnError } from '../dist/index.js';
import { file, save, token } from '../dist/files.js';

const [r1cs, wtns, out] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: prove-circom.mjs FILE.r1cs FILE.wtns OUT');
  process.exit(2);
}
const { DPGN_GATEWAY: url, DPGN_TOKEN_FILE: tokenFile } = process.env;

try {
  const client = new Client(url, tokenFile ? { token: await token(tokenFile) } : {});
  const bought = await client.submitCircom({ r1cs: await file(r1cs), wtns: await file(wtns) }, { reward: 1_000_000 });
  const { task } = bought.task;
  let stage = '';
  for await (const event of client.watch(task)) {
    const now = `${event.name} ${event.data.stage ?? ''}`;
    if (now !== stage) console.error((stage = now));
  }
  const result = await client.result(task);
  await save(result, out);
  console.log(`task ${task}: ${result.proof.length} bytes for ${result.task.price} micro-credits in ${out}`);
} catch (error) {
  if (!(error instanceof DpgnError)) throw error;
  console.error(`${error.name}: ${error.message}`);
  process.exit(1);
}
