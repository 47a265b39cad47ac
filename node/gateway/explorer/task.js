// A task: where it is, who has it and why, what blocks decided about it, and what can be done with it from here.

import { Problem, download, get, post } from './api.js';
import { h } from './dom.js';
import { bytes, count, share, rows, short } from './format.js';
import { account, amount, facts, id, isOwn, panel, place, problem, say, status, when } from './parts.js';
import { answers, award } from './score.js';
import { patch } from './tasks.js';
import { STAGES, STAGE_MEANS, ended, fault, happened, spaced, stands } from './words.js';

const OPEN = ['pending', 'assigned', 'in_progress'];

export default {
  title: ({ params }) => `Task ${short(params[0])}`,
  every: 700,

  async load({ params: [name] }) {
    const path = `/tasks/${encodeURIComponent(name)}`;
    const [task, explained] = await Promise.all([get(path), optional(`${path}/explain`)]);
    return { task, explained };
  },

  notice(notice, { task }) {
    if (notice.task !== task.task) return undefined;
    if (notice.event !== 'progress') return 'reload';
    return patch([task], notice) ? 'redraw' : undefined;
  },

  render({ task, explained }, ctx) {
    // The node applies old blocks again for a history: only what has ended is worth that.
    const isOver = !OPEN.includes(task.status);
    const history = isOver
      ? ctx.later('history', (signal) => get(`/tasks/${task.task}/history`, signal)).value
      : undefined;
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, 'Task ', id(task.task, 'task id')), status(task.status)),
      saying(task, explained),
      stages(task),
      actions(task, ctx),
      h('div', { class: 'columns' }, about(task, explained, ctx), timeline(task, history, ctx)),
      award(explained?.award ?? lastAward(history), explained, ctx),
      answers(explained, ctx),
      attempts(explained, ctx),
    );
  },
};

/** The award that came last, of a task that has ended. */
function lastAward(history) {
  return history?.lines?.findLast((line) => line.event === 'awarded')?.award;
}

/** What the ledger may have forgotten, or never knew. */
function optional(path) {
  return get(path).catch((error) => {
    if (error instanceof Problem) return undefined;
    throw error;
  });
}

/** In one sentence: what it waits for, or how it ended. */
function saying(task, explained) {
  const standing = explained?.standing.state;
  const why = task.why && h('p', {}, 'Why: ', task.why);
  const blame = task.status === 'failed' && task.fault;
  const here = task.status === 'completed' ? 'This node has proved it itself' : 'This node proves it itself';
  return h(
    'div',
    { class: 'saying' },
    standing && h('p', {}, stands(standing)),
    task.is_local && h('p', {}, `${here}: nobody is paid for it, and there is no receipt.`),
    task.status === 'pending' &&
      task.prove_here_at &&
      h('p', {}, 'Unless it is awarded, this node takes it back and proves it itself ', when(task.prove_here_at), '.'),
    why,
    blame && h('p', {}, `It is ${fault(blame)}.`),
    task.stalled && standing !== 'no_asks' && h('p', {}, 'No ask can take it: ', task.stalled),
    // The hint for a task that waits names the explanation, which this page shows.
    task.status === 'failed' && task.hint && h('p', { class: 'note' }, `To do: ${task.hint}.`),
  );
}

/** The eight stages of a proof as a track. */
function stages(task) {
  if (task.status !== 'in_progress' || !task.stage) return undefined;
  const names = Object.keys(STAGES);
  const at = names.indexOf(task.stage);
  const state = (n) => (n < at ? 'is-done' : n === at ? 'is-now' : undefined);
  const words = `${((task.permille ?? 0) / 10).toFixed(1)} %, ${STAGE_MEANS[task.stage] ?? spaced(task.stage)}`;
  return h(
    'div',
    { class: 'track', 'data-key': 'track' },
    h(
      'ol',
      {},
      names.map((name, n) => h('li', { class: state(n), 'aria-current': n === at && 'step' }, STAGES[name])),
    ),
    h(
      'p',
      { class: 'working' },
      h('progress', { max: 1000, value: task.permille ?? 0, 'aria-label': 'The whole proof' }),
      words,
    ),
  );
}

/** Proof, receipt and the right to cancel are its requester's. */
function actions(task, ctx) {
  if (!isOwn(task.requester, ctx)) return undefined;
  const path = `/tasks/${encodeURIComponent(task.task)}`;
  const name = short(task.alias ?? task.task).replace('…', '-');
  const act = (words, what, key) =>
    h(
      'button',
      { type: 'button', 'data-key': key ?? words, disabled: Boolean(ctx.local.busy), onclick: () => busy(ctx, what) },
      words,
    );
  const isPaid = task.status === 'completed';
  const { told } = ctx.local;
  return h(
    'div',
    { class: 'actions', 'data-key': 'actions' },
    isPaid && act('Verify in place', async () => verified(await post(`${path}/verify`))),
    isPaid && !task.is_local && act('Receipt', () => download(`${path}/receipt`, `${name}.receipt`)),
    isPaid && act('Proof', () => download(`${path}/proof`, `${name}.proof`)),
    isPaid && act('Verifier data', () => download(`${path}/verifier-data`, `${name}.verifier`)),
    OPEN.includes(task.status) && cancel(path, ctx, act),
    told && h('div', { class: 'told', role: 'status' }, told.error ? problem(told.error) : told),
  );
}

