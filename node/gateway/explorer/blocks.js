// Blocks: what was decided, by whom, in which round.

import { get } from './api.js';
import { h } from './dom.js';
import { bytes, count } from './format.js';
import { account, empty, facts, id, pager, panel, place, table, task, when } from './parts.js';
import { spaced } from './words.js';

export const list = {
  title: 'Blocks',
  every: 1000,

  load({ query }) {
    return get(query.cursor ? `/blocks?cursor=${encodeURIComponent(query.cursor)}` : '/blocks');
  },

  notice(notice, _data, { query }) {
    return !query.cursor && (notice.event === 'block' || notice.event === 'jumped') ? 'reload' : undefined;
  },

  render(data, ctx) {
    const { items, fresh } = ctx.held('blocks', data.items, (block) => block.height);
    const blocks = items.length
      ? table('Blocks, the newest first', COLUMNS(ctx), items, (block) => block.height)
      : empty('No block yet. A network begins with its genesis:', 'dpgn init', 'dpgn node run');
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, 'Blocks'), ctx.fresh('blocks', fresh)),
      h('div', { class: 'panel is-wide', 'data-reading': 'blocks' }, blocks),
      pager('blocks', ctx.query, data.next_cursor),
    );
  },
};

const COLUMNS = (ctx) => [
  { name: 'Height', lead: true, cell: (block) => h('a', { href: place('blocks', block.height) }, count(block.height)) },
  { name: 'Hash', cell: (block) => id(block.hash, 'block hash') },
  { name: 'Proposer', cell: (block) => account(block.proposer, ctx) },
  { name: 'Round', align: 'number', cell: (block) => count(block.round) },
  { name: 'Ops', align: 'number', cell: (block) => count(block.ops) },
  { name: 'Size', align: 'number', cell: (block) => bytes(block.bytes) },
  { name: 'When', align: 'number', cell: (block) => when(block.time_at) },
];

const OPS = (ctx) => [
  { name: 'Op', lead: true, cell: (op) => spaced(op.kind) },
  { name: 'Signed by', cell: (op) => account(op.signer, ctx) },
  { name: 'Paid by', cell: (op) => (op.sponsor ? account(op.sponsor, ctx) : '') },
  { name: 'Task', cell: (op) => (op.task ? task(op) : '') },
  { name: 'Id', cell: (op) => id(op.op, 'op id') },
  { name: 'Size', align: 'number', cell: (op) => bytes(op.bytes) },
];

export const one = {
  title: ({ params }) => `Block ${params[0]}`,
  every: 5000,

  load({ params: [height], query }) {
    const path = `/blocks/${encodeURIComponent(height)}`;
    return get(query.cursor ? `${path}?cursor=${encodeURIComponent(query.cursor)}` : path);
  },

  // A decided block never changes.
  notice() {
    return undefined;
  },

  render(block, ctx) {
    const next = block.height < ctx.status.height;
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, `Block ${count(block.height)}`)),
      panel(
        'Header',
        { wide: true },
        facts([
          ['Hash', id(block.hash, 'block hash')],
          ['Parent', block.height > 1 && id(block.parent, 'block hash', { to: place('blocks', block.height - 1) })],
          ['Time', when(block.time_at)],
          ['Proposer', account(block.proposer, ctx)],
          ['Epoch', count(block.epoch)],
          ['Round', count(block.round)],
          ['Votes in its certificate', count(block.votes)],
          ['Ops', count(block.ops)],
          ['Size', bytes(block.bytes)],
        ]),
      ),
      panel(
        'Ops',
        { wide: true, note: block.items.length ? undefined : 'This block has none: it only moves the time on.' },
        block.items.length > 0 && table('Ops, in the order in which they were applied', OPS(ctx), block.items, (op) => op.op),
        pager(['blocks', block.height], ctx.query, block.next_cursor, ['First', 'More']),
      ),
      h(
        'nav',
        { class: 'pager', 'aria-label': 'Neighbours' },
        block.height > 1 && h('a', { class: 'button', href: place('blocks', block.height - 1) }, 'Before'),
        next && h('a', { class: 'button', href: place('blocks', block.height + 1) }, 'After'),
      ),
    );
  },
};
