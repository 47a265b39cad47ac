// The explorer in a real browser, against a gateway that runs.
//
//   GATEWAY_URL=http://127.0.0.1:8080 CHROMIUM=/usr/bin/chromium node --test explorer.test.mjs
//
// The gateway's own answers are taken wherever they can be; where they can't carry the case, the browser's requests are
// answered from samples.mjs. Nothing here measures time, and nothing changes the node.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GATEWAY, answer, forgive, go, heading, isShown, page } from './browser.mjs';
import { HOSTILE, ID, list, prover, row, task } from './samples.mjs';

const VIEWS = {
  '': 'Overview',
  tasks: 'Tasks',
  book: 'Order book',
  provers: 'Provers',
  mesh: 'Mesh',
  committee: 'Committee',
  blocks: 'Blocks',
};

async function nothingRan() {
  assert.equal(await page.evaluate(() => window.hostile), undefined, 'nothing that came from the network ran');
  assert.equal(await page.locator('img').count(), 0, 'nothing that came from the network became an element');
}

test('the page may load and run nothing but its own files', async () => {
  const response = await go('');
  const policy = response.headers()['content-security-policy'];
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"])
    assert.ok(policy.includes(rule), policy);
  assert.ok(!policy.includes('unsafe'), policy);
  const refused = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.hostile = 3';
    document.head.append(script);
    return window.hostile === undefined;
  });
  assert.ok(refused, 'an inline script does not run even if somebody got one in');
  forgive('inline script');
});

test('every view has its address, its heading, and the back button leads back', async () => {
  await go('');
  for (const [place, name] of Object.entries(VIEWS)) {
    await page.locator('#views').getByText(name, { exact: true }).click();
    await page.waitForFunction((wanted) => document.querySelector('h1')?.textContent === wanted, name);
    assert.equal(new URL(page.url()).hash, `#/${place}`);
    assert.ok((await page.title()).startsWith(name));
    assert.equal(await page.locator('#views [aria-current="page"]').textContent(), name);
  }
  await page.goBack();
  await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Committee');
});

test('the header shows the height and that the stream lives', async () => {
  await go('');
  await page.waitForFunction(() => document.getElementById('live').dataset.state === 'live');
  const status = await (await fetch(`${GATEWAY}/api/v1/status`)).json();
  const shown = Number((await page.locator('#height').textContent()).replaceAll(',', ''));
  assert.ok(shown >= status.height - 100 && shown <= status.height + 100, `${shown} is near ${status.height}`);
});

test('a broken stream is said quietly, the page polls, and it comes back where it was', async () => {
  let cut = false;
  const asked = [];
  await page.route(/\/api\/v1\/events/, (route) => {
    asked.push(route.request().headers()['last-event-id']);
    if (cut) return route.abort();
    // A stream that ends after one notice: the next one must go on from it.
    return route.fulfill({
      contentType: 'text/event-stream',
      body: 'id: run-7\nevent: stalled\ndata: {"event":"stalled"}\n\n',
    });
  });
  await go('provers');
  await isShown('reconnecting');
  const before = page.waitForRequest(/\/api\/v1\/provers/);
  cut = true;
  await before;
  await page.waitForFunction(() => document.getElementById('live').dataset.state === 'reconnecting');
  assert.equal(await heading().textContent(), 'Provers', 'what was there stays there');
  await page.unroute(/\/api\/v1\/events/);
  await page.waitForFunction(() => document.getElementById('live').dataset.state === 'live');
  assert.equal(asked[0], undefined);
  assert.ok(asked.slice(1).includes('run-7'), `the last id is named: ${asked}`);
});

test('a hostile name of a prover is text', async () => {
  await answer('/provers', list([prover()]));
  await go('provers');
  await isShown(HOSTILE);
  await nothingRan();
});

test('hostile reasons, addresses and network names are text', async () => {
  const status = await (await fetch(`${GATEWAY}/api/v1/status`)).json();
  await answer('/status', { ...status, network_name: HOSTILE });
  await answer(
    `/tasks/${ID(7)}`,
    task(7, {
      status: 'failed',
      why: HOSTILE,
      fault: HOSTILE,
      timeline: [{ at: HOSTILE, what: HOSTILE, why: HOSTILE }],
    }),
  );
  await answer(`/tasks/${ID(7)}/.*`, { detail: 'no longer known' }, 404);
  await go(`tasks/${ID(7)}`);
  await isShown(HOSTILE);
  await nothingRan();
  await answer(
    '/peers',
    list([{ account: ID('b'), address: '/memory/1', agent: HOSTILE, rtt_ms: 3, roles: [HOSTILE] }]),
  );
  await go('mesh');
  await page.locator('td').getByText(HOSTILE).first().waitFor();
  await nothingRan();
  await go(`tasks/${encodeURIComponent(HOSTILE)}`);
  await page.locator('.view .problem').waitFor();
  await nothingRan();
});

test('a paid task is verified in place, and its receipt is a file', async () => {
  const path = `/tasks/${ID(8)}`;
  const { account } = await (await fetch(`${GATEWAY}/api/v1/status`)).json();
  const paid = task(8, {
    status: 'completed',
    requester: account,
    prover: ID('b'),
    price: 734_500,
    proof: { hash: ID('f'), len: 108_452 },
    settled_height: 5,
  });
  await answer(path, paid);
  await answer(`${path}/(explain|history)`, { detail: 'no longer known' }, 404);
  await answer(`${path}/verify`, { valid: true });
  await page.route(/\/receipt$/, (route) =>
    route.fulfill({ contentType: 'application/octet-stream', body: 'receipt' }),
  );
  await go(`tasks/${ID(8)}`);
  await isShown('0.7345');
  const asked = page.waitForRequest((request) => request.url().endsWith('/verify') && request.method() === 'POST');
  await page.getByRole('button', { name: 'Verify in place' }).click();
  await asked;
  await isShown('Valid: this node has verified');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Receipt' }).click(),
  ]);
  assert.match(file.suggestedFilename(), /\.receipt$/);
});

