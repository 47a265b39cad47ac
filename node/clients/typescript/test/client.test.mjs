// What the client does when the gateway refuses, breaks, lies or is slow.

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { file, save, token } from '../dist/files.js';
import { Client, Problem, TaskFailed, UnexpectedAnswer, Unreachable, preimage } from '../dist/index.js';
import { answer, broken, gateway, problem, stream } from './gateway.mjs';

const TERMS = { reward: 1000, level: 1, witness_is_public: true };
const BOUGHT = answer(201, { task: { task: 't' }, warnings: [] });
const SECRET = new TextEncoder().encode('secret');
const told = (status) => answer(200, { task: 't', status, why: null });
const collect = async (items) => {
  const all = [];
  for await (const item of items) all.push(item);
  return all;
};

function scratch(t) {
  const dir = mkdtempSync(join(tmpdir(), 'dpgn-client-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

test('a purchase that broke off is repeated with its key and its bytes', async (t) => {
  const there = await gateway(t, broken, problem(503, 'overloaded', { 'Retry-After': '7' }), BOUGHT);
  const client = new Client(there.url, there.options);
  assert.equal((await client.submit(preimage(SECRET), TERMS)).task.task, 't');
  const [first, ...others] = there.asked;
  assert.equal(others.length, 2);
  for (const again of others) {
    assert.deepEqual(again.body, first.body);
    assert.equal(again.headers['idempotency-key'], first.headers['idempotency-key']);
  }
  assert.ok(there.pauses[1] >= 7, 'as long as Retry-After says');
  assert.deepEqual(JSON.parse(first.body), { circuit_data: 'AXNlY3JldA==', ...TERMS });
  await client.submit(preimage(SECRET), TERMS);
  assert.notEqual(there.asked.at(-1).headers['idempotency-key'], first.headers['idempotency-key']);
});

test('a first try that still runs is waited for, however long', async (t) => {
  const runs = Array(100).fill(problem(409, 'key_in_use', { 'Retry-After': '1' }));
  const there = await gateway(t, ...runs, BOUGHT);
  await new Client(there.url, { ...there.options, retryFor: 5 }).submit(preimage(SECRET), TERMS);
  assert.equal(there.asked.length, 101);
});

test('what is refused for good is told at once', async (t) => {
  const there = await gateway(t, problem(422, 'insufficient_funds'));
  await assert.rejects(new Client(there.url, there.options).submit(preimage(SECRET), TERMS), (error) => {
    assert.ok(error instanceof Problem);
    const { status, code, detail, hint, traceId, retryAfter } = error;
    const all = { status, code, detail, hint, traceId, retryAfter };
    const hex = 'ab'.repeat(16);
    assert.deepEqual(all, {
      status: 422,
      code: 'insufficient_funds',
      detail: 'why',
      hint: 'what now',
      traceId: hex,
      retryAfter: undefined,
    });
    return true;
  });
  assert.deepEqual([there.asked.length, there.pauses], [1, []]);
});

test('patience ends', async (t) => {
  const there = await gateway(t, problem(429, 'rate_limited', { 'Retry-After': '4' }));
  await assert.rejects(new Client(there.url, { ...there.options, retryFor: 10 }).status(), Problem);
  assert.equal(there.asked.length, 3, 'two pauses of four seconds');
  await assert.rejects(new Client('http://127.0.0.1:1', { ...there.options, retryFor: 1 }).status(), Unreachable);
});

test('a cancellation that may have come is not repeated', async (t) => {
  const lost = await gateway(t, broken);
  await assert.rejects(new Client(lost.url, lost.options).cancel('t'), Unreachable);
  assert.equal(lost.asked.length, 1);
  const refused = await gateway(t, problem(503, 'node_busy', { 'Retry-After': '1' }), told('failed'));
  assert.equal(
    (await new Client(refused.url, refused.options).cancel('t')).status,
    'failed',
    'refused, so not carried out',
  );
});

test('what else is sent is not repeated either', async (t) => {
  const there = await gateway(t, answer(201, { id: 'w' }), broken);
  const client = new Client(there.url, there.options);
  const body = { url: 'https://hooks.example' };
  assert.deepEqual(await client.post('/api/v1/webhooks', body), { id: 'w' });
  assert.deepEqual(JSON.parse(there.asked[0].body), body);
  await assert.rejects(client.post('/api/v1/webhooks', body), Unreachable);
  assert.equal(there.asked.length, 2);
});

test('a proxy is no gateway', async (t) => {
  const page = answer(502, '<h1>Bad gateway</h1>', { 'Content-Type': 'text/html' });
  const behind = await gateway(t, page, told('pending'));
  assert.equal((await new Client(behind.url, behind.options).task('t')).status, 'pending');
  const elsewhere = await gateway(t, answer(302, '', { Location: 'http://evil.example/' }));
  const client = new Client(elsewhere.url, { ...elsewhere.options, token: 'secret' });
  await assert.rejects(client.status(), { code: 'http_302' }, 'it is followed nowhere');
});

test('the token goes where nobody reads along', async (t) => {
  for (const url of [
    'http://dpgn.example',
    'http://192.0.2.1:8080',
    'http://localhost.evil.example',
    'http://127.evil.example',
  ]) {
    assert.throws(() => new Client(url), TypeError);
    new Client(url, { allowPlainHttp: true });
  }
  for (const url of ['http://localhost:8080', 'http://[::1]:8080', 'http://127.0.0.2', 'https://dpgn.example/below'])
    new Client(url);
  for (const url of ['ftp://localhost', 'localhost:8080', 'http://u:p@localhost', 'http://localhost/?x=1']) {
    assert.throws(() => new Client(url), TypeError);
  }
  const there = await gateway(t, told('pending'));
  const path = join(scratch(t), 'token');
  writeFileSync(path, 'abc\n');
  await new Client(there.url, { token: await token(path) }).task('t');
  assert.equal(there.asked[0].headers.authorization, 'Bearer abc');
  for (const wrong of ['', 'a\nb', 'ä']) assert.throws(() => new Client(there.url, { token: wrong }), TypeError);
});

test('a name stays in its segment', async (t) => {
  const there = await gateway(t, told('pending'));
  const client = new Client(there.url);
  for (const name of ['../x', 'a/b?c#d', 'a b']) await client.task(name);
  assert.ok(
    there.asked.every(({ path }) => path.split('/').length === 5),
    JSON.stringify(there.asked),
  );
  for (const step of ['', '.', '..']) assert.throws(() => client.task(step), TypeError);
});

test('a paid task is over once its proof is here', async (t) => {
  // The gateway holds the first question for as long as it was asked to.
  let clock = 0;
  t.mock.method(performance, 'now', () => clock);
  const late = (asked, response) => {
    clock += 60_000;
    told('completed')(asked, response);
  };
  const there = await gateway(t, late, told('completed'));
  assert.equal((await new Client(there.url, there.options).wait('t')).status, 'completed');
  assert.deepEqual(
    there.asked.map(({ query }) => query.wait),
    ['60', '60'],
  );
});

test('waiting ends when it is told to', async (t) => {
  const there = await gateway(t, () => {});
  const waits = new Client(there.url, there.options).wait('t', { signal: AbortSignal.timeout(50) });
  await assert.rejects(waits, { name: 'TimeoutError' });
});

test('a silent gateway is given up', async (t) => {
  const there = await gateway(t, () => {});
  await assert.rejects(new Client(there.url, { ...there.options, timeout: 0.05, retryFor: 0 }).status(), Unreachable);
});

test('a result is fetched and saved, or says why there is none', async (t) => {
  const failed = await gateway(t, answer(200, { task: 't', status: 'failed', why: 'nobody asked' }));
  await assert.rejects(new Client(failed.url, failed.options).result('t'), (error) => {
    return error instanceof TaskFailed && error.task.why === 'nobody asked' && error.message.includes('nobody asked');
  });
  const there = await gateway(t, told('completed'), answer(200, 'the proof'), answer(200, 'its data'));
  const path = join(scratch(t), 'a.proof');
  await save(await new Client(there.url, there.options).result('t'), path);
  assert.equal(readFileSync(path, 'utf8'), 'the proof');
  assert.equal(readFileSync(`${path}.verifier`, 'utf8'), 'its data');
});

test('an upload goes on where it broke off, from a file and from memory', async (t) => {
  const content = Buffer.alloc(
    1 << 20,
    Uint8Array.from({ length: 256 }, (_, n) => n),
  );
  const path = join(scratch(t), 'a.r1cs');
  writeFileSync(path, content);
  for (const source of [await file(path), new Uint8Array(content)]) {
    const held = (bytes) => answer(200, { digest: '', bytes, complete: false });
    const moved = problem(409, 'other_offset');
    const there = await gateway(t, held(0), broken, held(500_000), moved, held(500_000), answer(201, {}));
    there.breakAfter(500_000);
    const digest = await new Client(there.url, there.options).upload(source);
    const puts = there.asked.filter(({ method }) => method === 'PUT');
    assert.deepEqual(
      puts.map(({ query }) => query.offset),
      ['0', '500000', '500000'],
    );
    assert.deepEqual(Buffer.concat([puts[0].body, puts[2].body]), content);
    assert.ok(there.asked.every((asked) => asked.path === `/api/v1/uploads/${digest}`));
  }
});

test('a purchase that is known brings no witness', async (t) => {
  const files = { r1cs: Uint8Array.of(1), wtns: Uint8Array.of(2) };
  const known = await gateway(t, answer(200, { task: { task: 't' }, warnings: [] }));
  await new Client(known.url, known.options).submitCircom(files, TERMS, { idempotencyKey: 'mine' });
  assert.deepEqual(
    known.asked.map(({ method }) => method),
    ['POST'],
  );
  const here = answer(200, { digest: '', bytes: 0, complete: true });
  const fresh = await gateway(t, problem(422, 'unknown_upload'), here, here, BOUGHT);
  await new Client(fresh.url, fresh.options).submitCircom(files, TERMS, { idempotencyKey: 'mine' });
  assert.deepEqual(
    fresh.asked.map(({ method }) => method),
    ['POST', 'GET', 'GET', 'POST'],
  );
});

test('a stream goes on where it was', async (t) => {
  const first = ': alive\n\nid: r-1\nevent: state\ndata: {"event":\ndata: "state"}\n\nid: r-2\nevent: aw';
  const second = 'id:r-3\r\nevent:progress\r\ndata:{"stage":"wires"}\r\n\r\n';
  const full = problem(503, 'overloaded', { 'Retry-After': '3' });
  const there = await gateway(t, stream(first), full, stream(second), answer(204));
  const events = await collect(new Client(there.url, there.options).watch('t'));
  assert.deepEqual(events, [
    { name: 'state', data: { event: 'state' }, id: 'r-1' },
    { name: 'progress', data: { stage: 'wires' }, id: 'r-3' },
  ]);
  const resumed = there.asked.map(({ headers }) => headers['last-event-id']);
  assert.deepEqual(resumed, [undefined, 'r-1', 'r-1', 'r-3'], 'what was cut off comes again');
});

test('a stream ends with its task, and a reader may leave', async (t) => {
  const end = 'event: completed\nid: r-9\ndata: {}\n\nevent: more\ndata: {}\n\n';
  const there = await gateway(t, stream(end));
  const client = new Client(there.url, there.options);
  const names = (await collect(client.watch('t', { lastId: 'r-8' }))).map(({ name }) => name);
  assert.deepEqual(names, ['completed']);
  assert.equal(there.asked[0].headers['last-event-id'], 'r-8');
  const everything = client.events();
  const seen = [(await everything.next()).value.name, (await everything.next()).value.name];
  assert.deepEqual(seen, ['completed', 'more']);
  await everything.return();
});

test('an event without an end is given up', async (t) => {
  for (const wrong of [`data: ${'x'.repeat((1 << 20) + 10)}`, 'data: no json\n\n', 'data: 3\n\n']) {
    const there = await gateway(t, stream(wrong));
    await assert.rejects(collect(new Client(there.url, there.options).events()), UnexpectedAnswer);
  }
  const unknown = await gateway(t, problem(404, 'unknown_task'));
  await assert.rejects(collect(new Client(unknown.url, unknown.options).watch('t')), { code: 'unknown_task' });
  assert.equal(unknown.asked.length, 1);
});

test('an answer of another form is told as one', async (t) => {
  for (const wrong of ['<html>', [1]]) {
    const there = await gateway(t, answer(200, wrong));
    await assert.rejects(collect(new Client(there.url, there.options).provers()), UnexpectedAnswer);
  }
  const cut = (_, response) => {
    response.writeHead(200, { 'Content-Length': 9 });
    response.write('half');
    setTimeout(() => response.socket.destroy(), 10);
  };
  const there = await gateway(t, cut, answer(200, 'the whole'));
  const proof = await new Client(there.url, there.options).proof('t');
  assert.equal(new TextDecoder().decode(proof), 'the whole', 'what is cut off is no answer');
  const big = async () => new Response(new ReadableStream({ pull: (flow) => flow.enqueue(new Uint8Array(1 << 24)) }));
  await assert.rejects(new Client(there.url, { ...there.options, fetch: big }).proof('t'), UnexpectedAnswer);
});

test('lists are read page by page', async (t) => {
  const page = (task, next_cursor) => answer(200, { items: [{ task }], next_cursor });
  const there = await gateway(t, page(1, 'c1'), page(2, 'c2'), page(3, null));
  const rows = await collect(new Client(there.url, there.options).tasks({ status: 'failed' }));
  assert.deepEqual(
    rows.map(({ task }) => task),
    [1, 2, 3],
  );
  assert.deepEqual(
    there.asked.map(({ query }) => query.cursor),
    [undefined, 'c1', 'c2'],
  );
  assert.ok(there.asked.every(({ query }) => query.status === 'failed'));
});

test('an amount is whole and exact', () => {
  const client = new Client();
  for (const reward of [-1, 0.5, 2 ** 53, Number.NaN, 10n]) {
    assert.throws(() => client.submit(preimage(SECRET), { reward }), TypeError);
  }
});
