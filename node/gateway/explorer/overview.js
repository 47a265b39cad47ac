// Overview: how the network is, at a glance, with what happens now.

import { get } from './api.js';
import { h } from './dom.js';
import { ago, clock, count, credits, many, rows } from './format.js';
import { account, amount, empty, panel, place, progress, size, status, task, when } from './parts.js';
import { bars, dots } from './plots.js';
import { patch, present } from './tasks.js';

const LATEST = 8;
const PRICES_MS = 15_000;
// Bars of the throughput plot, and the lengths of time that one may stand for.
const BARS = 30;
const BAR_SECONDS = [10, 20, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400];

export default {
  title: 'Overview',
  every: 2000,

  async load({ local }) {
    const [tasks, prices, committee] = await Promise.all([
      get(`/tasks?scope=network&limit=${LATEST}`),
      clearingPrices(local),
      get('/committee'),
    ]);
    return { tasks, prices, committee };
  },

  notice(notice, data, { local }) {
    if (notice.event === 'settled') local.pricesAt = 0;
    if (notice.event === 'progress') return patch(data.tasks.items, notice) ? 'redraw' : undefined;
    return 'reload';
  },

  render(data, ctx) {
    return h(
      'div',
      { class: 'view' },
      h('h1', { class: 'unseen', tabindex: -1 }, 'Overview'),
      figures(data, ctx),
      h('div', { class: 'columns' }, throughput(data.prices), prices(data.prices, ctx)),
      latest(data, ctx),
      office(data.committee, ctx),
    );
  },
};

/** The prices are the largest answer: they are read anew once a proof is paid, and else seldom. */
async function clearingPrices(local) {
  if (!local.prices || Date.now() - local.pricesAt > PRICES_MS) {
    local.pricesAt = Date.now();
    local.prices = (await get('/prices')).items;
  }
  return local.prices;
}

function figures({ committee }, { status: node }) {
  const figure = (label, value, detail, to) =>
    h(
      to ? 'a' : 'div',
      { class: 'figure', href: to },
      h('span', { class: 'label' }, label),
      h('span', { class: 'value' }, value),
      h('span', { class: 'detail' }, detail),
    );
  return h(
    'div',
    { class: 'figures' },
    figure(
      'Height',
      count(node.height),
      node.height > 0 ? ['block ', when(node.time_at)] : 'no block yet',
      place('blocks'),
    ),
    figure('Waiting bids', count(node.open_bids), 'for an award', place('tasks')),
    figure('Standing asks', count(node.standing_asks), 'provers that sell', place('book')),
    figure('Committee', count(committee.members.length), `epoch ${count(node.epoch)}`, place('committee')),
    figure('Peers', count(node.peers), 'of this node', place('mesh')),
  );
}

