// A page of the explorer in a real browser, for one test after another: what it asks may be answered here, and no script
// of it may fail or break the content security policy.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach } from 'node:test';
import { chromium } from 'playwright-core';

export const GATEWAY = process.env.GATEWAY_URL ?? 'http://127.0.0.1:8080';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let browser;
let context;
export let page;
let faults;

before(async () => {
  browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
});
after(() => browser?.close());

beforeEach(async () => {
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  page = await context.newPage();
  faults = [];
  page.on('pageerror', (error) => faults.push(error.stack));
  page.on(
    'console',
    (message) => /Content Security Policy|violates/.test(message.text()) && faults.push(message.text()),
  );
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(faults, [], 'no script failed, and none broke the content security policy');
});

/** Forgives what a test has broken on purpose. */
export const forgive = (word) => (faults = faults.filter((fault) => !fault.includes(word)));
/** Goes to a place of the page. */
export const go = (place) => page.goto(`${GATEWAY}/#/${place}`);
export const heading = () => page.locator('h1').first();
/** Answers what the page asks of the interface at this path. */
export const answer = (path, body, status = 200) =>
  page.route(new RegExp(`/api/v1${path}(\\?.*)?$`), (route) =>
    route.fulfill({
      status,
      contentType: status < 400 ? 'application/json' : 'application/problem+json',
      body: JSON.stringify(body),
    }),
  );
/** Waits until the page shows this text. */
export const isShown = (text) => page.getByText(text, { exact: false }).first().waitFor();
