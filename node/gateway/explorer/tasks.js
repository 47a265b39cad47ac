// Tasks: all that the ledger knows, or one's own, with stage and progress live; filters are part of the address.

import { get } from './api.js';
import { h } from './dom.js';
import { account, amount, empty, pager, placeWith, progress, size, status, table, task, when } from './parts.js';
import { STATUSES } from './words.js';

const FILTERS = ['scope', 'status', 'level', 'prover', 'requester'];

export default {
  title: 'Tasks',
  every: 1000,

  async load({ query }) {
    const asked = new URLSearchParams({ scope: query.scope ?? 'network' });
    for (const name of [...FILTERS.slice(1), 'cursor']) if (query[name]) asked.set(name, query[name]);
    return get(`/tasks?${asked}`);
  },

  notice(notice, data) {
    if (notice.event === 'block') return undefined;
    if (notice.event === 'progress') return patch(data.items, notice) ? 'redraw' : undefined;
    return 'reload';
  },

  render(data, ctx) {
    const { items, fresh } = ctx.held('tasks', data.items, (row) => row.task);
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, 'Tasks'), ctx.fresh('tasks', fresh)),
      filters(ctx),
      h('div', { class: 'panel is-wide', 'data-reading': 'tasks' }, items.length ? list(items, ctx) : present(ctx)),
      pager('tasks', ctx.query, data.next_cursor),
    );
  },
};

/** Takes the progress of a notice into the rows that are shown; says whether one was. */
export function patch(items, notice) {
  const row = items.find((item) => item.task === notice.task);
  if (!row) return false;
  Object.assign(row, { status: 'in_progress', stage: notice.stage ?? notice.step, permille: notice.permille });
  return true;
}

/** What an empty list of tasks says. */
export function present({ query }) {
  if (FILTERS.some((name) => query[name]) || query.cursor) return empty('No task is like that. Loosen the filters.');
  return empty(
    'No task is known here yet. Buy a proof of a circom circuit, or see the whole road in one command:',
    'dpgn task submit node/prover/samples/range.r1cs node/prover/samples/range.wtns --level 3',
    'dpgn demo',
  );
}

function list(items, ctx) {
  return table(
    'Tasks, the newest first',
    [
      { name: 'Task', lead: true, cell: (row) => task(row) },
      { name: 'Status', cell: (row) => status(row.status) },
      { name: 'Proof', cell: (row) => progress(row) ?? size(row) },
      { name: 'Prover', cell: (row) => account(row.prover, ctx) },
      {
        name: 'Price',
        align: 'number',
        cell: (row) =>
          row.price === null || row.price === undefined
            ? [h('small', {}, 'up to '), amount(row.reward)]
            : amount(row.price),
      },
      { name: 'Updated', align: 'number', cell: (row) => when(row.updated_at) },
    ],
    items,
    (row) => row.task,
    { plain: true },
  );
}

function filters({ query, go }) {
  const change =
    (name) =>
    ({ currentTarget }) =>
      go(placeWith('tasks', { ...query, cursor: undefined, [name]: currentTarget.value }));
  const select = (name, label, options) =>
    h(
      'label',
      {},
      h('span', {}, label),
      h(
        'select',
        { name, onchange: change(name) },
        options.map(([value, words]) => h('option', { value, selected: (query[name] ?? '') === value }, words)),
      ),
    );
  const entry = (name, label) =>
    h(
      'label',
      {},
      h('span', {}, label),
      h('input', {
        name,
        value: query[name] ?? '',
        placeholder: 'account',
        spellcheck: 'false',
        autocomplete: 'off',
        size: 12,
        onchange: change(name),
      }),
    );
  return h(
    'form',
    { class: 'filters', role: 'search', 'aria-label': 'Filter tasks', onsubmit: (event) => event.preventDefault() },
    select('scope', 'Whose', [
      ['', 'Everybody’s'],
      ['own', 'This node’s'],
    ]),
    select('status', 'Status', [['', 'Any'], ...Object.entries(STATUSES)]),
    select('level', 'Level', [['', 'Any'], ...[1, 2, 3, 4, 5].map((level) => [String(level), String(level)])]),
    entry('prover', 'Prover'),
    entry('requester', 'Requester'),
  );
}
