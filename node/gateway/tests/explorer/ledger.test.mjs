// What the ledger says: a block with its ops, an award with every term of its score.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, go, isShown, page } from './browser.mjs';
import { HOSTILE, ID, task } from './samples.mjs';

test('a block shows its ops, and pages of them are part of the address', async () => {
  const op = (place, kind, more) => ({
    place,
    op: ID(place),
    kind,
    signer: ID('a'),
    sponsor: null,
    task: null,
    bytes: 200,
    ...more,
  });
  const block = {
    height: 7,
    hash: ID('d'),
    parent: ID('e'),
    time_at: '2026-01-02T03:04:05.678Z',
    epoch: 0,
    proposer: ID('a'),
    round: 0,
    votes: 1,
    ops: 21,
    bytes: 9000,
    items: [op(1, 'kept_hostile', { kind: HOSTILE }), op(2, 'deliver', { task: ID(4) })],
    next_cursor: 'MjA',
  };
  const asked = [];
  await page.route(/\/api\/v1\/blocks\/7/, (route) => {
    asked.push(new URL(route.request().url()).searchParams.get('cursor'));
    return route.fulfill({ contentType: 'application/json', body: JSON.stringify(block) });
  });
  await go('blocks/7');
  await page.getByRole('link', { name: 'More' }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 2);
  assert.ok(await page.getByText(HOSTILE.toLowerCase()).isVisible(), 'a hostile kind is text');
  await page.getByRole('link', { name: 'More' }).click();
  await page.getByRole('link', { name: 'First' }).waitFor();
  assert.deepEqual(asked.slice(0, 2), [null, 'MjA']);
  await page.locator('tbody a[href*="tasks/"]').click();
  await page.waitForFunction((task) => location.hash === `#/tasks/${task}`, ID(4));
});

test('an award shows every term of its score', async () => {
  const at = '2026-01-02T03:04:05.678Z';
  const terms = (prover, score, for_price, for_reputation) => ({
    prover,
    price: 734_500,
    reputation: 0.25,
    warm: true,
    since_at: at,
    declared_ms: 3400,
    lanes: 1,
    queued_ms: 4400,
    expected_ms: 5000,
    effective: 900_000,
    collateral: 1_000_000,
    score,
    for_price,
    for_reputation,
  });
  const award = {
    number: 1,
    prover: ID('b'),
    guarantor: ID('b'),
    price: 734_500,
    collateral: 1_000_000,
    at,
    start_by_at: at,
    started_at: null,
    due_at: at,
    asked: null,
    terms: terms(ID('b'), 0.625, 0.5, 0.125),
    runner_up: terms(ID('c'), 0.375, 0.25, 0.125),
  };
  await answer(`/tasks/${ID(4)}`, task(4, { status: 'assigned', prover: ID('b'), award }));
  await answer(`/tasks/${ID(4)}/explain`, { standing: { state: 'start' }, award, attempts: [], answers: null });
  await go(`tasks/${ID(4)}`);
  await isShown('Awarded; the prover owes its start.');
  for (const term of ['0.625', '0.500', '0.375', '3.4 s', '5.0 s']) await isShown(term);
  assert.equal(await page.locator('.stacked .first').first().getAttribute('width'), '500');
});
