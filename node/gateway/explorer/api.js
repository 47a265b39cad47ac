// The node's REST interface: JSON in, JSON out, problems as `Problem`.
//
// A gateway that listens beyond loopback wants a bearer token: the page asks for it once and forgets it with the tab.
// It goes into a header only, never into an address.

const BASE = './api/v1';
const TOKEN = 'dpgn-token';
const TIMEOUT_MS = 20_000;

/** An answer that is none: what went wrong and what to do, as the gateway says (RFC 9457). */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter) {
    super(body.detail || body.title || `The gateway answered ${status}.`);
    this.status = status;
    this.title = body.title;
    this.hint = body.hint;
    this.code = body.code;
    this.traceId = body.traceId;
    this.retryAfter = retryAfter;
  }
}

/** Asks for something and reads its JSON. */
export async function get(path, signal, timeout) {
  return parse(await (await call(path, { signal, timeout })).text());
}

/** Asks the node to do something. */
export async function post(path, body = {}) {
  const init = { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  return parse(await (await call(path, init)).text());
}

/** Fetches bytes and hands them to the reader as a file. A link could not carry the token. */
export async function download(path, name) {
  const blob = await (await call(path, { accept: 'application/octet-stream' })).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** One call, with the token if there is one; asks for it if the gateway does. The body is unread. */
export async function call(
  path,
  { method, body, headers = {}, signal, accept = 'application/json', timeout = TIMEOUT_MS } = {},
) {
  for (;;) {
    const token = sessionStorage.getItem(TOKEN);
    const authorization = token ? { Authorization: `Bearer ${token}` } : {};
    const ends = [signal, timeout < Infinity && AbortSignal.timeout(timeout)].filter(Boolean);
    const response = await fetch(BASE + path, {
      method,
      body,
      headers: { Accept: accept, ...headers, ...authorization },
      signal: AbortSignal.any(ends),
      credentials: 'omit',
      cache: 'no-store',
    });
    if (response.status === 401) {
      await askForToken(token);
      continue;
    }
    if (!response.ok) throw await problemOf(response);
    return response;
  }
}

async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem(response.status, body ?? {}, Number(response.headers.get('Retry-After')) || undefined);
}

/** JSON whose integers stay exact: micro-credits are 64 bits wide. */
function parse(text) {
  return JSON.parse(text, (_key, value, context) =>
    Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context.source)
      : value,
  );
}

let asking;

/** Waits for the reader to give a token other than the one that was refused. Many calls wait for one dialog. */
function askForToken(refused) {
  if (sessionStorage.getItem(TOKEN) !== refused) return Promise.resolve();
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById('token-dialog');
    const form = dialog.querySelector('form');
    document.getElementById('token-refused').hidden = !refused;
    form.onsubmit = (event) => {
      event.preventDefault();
      sessionStorage.setItem(TOKEN, form.elements.token.value.trim());
      form.reset();
      dialog.close();
      asking = undefined;
      resolve();
    };
    // Nothing works without: Escape does not close it.
    dialog.oncancel = (event) => event.preventDefault();
    dialog.showModal();
  });
  return asking;
}
