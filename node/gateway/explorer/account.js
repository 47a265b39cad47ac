// An account: what it has, every term of its reputation, and its statement block by block.

import { get } from './api.js';
import { h } from './dom.js';
import { count, share, short } from './format.js';
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
  problem,
  table,
  task,
  when,
} from './parts.js';
import { spaced } from './words.js';

const LINES = 50;
// A statement is made by applying its blocks again: it begins so many below the last one, unless more is asked for.
const BLOCKS = 2000;
const SLOW_MS = 120_000;

export default {
  title: ({ params }) => `Account ${short(params[0])}`,
  every: 3000,

  async load({ params: [name] }) {
    const path = `/accounts/${encodeURIComponent(name)}`;
    const [told, reputation] = await Promise.all([get(path), get(`${path}/reputation`)]);
    return { told, reputation };
  },

  notice(notice, data, { params: [name] }) {
    return ['awarded', 'settled', 'award_ended', 'failed'].includes(notice.event) &&
      [notice.prover, notice.requester].includes(name)
      ? 'reload'
      : undefined;
  },

  render({ told, reputation }, ctx) {
    const name = told.account;
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
      statement(name, ctx),
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

function stake({ candidate: of, stake: micro }) {
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
      h('td', { class: 'number' }, share(c.mean)),
      h('td', { class: 'number' }, share(c.weight)),
      h('td', { class: 'number' }, share(c.points)),
    );
  return panel(
    'Reputation',
    {
      note:
        told.is_known === false
          ? 'The ledger does not know this account as a prover: it has a newcomer’s reputation.'
          : undefined,
    },
    h('p', { class: 'large' }, meter(r.value)),
    h(
      'p',
      { class: 'note' },
      `= (${share(r.own)} × ${count(r.weight)} + ${share(r.prior)} × ${count(r.prior_weight)}) ÷ their weights: what its own outcomes make, and the prior.`,
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
          h('td', { class: 'number' }, share(r.own)),
        ),
      ),
    ),
    facts([
      ['Earned, without the prior', share(r.earned)],
      ['Punctuality', share(r.punctuality)],
      ['Has a name', told.has_a_name ? 'yes: its word counts' : 'not yet'],
      ['Collateral per credit', amount(told.collateral_per_credit)],
      ['Left of a weight after an epoch', share(told.epoch_keep)],
    ]),
  );
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

function statement(name, ctx) {
  const { first_block: oldest, height } = ctx.status;
  const from = ctx.query.from ?? Math.max(oldest, height - BLOCKS);
  const path = `/accounts/${encodeURIComponent(name)}/statement?limit=${LINES}&from=${encodeURIComponent(from)}`;
  const { value: told, error } = ctx.later('statement', (signal) => get(path, signal, SLOW_MS));
  if (error)
    return panel(
      'Statement',
      { wide: true },
      problem(error, () => ctx.again('statement')),
    );
  if (!told) return panel('Statement', { wide: true, note: 'The node reads its blocks again…' });
  const tools = h(
    'span',
    { class: 'more' },
    told.from > oldest &&
      h('a', { href: `${place('accounts', name)}?from=${oldest}` }, `From block ${count(oldest)} on`),
    h('button', { type: 'button', class: 'quiet', onclick: () => ctx.again('statement') }, 'Read again'),
  );
  return panel(
    'Statement',
    { more: tools, wide: true, note: `Blocks ${count(told.from)} to ${count(told.to)}, the newest first.` },
    told.lines.length
      ? movements([...told.lines].reverse(), ctx)
      : empty('Nothing moved here in these blocks.', `dpgn account statement ${name}`),
    told.left_out > 0 && h('p', { class: 'note' }, `${count(told.left_out)} older lines are left out.`),
  );
}

function movements(lines, ctx) {
  const flow = (line) => [
    line.came > 0 && h('span', { class: 'came' }, '+', amount(line.came)),
    line.went > 0 && h('span', { class: 'went' }, '−', amount(line.went)),
  ];
  const moved = (line) =>
    line.locked > 0 ? amount(line.locked) : line.unlocked > 0 ? ['−', amount(line.unlocked)] : '';
  const block = (line) => h('a', { href: place('blocks', line.height) }, count(line.height));
  return table(
    'Movements, the newest first',
    [
      { name: 'What', lead: true, cell: (line) => [spaced(line.cause), line.op && ` (${spaced(line.op)})`] },
      { name: 'Task', cell: (line) => (line.task ? task(line) : '') },
      { name: 'With', cell: (line) => (line.with ? account(line.with, ctx) : '') },
      { name: 'Came, went', align: 'number', cell: flow },
      { name: 'Locked', align: 'number', cell: moved },
      { name: 'Free after', align: 'number', cell: (line) => amount(line.free) },
      { name: 'Block', align: 'number', cell: block },
      { name: 'When', align: 'number', cell: (line) => when(line.at) },
    ],
    lines,
  );
}
