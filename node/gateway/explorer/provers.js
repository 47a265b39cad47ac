// Provers: who sells proofs, how good their word is, how fast they say they are, how much room they have.

import { get } from './api.js';
import { h } from './dom.js';
import { count, roughly } from './format.js';
import { account, amount, empty, meter, pager, panel, table } from './parts.js';

export default {
  title: 'Provers',
  every: 3000,

  load({ query }) {
    return get(query.cursor ? `/provers?cursor=${encodeURIComponent(query.cursor)}` : '/provers');
  },

  notice(notice) {
    return ['progress', 'started', 'delivered'].includes(notice.event) ? undefined : 'reload';
  },

  render({ items, next_cursor: next }, ctx) {
    const list = items.length
      ? table('Provers', COLUMNS(ctx), items, (p) => p.account)
      : empty(
          'No prover is known here yet. Find prices for this machine, then run one:',
          'dpgn prover calibrate --help',
          'DPGN_ROLES=prover dpgn node run',
        );
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, 'Provers')),
      panel(
        'Who sells proofs',
        {
          wide: true,
          note: 'Reputation is half success, three tenths quality, two tenths time, weighed by burned fees; a newcomer starts at the prior.',
        },
        list,
      ),
      pager('provers', ctx.query, next),
    );
  },
};

const COLUMNS = (ctx) => [
  {
    name: 'Prover',
    lead: true,
    cell: (p) => [account(p.account, ctx), p.name && h('span', { class: 'name' }, p.name)],
  },
  { name: 'Reputation', cell: (p) => meter(p.reputation) },
  { name: 'Rows per second', cell: (p) => speeds(p) },
  { name: 'Busy', cell: (p) => room(p) },
  { name: 'Lanes', align: 'number', cell: (p) => count(p.lanes) },
  { name: 'From', align: 'number', cell: (p) => lowest(p) },
  { name: 'Paid', align: 'number', cell: (p) => count(p.paid) },
  { name: 'Failed', align: 'number', cell: (p) => count(p.failed) },
];

function speeds(prover) {
  const list = prover.ask?.offers ?? [];
  return h(
    'span',
    { class: 'speeds' },
    list.map((offer) =>
      h(
        'span',
        { 'data-key': offer.level },
        h('span', { class: 'tag' }, `L${offer.level}`),
        ' ',
        roughly(offer.rows_per_second),
      ),
    ),
  );
}

function room({ held, capacity }) {
  if (!capacity) return h('span', { class: 'faint' }, 'sells nothing now');
  return meter(Number(held) / Number(capacity), `${count(held)} of ${count(capacity)}`);
}

function lowest({ ask }) {
  const prices = (ask?.offers ?? []).map((offer) => Number(offer.per_kilorow));
  return prices.length ? [amount(Math.min(...prices)), h('small', {}, ' / kilorow')] : '–';
}
