// The client says what the gateway's OpenAPI document says; what is committed as built is what its sources give.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { Client, preimage } from '../dist/index.js';
import { sums } from '../tools/sums.mjs';
import { answer, gateway } from './gateway.mjs';

const HERE = fileURLToPath(new URL('../', import.meta.url));
const DOCUMENT = JSON.parse(readFileSync(`${HERE}../openapi.json`, 'utf8'));
/** Methods that ask nothing of their own. */
const OTHERS = ['constructor', 'get', 'post', 'result'];

test('what is built is of these sources and of this document', () => {
  const held = readFileSync(`${HERE}dist/SHA256SUMS`, 'utf8');
  assert.equal(sums(HERE), held, 'run `npm ci && npm run build` in node/clients/typescript');
});

test('every call is one that the document describes', async (t) => {
  const there = await gateway(t, (asked, response) => {
    if (asked.path.endsWith('/events')) return answer(204)(asked, response);
    answer(200, { items: [], next_cursor: null, status: 'completed', complete: true, task: 't' })(asked, response);
  });
  const client = new Client(there.url, there.options);
  const bytes = Uint8Array.of(1);
  const shelf = { level: 1, degree: 14 };
  const about = 'ab'.repeat(32);
  const calls = {
    submit: [preimage(bytes), { reward: 1 }],
    submitCircom: [{ r1cs: bytes, wtns: bytes, sym: bytes }, { reward: 1 }],
    upload: [bytes],
    cancel: ['t'],
    wait: ['t'],
    watch: ['t'],
    proof: ['t'],
    verifierData: ['t'],
    receipt: ['t', { since: 1 }],
    verify: ['t'],
    task: ['t'],
    explain: ['t', { about, asks: 5 }],
    history: ['t', { about }],
    tasks: [{ scope: 'own', status: 'failed', level: 1, prover: about, requester: about }],
    quote: [{ ...shelf, rows: 1, reward: 1, deadline_seconds: 1, priority: 1 }],
    quoteCircom: [{ r1cs: bytes, sym: bytes }, { level: 1, reward: 1, deadline_seconds: 1, priority: 1 }],
    book: [shelf],
    prices: [shelf],
    account: [about],
  };
  for (const name of ['events', 'status', 'version', 'provers', 'awards', 'peers', 'blocks', 'committee'])
    calls[name] = [];
  for (const [name, given] of Object.entries(calls)) {
    const result = client[name](...given);
    if (Symbol.asyncIterator in result) for await (const _ of result);
    else await result;
  }
  const methods = Object.getOwnPropertyNames(Client.prototype);
  assert.deepEqual([...Object.keys(calls), ...OTHERS].sort(), methods.sort(), 'each method is tried here');
  for (const asked of there.asked) assert.deepEqual(undescribed(asked), [], `${asked.method} ${asked.path}`);
  assert.deepEqual(undescribed({ method: 'GET', path: '/api/v1/book', query: { size: 1 } }), ['size']);
  assert.deepEqual(undescribed({ method: 'GET', path: '/api/v1/books', query: {} }), ['/api/v1/books']);
});

/** What of a request the document doesn't describe. */
function undescribed({ method, path, query }) {
  for (const [template, item] of Object.entries(DOCUMENT.paths)) {
    const operation = item[method.toLowerCase()];
    if (!operation || !new RegExp(`^${template.replace(/\{[^}]*\}/g, '[^/]+')}$`).test(path)) continue;
    const described = (operation.parameters ?? []).map(({ name }) => name);
    return Object.keys(query).filter((name) => !described.includes(name));
  }
  return [path];
}