/** Cancelling costs what the prover has done: it is asked twice. */
function cancel(path, ctx, act) {
  const ask = (sure) => () => {
    ctx.local.sure = sure;
    ctx.redraw();
  };
  if (!ctx.local.sure) return h('button', { type: 'button', 'data-key': 'cancel', onclick: ask(true) }, 'Cancel task…');
  return h(
    'span',
    { class: 'sure', 'data-key': 'sure' },
    h('span', {}, 'Take it back? A prover that has begun is paid for its time.'),
    act('Cancel it', async () => {
      ctx.local.sure = false;
      await post(`${path}/cancel`);
      ctx.reload();
      return 'The node has asked for it to be cancelled.';
    }),
    h('button', { type: 'button', class: 'quiet', onclick: ask(false) }, 'Keep it'),
  );
}

async function busy(ctx, what) {
  ctx.local.busy = true;
  ctx.redraw();
  try {
    ctx.local.told = (await what()) ?? ctx.local.told;
  } catch (error) {
    ctx.local.told = { error };
  }
  ctx.local.busy = false;
  ctx.redraw();
}

function verified({ valid, reason }) {
  const words = valid
    ? 'Valid: this node has verified the proof again, just now.'
    : `Not valid: ${reason ?? 'the proof does not hold'}`;
  say(words);
  return words;
}

function about(task, explained, ctx) {
  const proof = task.proof;
  return panel(
    'The order',
    {},
    facts([
      ['Own name', task.alias && id(task.alias, 'alias')],
      ['Requester', account(task.requester, ctx)],
      ['Prover', account(task.prover, ctx)],
      ['Circuit', id(task.circuit, 'circuit id')],
      ['Privacy level', task.level],
      ['Rows', rows(task.degree)],
      ['Reward', amount(task.reward, true)],
      [
        'Reward may rise to',
        explained && explained.reward_max > explained.reward && amount(explained.reward_max, true),
      ],
      ['Price', task.price !== null && task.price !== undefined && amount(task.price, true)],
      ['Priority', task.priority],
      ['Awards so far', count(task.attempts)],
      ['Opened', when(task.created_at)],
      ['Deadline', when(task.deadline_at)],
      ['Proof hash', proof && id(proof.hash, 'proof hash')],
      ['Proof size', proof?.len && bytes(proof.len)],
      [
        'Paid in block',
        task.settled_height && h('a', { href: place('blocks', task.settled_height) }, count(task.settled_height)),
      ],
    ]),
  );
}

function timeline(task, history, ctx) {
  const lines = history?.lines ?? task.timeline;
  const line = (item, at) =>
    h(
      'li',
      { 'data-key': at },
      h('span', { class: 'what' }, happened(item.event ?? item.what)),
      h('span', { class: 'detail' }, detail(item, ctx)),
      h(
        'span',
        { class: 'at' },
        when(item.at),
        item.height && [' · ', h('a', { href: place('blocks', item.height) }, `block ${count(item.height)}`)],
      ),
    );
  return panel(
    'Timeline',
    {},
    lines.length
      ? h('ol', { class: 'timeline' }, lines.map(line))
      : h('p', { class: 'note' }, 'Nothing has been decided yet.'),
  );
}

function detail(item, ctx) {
  const prover = item.prover ?? item.award?.prover ?? item.settlement?.prover;
  const price = item.price ?? item.award?.price ?? item.settlement?.price ?? item.reward;
  const isPriced = price !== undefined && price !== null;
  const deal = [prover && account(prover, ctx), prover && isPriced && ' at ', isPriced && amount(price)];
  const why = item.end ? ended(item.end) : item.fault ? fault(item.fault) : undefined;
  return [deal, (prover || isPriced) && why && ', ', why];
}

function attempts(explained, ctx) {
  if (!explained?.attempts?.length) return undefined;
  return panel(
    'Awards that came to nothing',
    { wide: true },
    h(
      'ul',
      { class: 'plain' },
      explained.attempts.map((attempt) =>
        h(
          'li',
          { 'data-key': attempt.number },
          `#${attempt.number} `,
          account(attempt.prover, ctx),
          ' ',
          ended(attempt.end),
          ' ',
          when(attempt.at),
          attempt.slashed > 0 && [', burned ', amount(attempt.slashed)],
          attempt.blame && `, counts ${share(attempt.blame)} of a failure`,
        ),
      ),
    ),
  );
}
