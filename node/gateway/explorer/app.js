// The page: which view an address shows, when it is read anew, and how it changes while somebody reads.
//
// A view is { title, every, load(ctx), notice(notice, data, ctx), render(data, ctx) }. `load` asks the node, `notice`
// says what an event means for what is shown ('reload', 'redraw' or nothing), `render` makes a picture of the data; the
// picture is carried over into the page, so nothing that is still there is made anew.

import { get } from './api.js';
import account from './account.js';
import { list as blocks, one as block } from './blocks.js';
import book from './book.js';
import committee from './committee.js';
import { h, morph } from './dom.js';
import { count } from './format.js';
import { Live } from './live.js';
import mesh from './mesh.js';
import overview from './overview.js';
import { place, problem, say, tick } from './parts.js';
import provers from './provers.js';
import task from './task.js';
import tasks from './tasks.js';

const VIEWS = {
  '': [overview],
  tasks: [tasks, task],
  book: [book],
  provers: [provers],
  accounts: [undefined, account],
  mesh: [mesh],
  committee: [committee],
  blocks: [blocks, block],
};
const TICK_MS = 5000;
const RETRY_MS = 5000;
const SAY_MS = 60_000;

const main = document.getElementById('main');
const live = new Live();
let current;
let node = { height: 0 };

/** What one address shows, from its first load until the reader goes elsewhere. */
class Visit {
  local = {};
  #leave = new AbortController();
  #timer;
  #loading = false;
  #again = false;
  #frame;
  #last = 0;
  #slow = {};

  constructor(view, params, query) {
    Object.assign(this, { view, params, query });
  }

  get status() {
    return node;
  }

  /** Reads anew: at most once at a time, and not more often than the view wants. */
  async reload() {
    if (this.#loading || document.hidden) {
      this.#again = true;
      return;
    }
    const wait = this.#last + this.view.every - Date.now();
    clearTimeout(this.#timer);
    if (wait > 0) {
      this.#timer = setTimeout(() => this.reload(), wait);
      return;
    }
    this.#loading = true;
    this.#again = false;
    await this.#load();
    this.#loading = false;
    this.#last = Date.now();
    if (this.#again) this.reload();
  }

  async #load() {
    try {
      const [status, data] = await Promise.all([get('/status', this.#leave.signal), this.view.load(this)]);
      if (this.isLeft) return;
      Object.assign(this, { data, error: undefined });
      know(status);
    } catch (error) {
      if (this.isLeft) return;
      this.error = error;
      // What is gone stays gone; what is merely out of reach is asked for again.
      if (isPassing(error)) this.#timer = setTimeout(() => this.reload(), RETRY_MS);
      if (error.status === undefined && this.data) return;
    }
    this.draw();
  }

  get isLeft() {
    return this.#leave.signal.aborted;
  }

  notice(notice) {
    if (this.data === undefined) return;
    const answer = this.view.notice(notice, this.data, this);
    if (answer === 'reload') this.reload();
    if (answer === 'redraw') this.redraw();
  }

  /** Draws with the next frame, however often it is asked for. */
  redraw() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if (!this.isLeft) this.draw();
    });
  }

  draw() {
    const isFirst = !this.node;
    if (this.data === undefined && !this.error) return;
    const picture = this.data === undefined ? lost(this) : this.view.render(this.data, this);
    if (this.node) {
      this.node = morph(this.node, picture);
    } else {
      this.node = picture;
      main.replaceChildren(picture);
    }
    main.removeAttribute('aria-busy');
    if (isFirst) this.onFirst?.();
  }

  /** A list that is being read keeps its rows: they change in place, and new ones wait until they are asked for. */
  held(name, items, keyOf) {
    const shown = this.local[name];
    if (!shown || !this.#isRead(name)) {
      this.local[name] = items;
      return { items, fresh: 0 };
    }
    const now = new Map(items.map((item) => [keyOf(item), item]));
    const known = new Set(shown.map(keyOf));
    this.local[name] = shown.map((item) => now.get(keyOf(item)) ?? item);
    return { items: this.local[name], fresh: items.filter((item) => !known.has(keyOf(item))).length };
  }

  #isRead(name) {
    const list = this.node?.querySelector(`[data-reading="${name}"]`);
    if (!list) return false;
    const isPointed = matchMedia('(hover: hover)').matches && list.matches(':hover');
    return isPointed || list.contains(document.activeElement) || list.getBoundingClientRect().top < 0;
  }

  /** The button that lets new rows in. */
  fresh(name, number) {
    const show = () => {
      this.local[name] = undefined;
      this.draw();
    };
    const button = number > 0 && h('button', { type: 'button', class: 'fresh', onclick: show }, `${count(number)} new`);
    return h('span', { class: 'waits', 'aria-live': 'polite' }, button);
  }

