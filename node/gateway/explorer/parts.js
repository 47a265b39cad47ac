// Parts that many views share: ids, amounts, times, statuses, tables, panels, and what an empty place says.

import { h, s } from './dom.js';
import { ago, credits, date, exact, rows, short } from './format.js';
import { STAGES, STAGE_MEANS, STATUSES, spaced } from './words.js';

const ICONS = {
  copy: 'M6 6V3.5A1.5 1.5 0 0 1 7.5 2h5A1.5 1.5 0 0 1 14 3.5v5a1.5 1.5 0 0 1-1.5 1.5H10M3.5 6h5A1.5 1.5 0 0 1 10 7.5v5A1.5 1.5 0 0 1 8.5 14h-5A1.5 1.5 0 0 1 2 12.5v-5A1.5 1.5 0 0 1 3.5 6z',
  done: 'M3 8.5l3.2 3.2L13 4.8',
};

/** A small picture for the eye alone. */
export function icon(name) {
  return s('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, s('path', { d: ICONS[name] }));
}

/** A place of this page, safe whatever the parts hold. */
export function place(...parts) {
  return `#/${parts.map((part) => encodeURIComponent(String(part))).join('/')}`;
}

/** A place with a query; absent values are left out. */
export function placeWith(path, query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const to = place(...[path].flat());
  return given.length ? `${to}?${new URLSearchParams(given)}` : to;
}

/** An id: short, the whole in its title, a link if it leads somewhere, and a button that copies it. */
export function id(value, what, { to, shown } = {}) {
  if (value === undefined || value === null) return h('span', { class: 'faint' }, '–');
  const text = shown ?? short(value);
  const label = to ? h('a', { href: to, title: value }, text) : h('span', { title: value }, text);
  return h('span', { class: 'id' }, label, copy(value, what));
}

/** A button that copies. */
export function copy(text, what) {
  return h(
    'button',
    { type: 'button', class: 'copy', 'aria-label': `Copy ${what}`, title: `Copy ${what}`, onclick: copied(text) },
    icon('copy'),
  );
}

function copied(text) {
  return async ({ currentTarget: button }) => {
    await navigator.clipboard?.writeText(String(text)).catch(() => undefined);
    button.replaceChildren(icon('done'));
    say('Copied');
    setTimeout(() => button.replaceChildren(icon('copy')), 1500);
  };
}

/** Says something to whoever listens rather than looks. */
export function say(text) {
  const region = document.getElementById('said');
  region.textContent = '';
  setTimeout(() => (region.textContent = text), 50);
}

/** An account as a link; this node's own is called so. */
export function account(value, ctx) {
  if (!value) return h('span', { class: 'faint' }, '–');
  return [
    id(value, 'account', { to: place('accounts', value) }),
    isOwn(value, ctx) && h('span', { class: 'tag' }, 'this node'),
  ];
}

/** Whether an account is the node's own. */
export function isOwn(value, ctx) {
  return Boolean(value) && value === ctx.status?.account;
}

/** A task as a link, by its own name if it has one here. */
export function task(row) {
  return id(row.task, 'task id', { to: place('tasks', row.task) });
}

/** An amount in credits. */
export function amount(micro, unit = false) {
  const title = micro === undefined || micro === null ? undefined : `${micro} micro-credits`;
  return h('span', { class: 'amount', title }, credits(micro), unit && h('small', {}, ' credits'));
}

/** A time, relative, with the exact one in its title. */
export function when(value) {
  const at = date(value);
  if (!at) return h('span', { class: 'faint' }, '–');
  return h('time', { datetime: at.toISOString(), title: exact(at), 'data-ago': '' }, ago(at));
}

/** Lets every relative time on the page move on. */
export function tick(root) {
  for (const node of root.querySelectorAll('time[data-ago]')) {
    const told = ago(new Date(node.dateTime));
    if (node.firstChild.data !== told) node.firstChild.data = told;
  }
}

/** The status of a task in a word, with a mark that needs no colour. */
export function status(value) {
  const known = value in STATUSES ? value : 'unknown';
  return h('span', { class: `status is-${known}` }, STATUSES[value] ?? spaced(value));
}

/** How far a proof is: a bar with the stage in words. */
export function progress(row) {
  if (!row.stage) return undefined;
  const permille = row.permille ?? 0;
  const words = `${STAGE_MEANS[row.stage] ?? spaced(row.stage)}, ${Math.floor(permille / 10)} %`;
  return h(
    'span',
    { class: 'working', title: words },
    h('progress', { max: 1000, value: permille, 'aria-label': words }),
    h('small', {}, STAGES[row.stage] ?? spaced(row.stage)),
  );
}

/** A share of one as a bar and a number. */
export function meter(value, words) {
  if (value === undefined || value === null) return h('span', { class: 'faint' }, '–');
  return h(
    'span',
    { class: 'meter' },
    h('progress', { max: 1, value: Math.max(0, Math.min(1, value)), 'aria-hidden': 'true' }),
    h('span', {}, words ?? Number(value).toFixed(3)),
  );
}

/** Level and size in a few characters. */
export function size(row) {
  // The ledger forgets the size of a task that ended long ago.
  if (row.degree === null || row.degree === undefined) return h('span', {}, `L${row.level}`);
  return h(
    'span',
    { title: `privacy level ${row.level}, 2^${row.degree} rows` },
    `L${row.level} · ${rows(row.degree)}`,
  );
}

/** A part of the page with a heading. */
export function panel(title, { more, note, wide, key } = {}, ...children) {
  return h(
    'section',
    { class: wide ? 'panel is-wide' : 'panel', 'data-key': key ?? title },
    h('header', {}, h('h2', {}, title), more),
    note && h('p', { class: 'note' }, note),
    children,
  );
}

/** Facts as a list of names and values; absent values are left out. */
export function facts(pairs, name) {
  const given = pairs.filter(([, value]) => value !== undefined && value !== null && value !== false);
  return h(
    'dl',
    { class: 'facts', 'aria-label': name },
    given.map(([label, value]) => h('div', {}, h('dt', {}, label), h('dd', {}, value))),
  );
}

/**
 * A table. On a phone each row becomes a block, with the columns' names beside the values; a plain one, whose values
 * say what they are, does without the names there.
 */
export function table(caption, columns, items, keyOf, { plain } = {}) {
  const head = h(
    'tr',
    { role: 'row' },
    columns.map((c) => h('th', { scope: 'col', role: 'columnheader', class: c.align }, c.name)),
  );
  const row = (item, at) =>
    h(
      'tr',
      { role: 'row', 'data-key': keyOf?.(item) ?? at },
      columns.map((c) =>
        h(
          'td',
          {
            role: 'cell',
            class: [c.align, c.lead && 'lead'].filter(Boolean).join(' ') || undefined,
            'data-label': c.name,
          },
          h('span', {}, c.cell(item, at)),
        ),
      ),
    );
  return h(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': caption },
    h(
      'table',
      { role: 'table', class: plain && 'is-plain' },
      h('caption', { class: 'unseen' }, caption),
      h('thead', { role: 'rowgroup' }, head),
      h('tbody', { role: 'rowgroup' }, items.map(row)),
    ),
  );
}

/** What an empty place says: why it is empty, and what to run next. */
export function empty(text, ...commands) {
  return h(
    'div',
    { class: 'empty' },
    h('p', {}, text),
    commands.map((command) => h('p', { class: 'command' }, h('code', {}, command), copy(command, 'command'))),
  );
}

/** What went wrong, and what to do. */
export function problem(error, again) {
  const lost = error.status === undefined;
  return h(
    'div',
    { class: 'problem', role: 'alert' },
    h('p', {}, lost ? 'The node cannot be reached.' : error.message),
    h(
      'p',
      { class: 'note' },
      lost ? ['The page tries again by itself. Does ', h('code', {}, 'dpgn node run'), ' still run?'] : error.hint,
    ),
    error.traceId && h('p', { class: 'note' }, 'Trace ', id(error.traceId, 'trace id')),
    again && h('button', { type: 'button', onclick: again }, 'Try again'),
  );
}

/** The way to older and back to the newest items of a list. */
export function pager(path, query, next, [first, more] = ['Newest', 'Older']) {
  if (!next && !query.cursor) return undefined;
  return h(
    'nav',
    { class: 'pager', 'aria-label': 'Pages' },
    query.cursor && h('a', { class: 'button', href: placeWith(path, { ...query, cursor: undefined }) }, first),
    next && h('a', { class: 'button', href: placeWith(path, { ...query, cursor: next }) }, more),
  );
}