test('only an own open task can be taken back, and only after a second word', async () => {
  const { account } = await (await fetch(`${GATEWAY}/api/v1/status`)).json();
  await answer('/tasks/[0-9]+/(explain|history)', {}, 404);
  await answer(`/tasks/${ID(5)}`, task(5, { requester: account }));
  await answer(`/tasks/${ID(6)}`, task(6));
  await answer(`/tasks/${ID(5)}/cancel`, {});
  await go(`tasks/${ID(6)}`);
  await heading().waitFor();
  assert.equal(await page.getByRole('button', { name: /Cancel/ }).count(), 0);
  await go(`tasks/${ID(5)}`);
  await page.getByRole('button', { name: 'Cancel task…' }).click();
  const asked = page.waitForRequest((request) => request.url().endsWith('/cancel') && request.method() === 'POST');
  await page.getByRole('button', { name: 'Cancel it' }).click();
  await asked;
});

test('filters and pages are part of the address', async () => {
  const asked = [];
  await page.route(/\/api\/v1\/tasks\?/, (route) => {
    asked.push(new URL(route.request().url()).searchParams);
    return route.fulfill({ contentType: 'application/json', body: JSON.stringify(list([row(1)], 'next/page')) });
  });
  await go('tasks?status=failed');
  await page.locator('tbody tr').waitFor();
  assert.equal(await page.locator('select[name=status]').inputValue(), 'failed');
  await page.locator('select[name=level]').focus();
  await page.keyboard.press('3');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.hash.includes('level=3'));
  assert.equal(await page.evaluate(() => document.activeElement.name), 'level', 'who filters keeps the focus');
  // The link of the list that was asked for, not of the one it takes the place of.
  await page.locator('a[href*="level=3"]', { hasText: 'Older' }).click();
  await page.getByRole('link', { name: 'Newest' }).waitFor();
  assert.deepEqual(
    [asked.at(-1).get('status'), asked.at(-1).get('level'), asked.at(-1).get('cursor')],
    ['failed', '3', 'next/page'],
  );
  await page.goBack();
  await page.waitForFunction(() => !location.hash.includes('cursor'));
});

test('a list that is read stays as it is until new rows are asked for', async () => {
  let rows = [row(1), row(2)];
  await page.route(/\/api\/v1\/tasks\?/, (route) =>
    route.fulfill({ contentType: 'application/json', body: JSON.stringify(list(rows)) }),
  );
  await page.route(/\/api\/v1\/events/, (route) => route.abort());
  await go('tasks');
  await page.locator('tbody tr').first().waitFor();
  await page.locator('tbody tr').first().hover();
  rows = [row(3), row(1, { status: 'assigned' }), row(2)];
  await page.getByRole('button', { name: '1 new' }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 2, 'nothing came between');
  assert.match(await page.locator('tbody tr').first().textContent(), /Assigned/, 'but rows change in place');
  await page.getByRole('button', { name: '1 new' }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 3);
});

test('a gateway that wants a token is told it once, in a header', async () => {
  const seen = [];
  await page.route(/\/api\/v1\//, async (route) => {
    const { authorization } = route.request().headers();
    seen.push(route.request().url());
    if (authorization !== 'Bearer 00ff')
      return route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"detail":"no token"}' });
    return route.continue();
  });
  await go('blocks');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await page.keyboard.press('Escape');
  assert.ok(await dialog.isVisible());
  assert.ok(await page.locator('#token-refused').isHidden());
  await page.getByRole('textbox', { name: 'Token' }).fill('wrong');
  await page.keyboard.press('Enter');
  await page.locator('#token-refused').waitFor();
  await page.getByRole('textbox', { name: 'Token' }).fill('00ff');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Blocks');
  assert.ok(
    seen.every((url) => !url.includes('00ff')),
    'a token is in no address',
  );
  await page.reload();
  await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Blocks');
  assert.ok(await page.getByRole('dialog').isHidden(), 'it is asked for once');
});

test('on a phone nothing is wider than the screen', async () => {
  await page.setViewportSize({ width: 360, height: 780 });
  const { account } = await (await fetch(`${GATEWAY}/api/v1/status`)).json();
  for (const place of [...Object.keys(VIEWS), `accounts/${account}`]) {
    await go(place);
    await page.locator('.view').waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 360, `#/${place} is ${width} wide`);
  }
});

test('light and dark follow the system until the reader chooses, and the choice stays', async () => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await go('');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole('button', { name: /light and dark/ }).click();
  const light = await ground();
  assert.notEqual(light, dark);
  await page.reload();
  assert.equal(await ground(), light);
  await page.getByRole('button', { name: /light and dark/ }).click();
  assert.equal(await ground(), dark);
});

test('the page is reached by the keyboard alone', async () => {
  await go('');
  await page.locator('.view').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  await page.keyboard.press('/');
  await page.keyboard.type('1');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => location.hash === '#/blocks/1');
});
