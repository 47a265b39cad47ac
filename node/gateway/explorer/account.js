// An account: what it has, every term of its reputation, and its statement block by block.

import { Problem, get } from './api.js';
import { h } from './dom.js';
import { count, millionths, share, short } from './format.js';
import {
  account,
  amount,
  empty,
  facts,
  id,
  isOwn,
  meter,
  panel,
  place,
  placeWith,
  table,
  task,
  when,
} from './parts.js';
import { spaced } from './words.js';

const LINES = 30;

export default {
  title: ({ params }) => `Account ${short(params[0])}`,
  every: 3000,

  async load({ params: [name], query }) {
    const path = `/accounts/${encodeURIComponent(name)}`;
    const from = query.from ? `&from=${encodeURIComponent(query.from)}` : '';
    const optional = (part) =>
      get(path + part).catch((error) => {
        if (error instanceof Problem) return undefined;
        throw error;
      });
    const [told, reputation, statement] = await Promise.all([
      get(path),
      optional('/reputation'),
      optional(`/statement?limit=${LINES}${from}`),
    ]);
    return { told, reputation, statement };
  },

  notice(notice, data, { params: [name] }) {
    return ['awarded', 'settled', 'award_ended', 'failed'].includes(notice.event) &&
      [notice.prover, notice.requester].includes(name)
      ? 'reload'
      : undefined;
  },

  render({ told, reputation, statement }, ctx) {
    const name = ctx.params[0];
    return h(
      'div',
      { class: 'view' },
      h(
        'header',
        { class: 'head' },
        h('h1', { tabindex: -1 }, 'Account ', id(name, 'account')),
        isOwn(name, ctx) && h('span', { class: 'tag' }, 'this node'),
      ),
      h('div', { class: 'columns' }, holdings(told, name), terms(reputation)),
      counterparties(reputation, ctx),
      movements(statement, ctx),
    );
  },
};

function holdings(told, name) {
  const { balance } = told;
  const payee = told.payout?.payee;
  return panel(
    'What it has',
    {},
    facts([
      ['Free', amount(balance.available, true)],
      ['Locked for its bids', amount(balance.escrow)],
      ['Locked for its awards', amount(balance.collateral)],
      ['Bond', told.candidate && amount(told.candidate.bond)],
      ['Stake of others on it', told.candidate && amount(told.candidate.stake)],
      ['Its stakes on others', told.stakes?.votes?.length > 0 && told.stakes.votes.map((vote) => stake(vote))],
      ['Unlocking', told.stakes?.unlocking > 0 && amount(told.stakes.unlocking)],
      ['Payout address', payee && h('span', { class: 'long' }, payee)],
      ['Earned for payout', told.payout?.earned && amount(told.payout.earned.amount)],
      ['Its tasks', h('a', { href: placeWith('tasks', { requester: name }) }, 'as requester')],
      ['Its awards', h('a', { href: placeWith('tasks', { prover: name }) }, 'as prover')],
    ]),
  );
}

function stake(vote) {
  const [of, micro] = Array.isArray(vote) ? vote : [vote.account, vote.stake ?? vote.amount];
  return h('div', {}, amount(micro), ' on ', id(of, 'account', { to: place('accounts', of) }));
}

function terms(told) {
  if (!told) return undefined;
  const r = told.reputation;
  const part = (name, c) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', { class: 'number' }, ppm(c.mean)),
      h('td', { class: 'number' }, ppm(c.weight)),
      h('td', { class: 'number' }, ppm(c.points)),
    );
  return panel(
    'Reputation',
    {
      note:
        told.is_known === false
          ? 'The ledger does not know this account as a prover: it has a newcomer’s reputation.'
          : undefined,
    },
    h('p', { class: 'large' }, meter(part1(r.value))),
    h(
      'p',
      { class: 'note' },
      `= (${ppm(r.own)} × ${count(r.weight)} + ${ppm(r.prior)} × ${count(r.prior_weight)}) ÷ their weights: what its own outcomes make, and the prior.`,
    ),
    h(
      'table',
      { class: 'sum' },
      h('caption', { class: 'unseen' }, 'What its own outcomes make'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          ['Part', 'Mean', 'Weight', 'Points'].map((name, at) =>
            h('th', { scope: 'col', class: at > 0 && 'number' }, name),
          ),
        ),
      ),
      h('tbody', {}, part('Success', told.success), part('Quality', told.quality), part('Time', told.time)),
      h(
        'tfoot',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, 'Its own outcomes'),
          h('td', {}),
          h('td', {}),
          h('td', { class: 'number' }, ppm(r.own)),
        ),
      ),
    ),
    facts([
      ['Earned, without the prior', ppm(r.earned)],
      ['Punctuality', ppm(r.punctuality)],
      ['Has a name', told.has_a_name ? 'yes: its word counts' : 'not yet'],
      ['Collateral per credit', amount(told.collateral_per_credit)],
      ['Left of a weight after an epoch', ppm(told.epoch_keep)],
    ]),
  );
}

function part1(value) {
  return Number(value) > 1 ? Number(value) / 1e6 : Number(value);
}

function ppm(value) {
  return Number.isInteger(value) && value > 1 ? millionths(value) : share(value);
}

function counterparties(told, ctx) {
  if (!told?.counterparties?.length) return undefined;
  return panel(
    'Who gave it weight',
    {
      wide: true,
      note: `By successes one requester gives at most ${count(told.counterparty_weight_max)} micro-credits of burned fees.`,
    },
    table(
      'Counterparties',
      [
        {
          name: 'Account',
          lead: true,
          cell: (c) => (c.is_network ? 'the network, by challenges' : account(c.account, ctx)),
        },
        { name: 'Good', align: 'number', cell: (c) => count(c.good) },
        { name: 'Bad', align: 'number', cell: (c) => count(c.bad) },
      ],
      told.counterparties,
      (c) => c.account,
    ),
  );
}

function movements(statement, ctx) {
  if (!statement) return undefined;
  const lines = [...statement.lines].reverse();
  const flow = (line) => [
    line.came > 0 && h('span', { class: 'came' }, '+', amount(line.came)),
    line.went > 0 && h('span', { class: 'went' }, '−', amount(line.went)),
  ];
  const moved = (line) =>
    line.locked > 0 ? amount(line.locked) : line.unlocked > 0 ? ['−', amount(line.unlocked)] : '';
  const list = lines.length
    ? table(
        'Movements, the newest first',
        [
          { name: 'What', lead: true, cell: (line) => [spaced(line.cause), line.op && ` (${spaced(line.op)})`] },
          { name: 'Task', cell: (line) => (line.task ? task(line) : '') },
          { name: 'With', cell: (line) => (line.with ? account(line.with, ctx) : '') },
          { name: 'Came, went', align: 'number', cell: flow },
          { name: 'Locked', align: 'number', cell: moved },
          { name: 'Free after', align: 'number', cell: (line) => amount(line.free) },
          {
            name: 'Block',
            align: 'number',
            cell: (line) => h('a', { href: place('blocks', line.height) }, count(line.height)),
          },
          { name: 'When', align: 'number', cell: (line) => when(line.time_at ?? line.time) },
        ],
        lines,
      )
    : empty('Nothing moved here in the blocks that this node keeps.');
  return panel(
    'Statement',
    { wide: true, note: `Blocks ${count(statement.from)} to ${count(statement.to)}.` },
    list,
    statement.left_out > 0 &&
      h('p', { class: 'note' }, `${count(statement.left_out)} more lines: dpgn account statement shows all.`),
  );
}