/** Settled proofs over time. */
function throughput(items) {
  const times = items
    .flatMap((item) => item.points.map((p) => Date.parse(p.at)))
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  if (!times.length) {
    return panel('Throughput', {}, empty('No proof has been settled yet. Bars show here once one is.'));
  }
  const now = Date.now();
  const seconds = BAR_SECONDS.find((s) => s * BARS * 1000 >= now - times[0]) ?? BAR_SECONDS.at(-1);
  const end = Math.ceil(now / (seconds * 1000)) * seconds * 1000;
  const begin = end - seconds * BARS * 1000;
  const counts = new Array(BARS).fill(0);
  for (const time of times) {
    const at = Math.floor((time - begin) / (seconds * 1000));
    if (at >= 0 && at < BARS) counts[at] += 1;
  }
  const each = seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${seconds / 60} min` : `${seconds / 3600} h`;
  const values = counts.map((value, at) => ({
    value,
    words: `${count(value)} settled, ${clock(new Date(begin + at * seconds * 1000))}`,
  }));
  const sum = counts.reduce((a, b) => a + b, 0);
  return panel(
    'Throughput',
    {},
    bars({
      summary: `${many(sum, 'proof')} settled, each bar ${each}`,
      values,
      from: ago(new Date(begin), now),
      to: 'now',
      unit: (v) => count(Math.round(v * 10) / 10),
    }),
  );
}

/** What proofs of one level and size were paid. */
function prices(items, ctx) {
  const paid = items.filter((item) => item.points.length);
  if (!paid.length)
    return panel(
      'Clearing price',
      {},
      empty('A price shows here once a proof is paid. What one would cost now:', 'dpgn task quote --level 3 --rows 14'),
    );
  const name = (item) => `${item.level}/${item.degree}`;
  const most = paid.reduce((a, b) => (b.count > a.count ? b : a));
  const chosen = paid.find((item) => name(item) === ctx.local.price) ?? most;
  const choose = ({ currentTarget }) => {
    ctx.local.price = currentTarget.value;
    ctx.redraw();
  };
  const sorted = [...paid].sort((a, b) => a.level - b.level || a.degree - b.degree);
  const choice = h(
    'select',
    { 'aria-label': 'Level and size', onchange: choose },
    sorted.map((item) =>
      h('option', { value: name(item), selected: item === chosen }, `Level ${item.level} · ${rows(item.degree)} rows`),
    ),
  );
  const points = chosen.points
    .map((p) => ({ at: Date.parse(p.at), price: Number(p.price) }))
    .sort((a, b) => a.at - b.at);
  const [begin, end] = [points[0].at, Math.max(points.at(-1).at, points[0].at + 1000)];
  const dotsOf = points.map((p) => ({
    x: 0.01 + (0.98 * (p.at - begin)) / (end - begin),
    y: p.price,
    words: `${credits(p.price)} credits, ${clock(new Date(p.at))}`,
  }));
  return panel(
    'Clearing price',
    { more: choice },
    dots({
      summary: `median ${credits(chosen.median)} credits of ${count(chosen.count)} paid, ${credits(chosen.min)} to ${credits(chosen.max)}`,
      points: dotsOf,
      median: Number(chosen.median),
      from: ago(new Date(begin)),
      to: ago(new Date(end)),
      unit: (v) => credits(Math.round(v)),
    }),
  );
}

function latest({ tasks }, ctx) {
  const { items, fresh } = ctx.held('latest', tasks.items, (row) => row.task);
  const rowsOf = items.map((row) =>
    h(
      'li',
      { 'data-key': row.task },
      h('span', { class: 'who' }, task(row)),
      status(row.status),
      h('span', { class: 'how' }, progress(row) ?? size(row)),
      h('span', { class: 'by' }, row.prover && account(row.prover, ctx)),
      h('span', { class: 'price' }, amount(row.price ?? row.reward)),
      when(row.updated_at),
    ),
  );
  const more = h('span', { class: 'more' }, ctx.fresh('latest', fresh), h('a', { href: place('tasks') }, 'All tasks'));
  return panel(
    'Latest tasks',
    { more, wide: true },
    items.length ? h('ol', { class: 'feed', 'data-reading': 'latest' }, rowsOf) : present(ctx),
  );
}

function office({ members }, ctx) {
  const total = members.reduce((sum, m) => sum + Number(m.power), 0);
  const touch = { true: 'in touch', false: 'not in touch' };
  return panel(
    'Committee',
    { more: h('a', { href: place('committee') }, 'Elections'), wide: true },
    h(
      'ul',
      { class: 'members' },
      members.map((m) =>
        h(
          'li',
          { 'data-key': m.account },
          h('span', {}, account(m.account, ctx)),
          h(
            'span',
            { class: 'detail' },
            `${Math.round((Number(m.power) / total) * 100)} % of the power`,
            m.in_touch !== null && m.in_touch !== undefined && `, ${touch[m.in_touch]}`,
          ),
        ),
      ),
    ),
  );
}
