// The score: why this prover has the task. Every term of the award, beside the runner-up, and what each ask answers.

import { h, s } from './dom.js';
import { count, duration, share } from './format.js';
import { account, amount, facts, panel, table, when } from './parts.js';
import { obstacle } from './words.js';

/** An award with every term of its score. */
export function award(told, explained, ctx) {
  if (!told) return undefined;
  const { terms } = told;
  const runner = told.runner_up;
  return panel(
    `Award ${count(told.number)}`,
    {
      wide: true,
      key: 'award',
      note: 'Score = weight of price × what the price leaves of the effective reward + weight of reputation × reputation. Everybody can recompute it from the blocks.',
    },
    terms && scores([{ ...terms, name: 'Winner' }, runner && { ...runner, name: 'Runner-up' }].filter(Boolean), ctx),
    terms && weights(explained?.answers),
    facts(
      [
        ['Price', amount(told.price, true)],
        ['Asked in the sealed round', told.asked !== null && told.asked !== undefined && amount(told.asked, true)],
        ['Effective reward', terms && amount(terms.effective, true)],
        ['Reputation', terms && share(terms.reputation)],
        ['Declared time', terms && duration(terms.declared_ms)],
        ['With the queue', terms && duration(terms.queued_ms)],
        ['Expected, by punctuality', terms && duration(terms.expected_ms)],
        ['Lanes', terms?.lanes],
        ['Circuit at hand', terms && (terms.warm ? 'yes' : 'no')],
        ['Asks this since', terms && when(terms.since_at)],
        ['Collateral', amount(told.collateral, true)],
        ['Put up by', told.guarantor && account(told.guarantor, ctx)],
        ['Awarded', when(told.at)],
        ['Start owed', when(told.start_by_at)],
        ['Started', told.started_at && when(told.started_at)],
        ['Proof owed', when(told.due_at)],
      ],
      'Terms of the award',
    ),
  );
}

function weights(answers) {
  if (!answers?.price_weight) return undefined;
  return h(
    'p',
    { class: 'note' },
    `Weights: price ${share(answers.price_weight)}, reputation ${share(answers.reputation_weight)}.`,
  );
}

/** A bar for each score: the part for the price, then the part for the reputation. */
function scores(all, ctx) {
  return h(
    'div',
    { class: 'scores' },
    all.map((terms) =>
      h(
        'div',
        { class: 'score', 'data-key': terms.name },
        h('span', { class: 'who' }, terms.name, ' ', account(terms.prover, ctx)),
        stacked(terms),
        h(
          'span',
          { class: 'sum' },
          h('strong', {}, share(terms.score)),
          ' = ',
          h('span', {}, share(terms.for_price), h('small', {}, ' price')),
          ' + ',
          h('span', {}, share(terms.for_reputation), h('small', {}, ' reputation')),
        ),
      ),
    ),
  );
}

function stacked(terms) {
  const [price, reputation] = [terms.for_price, terms.for_reputation].map((part) => Math.max(0, Number(part)) * 1000);
  return s(
    'svg',
    { class: 'stacked', viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('rect', { class: 'rest', width: 1000, height: 10 }),
    s('rect', { class: 'first', width: price, height: 10 }),
    s('rect', { class: 'second', x: price, width: reputation, height: 10 }),
  );
}

/** What each standing ask answers to a task that waits. */
export function answers(explained, ctx) {
  const told = explained?.answers;
  if (!told || (told.asks.length === 0 && told.refused.length === 0)) return undefined;
  const refused =
    told.refused?.length > 0 &&
    h(
      'ul',
      { class: 'plain' },
      told.refused.map((r) =>
        h(
          'li',
          { 'data-key': r.obstacle },
          `${count(r.asks)} refused: ${obstacle(r.obstacle)}`,
          !r.is_lasting && h('small', {}, ' (may pass)'),
        ),
      ),
    );
  const columns = [
    { name: 'Prover', lead: true, cell: (a) => account(a.prover, ctx) },
    { name: 'Price', align: 'number', cell: (a) => (a.terms ? amount(a.terms.price) : '') },
    { name: 'For price', align: 'number', cell: (a) => (a.terms ? share(a.terms.for_price) : '') },
    { name: 'For reputation', align: 'number', cell: (a) => (a.terms ? share(a.terms.for_reputation) : '') },
    { name: 'Score', align: 'number', cell: (a) => (a.terms ? h('strong', {}, share(a.terms.score)) : '') },
    { name: 'Takes', align: 'number', cell: (a) => (a.terms ? duration(a.terms.expected_ms) : '') },
    { name: 'Why not', cell: (a) => a.why ?? '' },
  ];
  return panel(
    'What asks answer',
    { wide: true, key: 'answers', note: `${count(told.eligible)} can take it in the next block.` },
    refused,
    told.asks?.length > 0 && table('Answers of the standing asks', columns, told.asks, (a) => a.prover),
  );
}