  /**
   * What the node takes long to answer: it is asked once, and drawn when it is there. Of a node that is busy it is asked
   * again, since it answers one such question at a time.
   */
  later(name, ask) {
    const slot = (this.#slow[name] ??= {});
    slot.asked ??= ask(this.#leave.signal)
      .then(
        (value) => Object.assign(slot, { value, error: undefined }),
        (error) => {
          slot.error = error;
          if (isPassing(error)) setTimeout(() => this.again(name), (error.retryAfter ?? RETRY_MS / 1000) * 1000);
        },
      )
      .then(() => this.redraw());
    return slot;
  }

  /** Asks anew for what takes long; what is there stays until the answer has come. */
  again(name) {
    if (this.#slow[name]) this.#slow[name].asked = undefined;
    this.redraw();
  }

  go(to) {
    location.hash = to;
  }

  leave() {
    clearTimeout(this.#timer);
    this.#leave.abort();
  }
}

/** Whether the same question may be answered later: nobody was there, or too busy. */
function isPassing(error) {
  return error.status === undefined || error.status >= 429;
}

function lost(visit) {
  const heading = visit.error.status === 404 ? 'Not found' : 'Nothing to show';
  return h(
    'div',
    { class: 'view' },
    h('header', { class: 'head' }, h('h1', { tabindex: -1 }, heading)),
    problem(visit.error, isPassing(visit.error) && (() => visit.reload())),
    h('p', {}, h('a', { href: place('') }, 'To the overview')),
  );
}

/** Takes the node's own state in: the header shows it in every view. */
function know(status) {
  node = status;
  document.getElementById('network').textContent = status.network_name || 'DPGN';
  document.getElementById('height').textContent = count(status.height);
}

/** Reads the address: `#/tasks/ID?status=pending`. */
function address() {
  const [path, search = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [name, ...params] = path.split('/').map(decoded);
  return { name, params, query: Object.fromEntries(new URLSearchParams(search)) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const scrolls = new Map();
let position = 0;

function show({ isBack = false } = {}) {
  const { name, params, query } = address();
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name][params.length] : undefined;
  current?.leave();
  const isSame = current?.view === view && current?.params.join() === params.join();
  const before = current;
  current = new Visit(view ?? overview, view ? params : [], view ? query : {});
  // Another filter of the same list: the page stays where it is, and with it the focus.
  if (isSame) current.node = before.node;
  else main.setAttribute('aria-busy', 'true');
  const { title } = current.view;
  document.title = `${typeof title === 'function' ? title(current) : title} · DPGN`;
  for (const link of document.querySelectorAll('#views a')) {
    const isHere = link.getAttribute('href') === place(view ? name : '');
    if (isHere) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    if (isHere) link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
  current.onFirst = () => {
    if (before) main.querySelector('h1')?.focus({ preventScroll: true });
    scrollTo(0, isBack ? (scrolls.get(position) ?? 0) : 0);
  };
  current.reload();
}

/** Every entry of the history has a number, by which its scroll position is found again. */
function onMove() {
  const known = history.state?.position;
  position = known ?? Math.max(position, ...scrolls.keys(), 0) + 1;
  if (known === undefined) history.replaceState({ position }, '');
  show({ isBack: known !== undefined });
}

function onNotice(notice) {
  if (notice.event === 'block' && notice.height > node.height) {
    node = { ...node, height: notice.height };
    document.getElementById('height').textContent = count(notice.height);
  }
  current?.notice(notice);
}

function onState(state) {
  const words = { connecting: 'connecting', live: 'live', reconnecting: 'reconnecting' }[state];
  const sign = document.getElementById('live');
  sign.dataset.state = state;
  sign.textContent = words;
  sign.title =
    state === 'reconnecting'
      ? 'The event stream broke: it is tried again, and the page asks every few seconds meanwhile.'
      : '';
}

/** Finds a height, a task or an account by what was typed. */
async function find(text) {
  const wanted = text.trim();
  if (!wanted) return;
  if (/^\d{1,20}$/.test(wanted)) return current.go(place('blocks', wanted));
  const known = (kind) => get(`/${kind}/${encodeURIComponent(wanted)}`).then(() => current.go(place(kind, wanted)));
  await known('tasks')
    .catch(() => known('accounts'))
    .catch(() => say('Nothing here has that name.') ?? current.go(place('tasks', wanted)));
}

function wire() {
  document.getElementById('find').addEventListener('submit', (event) => {
    event.preventDefault();
    find(event.target.elements.wanted.value);
    event.target.reset();
  });
  document.getElementById('skip').addEventListener('click', () => (main.querySelector('h1') ?? main).focus());
  document.getElementById('theme').addEventListener('click', () => {
    const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    const now = document.documentElement.dataset.theme ?? system;
    const next = now === 'dark' ? 'light' : 'dark';
    if (next === system) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    if (next === system) localStorage.removeItem('dpgn-theme');
    else localStorage.setItem('dpgn-theme', next);
  });
  addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input, select, textarea, dialog');
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    document.querySelector('#find input').focus();
  });
  addEventListener('scroll', () => scrolls.set(position, scrollY), { passive: true });
  addEventListener('hashchange', onMove);
  document.addEventListener('visibilitychange', () => document.hidden || current?.reload());
}

wire();
history.scrollRestoration = 'manual';
onMove();
live.addEventListener('notice', ({ detail }) => onNotice(detail));
live.addEventListener('stale', () => current?.reload());
live.addEventListener('state', ({ detail }) => onState(detail));
live.start();
setInterval(() => tick(document), TICK_MS);
// Who listens hears how it is once in a while, not with every block.
setInterval(() => document.hidden || say(`Height ${count(node.height)}, ${count(node.open_bids)} bids wait`), SAY_MS);
