// The order book: what provers sell by level and size, how deep each shelf is, and which bids wait.

import { get } from './api.js';
import { h } from './dom.js';
import { count, credits, many, roughly, rows } from './format.js';
import { account, amount, empty, panel, placeWith, size, table, task, when } from './parts.js';
import { stairs } from './plots.js';

export default {
  title: 'Order book',
  every: 2000,

  load({ query }) {
    const asked = new URLSearchParams();
    for (const name of ['level', 'degree']) if (query[name]) asked.set(name, query[name]);
    return get(`/book?${asked}`);
  },

  notice(notice) {
    return ['progress', 'started', 'delivered'].includes(notice.event) ? undefined : 'reload';
  },

  render(book, ctx) {
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, 'Order book')),
      choice(ctx),
      book.depth.length > 0 &&
        h(
          'div',
          { class: 'columns' },
          book.depth.map((shelf) => depth(shelf, book.bids, ctx)),
        ),
      panel(
        'Asks',
        {
          wide: true,
          note: 'What provers sell: a price for each 1,024 padded rows, and a part that does not grow with the work.',
        },
        asks(book.asks, ctx),
      ),
      panel('Open bids', { wide: true }, bids(book.bids, ctx)),
    );
  },
};

function choice({ query, go }) {
  const chip = (level) =>
    h(
      'a',
      {
        class: 'chip',
        href: placeWith('book', { ...query, level }),
        'aria-current': (query.level ?? '') === level && 'true',
      },
      level ? `Level ${level}` : 'All levels',
    );
  const change = ({ currentTarget }) => go(placeWith('book', { ...query, degree: currentTarget.value }));
  return h(
    'div',
    { class: 'filters' },
    h('nav', { class: 'chips', 'aria-label': 'Privacy level' }, ['', '1', '2', '3', '4', '5'].map(chip)),
    h(
      'label',
      {},
      h('span', {}, 'Rows, as a power of two'),
      h('input', {
        name: 'degree',
        type: 'number',
        min: 12,
        max: 24,
        value: query.degree ?? '',
        placeholder: 'any',
        onchange: change,
      }),
    ),
  );
}

/** How many proofs are for sale up to each price. */
function depth({ level, degree, steps }, bids, ctx) {
  const sorted = [...steps].sort((a, b) => Number(a.price) - Number(b.price));
  let sum = 0;
  const stair = sorted.map((step) => ({ x: Number(step.price), y: (sum += Number(step.capacity)) }));
  const offered = bids.filter((bid) => bid.level === level && bid.degree === degree);
  const marks = offered
    .slice(0, 50)
    .map((bid) => ({ x: Number(bid.reward), words: `a bid of ${credits(bid.reward)} credits waits` }));
  const title = `Level ${level} · ${rows(degree)} rows`;
  if (!stair.length) return panel(title, {}, h('p', { class: 'note' }, 'Nobody sells this now.'));
  const bidsSaid = offered.length ? `; ${many(offered.length, 'bid')} waiting` : '';
  return panel(
    title,
    { more: !ctx.query.degree && h('a', { href: placeWith('book', { level, degree }) }, 'Only this') },
    stairs({
      summary: `${many(sum, 'proof')} for sale now, from ${credits(sorted[0].price)} to ${credits(sorted.at(-1).price)} credits${bidsSaid}`,
      steps: stair,
      marks,
      from: (v) => credits(rounded(v)),
      to: (v) => `${credits(rounded(v))} credits`,
      unit: (v) => roughly(v),
    }),
  );
}

/** Three digits are enough for the ends of a scale. */
function rounded(micro) {
  return Math.round(Number(micro.toPrecision(3)));
}

function asks(items, ctx) {
  if (!items.length)
    return empty(
      'No prover sells here now. Become one: set prices and run a prover.',
      'DPGN_ROLES=prover dpgn node run',
      'dpgn ask set --help',
    );
  return table(
    'Standing asks',
    [
      { name: 'Prover', lead: true, cell: (ask) => account(ask.prover, ctx) },
      { name: 'Offers', cell: (ask) => offers(ask.offers) },
      { name: 'Flat', align: 'number', cell: (ask) => amount(ask.flat) },
      { name: 'Up to', align: 'number', cell: (ask) => rows(ask.degree_max) },
      { name: 'Held', align: 'number', cell: (ask) => `${count(ask.held)} of ${count(ask.capacity)}` },
      { name: 'Lanes', align: 'number', cell: (ask) => count(ask.lanes) },
      { name: 'Since', align: 'number', cell: (ask) => when(ask.since_at) },
    ],
    items,
    (ask) => ask.prover,
  );
}

/** What a prover sells, a line for each level. */
export function offers(list) {
  return h(
    'ul',
    { class: 'offers' },
    (list ?? []).map((offer) =>
      h(
        'li',
        { 'data-key': offer.level },
        h('span', { class: 'tag' }, `L${offer.level}`),
        ' ',
        amount(offer.per_kilorow),
        h('small', {}, ` / kilorow · ${roughly(offer.rows_per_second)} rows/s`),
      ),
    ),
  );
}

function bids(items, ctx) {
  if (!items.length)
    return empty(
      'No bid waits: every order has found its prover, or none was made.',
      'dpgn task submit CIRCUIT.r1cs WITNESS.wtns',
    );
  return table(
    'Bids that wait for an award',
    [
      { name: 'Task', lead: true, cell: (bid) => task(bid) },
      { name: 'Size', cell: (bid) => size(bid) },
      { name: 'Reward', align: 'number', cell: (bid) => amount(bid.reward) },
      { name: 'Priority', align: 'number', cell: (bid) => count(bid.priority) },
      { name: 'Requester', cell: (bid) => account(bid.requester, ctx) },
      { name: 'Opened', align: 'number', cell: (bid) => when(bid.created_at) },
      { name: 'Deadline', align: 'number', cell: (bid) => when(bid.deadline_at) },
    ],
    items,
    (bid) => bid.task,
  );
}
