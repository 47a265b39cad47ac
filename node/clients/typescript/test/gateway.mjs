// A gateway that answers what a test tells it to, one answer after another and the last one for good, and remembers what
// it was asked. An answer is what goes over the wire; what it is made from may look at the request.

import { createServer } from 'node:http';

/** Answers with this status, this body (text, or anything as JSON) and these headers. */
export const answer =
  (status, body = null, headers = {}) =>
  (_, response) => {
    const kind = status >= 400 ? 'application/problem+json' : 'application/json';
    response.writeHead(status, { 'Content-Type': kind, ...headers });
    response.end(status === 204 ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  };

/** Refuses in a gateway's words. */
export const problem = (status, code, headers = {}) =>
  answer(
    status,
    { type: 'about:blank', title: 't', status, detail: 'why', code, hint: 'what now', traceId: 'ab'.repeat(16) },
    headers,
  );

/** Answers with events, and ends. */
export const stream = (text) => answer(200, text, { 'Content-Type': 'text/event-stream' });

/** Closes the connection without a word. */
export const broken = (_, response) => response.socket.destroy();

export async function gateway(t, ...answers) {
  const asked = [];
  const server = createServer((request, response) => {
    const { pathname: path, searchParams } = new URL(request.url, 'http://localhost');
    const chunks = [];
    const here = { method: request.method, path, query: Object.fromEntries(searchParams), headers: request.headers };
    const next = () => (answers.length > 1 ? answers.shift() : answers[0]);
    request.on('data', (chunk) => {
      chunks.push(chunk);
      if (breaksAfter !== undefined && Buffer.concat(chunks).length >= breaksAfter) {
        // What came beyond is lost with the connection.
        asked.push({ ...here, body: Buffer.concat(chunks).subarray(0, breaksAfter) });
        breaksAfter = undefined;
        next();
        request.socket.destroy();
      }
    });
    request.on('end', () => {
      const whole = { ...here, body: Buffer.concat(chunks) };
      asked.push(whole);
      response.setHeader('Connection', 'close');
      next()(whole, response);
    });
  });
  let breaksAfter;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const pauses = [];
  const options = { sleep: async (seconds) => void pauses.push(seconds) };
  const url = `http://127.0.0.1:${server.address().port}`;
  return { url, asked, pauses, options, breakAfter: (bytes) => (breaksAfter = bytes) };
}
