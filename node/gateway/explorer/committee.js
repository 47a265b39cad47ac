// The committee that decides, and the election that is under way: who stands, with which bond, for which power.

import { get } from './api.js';
import { h, s } from './dom.js';
import { count, short } from './format.js';
import { account, amount, empty, facts, panel, table } from './parts.js';
import { spaced } from './words.js';

export default {
  title: 'Committee',
  every: 3000,

  async load() {
    const [committee, election] = await Promise.all([get('/committee'), get('/candidates')]);
    return { committee, election };
  },

  notice(notice) {
    return notice.event === 'block' || notice.event === 'jumped' ? 'reload' : undefined;
  },

  render({ committee, election }, ctx) {
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, 'Committee')),
      panel(
        'In office',
        {
          wide: true,
          note: 'More than two thirds of the power decide a block; more than a third can halt the network.',
        },
        powers(committee.members),
        members(committee.members, ctx),
      ),
      panel('The next election', { wide: true }, rules(committee, election, ctx), candidates(election.candidates, ctx)),
    );
  },
};

/** The members' shares of the power side by side, with the two borders that matter. */
function powers(members) {
  const total = totalOf(members);
  if (!total) return undefined;
  let from = 0;
  const parts = members.map((m, at) => {
    const width = (Number(m.power) / total) * 1000;
    const part = s(
      'rect',
      { class: at % 2 ? 'second' : 'first', x: from, width: Math.max(width - 3, 1), height: 24, 'data-key': m.account },
      s('title', {}, `${m.account}: power ${m.power}`),
    );
    from += width;
    return part;
  });
  const border = (x) => s('path', { class: 'mark', d: `M${x} -4V28` });
  return h(
    'div',
    { class: 'powers' },
    s(
      'svg',
      {
        viewBox: '0 -4 1000 32',
        preserveAspectRatio: 'none',
        role: 'img',
        'aria-label': `${members.length} members share the power`,
      },
      parts,
      border(1000 / 3),
      border(2000 / 3),
    ),
    h('div', { class: 'thirds', 'aria-hidden': 'true' }, h('span', {}, '⅓ halts'), h('span', {}, '⅔ decides')),
  );
}

function totalOf(members) {
  return members.reduce((sum, m) => sum + Number(m.power), 0);
}

function members(list, ctx) {
  const total = totalOf(list);
  // Only a member knows with whom it is in touch.
  const isKnown = list.some((m) => m.in_touch !== null);
  const touch = (m) => (m.is_self ? 'this node' : m.in_touch ? 'in touch' : 'not in touch');
  return table(
    'Members in office',
    [
      { name: 'Member', lead: true, cell: (m) => account(m.account, ctx) },
      { name: 'Power', align: 'number', cell: (m) => count(m.power) },
      { name: 'Share', align: 'number', cell: (m) => `${((Number(m.power) / total) * 100).toFixed(1)} %` },
      isKnown && { name: 'Seen from here', cell: touch },
    ].filter(Boolean),
    list,
    (m) => m.account,
  );
}

function rules(committee, election, { status }) {
  const left = election.border - status.height;
  return [
    facts([
      ['Epoch', count(election.epoch)],
      ['Decided after block', count(election.border)],
      ['Blocks until then', left >= 0 && count(left)],
      ['Seats', count(election.seats)],
      ['Eligible', count(election.eligible)],
      ['Needed', count(election.committee_min)],
    ]),
    election.incumbents_stay &&
      h('p', { class: 'note' }, 'Too few stand for election: the committee would stay as it is.'),
    election.halts?.length > 0 &&
      h('p', { class: 'note' }, `Each of these can halt the network alone: ${election.halts.map(short).join(', ')}.`),
    election.rules?.length > 0 && h('p', { class: 'note' }, `Decides alone: ${election.rules.map(short).join(', ')}.`),
  ];
}

function candidates(list, ctx) {
  if (!list.length) return empty('Nobody stands for election. Lock a bond to stand:', 'dpgn coordinator bond --help');
  return table(
    'Candidates, those for whom most counts first',
    [
      { name: 'Candidate', lead: true, cell: (c) => account(c.account, ctx) },
      { name: 'Bond', align: 'number', cell: (c) => amount(c.bond) },
      { name: 'Stake', align: 'number', cell: (c) => amount(c.stake) },
      { name: 'Counts', align: 'number', cell: (c) => amount(c.counted) },
      { name: 'Standing', cell: (c) => spaced(c.candidacy) },
      { name: 'Power now', align: 'number', cell: (c) => count(c.power) },
      { name: 'Expected', align: 'number', cell: (c) => count(c.expected) },
    ],
    list,
    (c) => c.account,
  );
}
