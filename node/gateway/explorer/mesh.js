// The mesh: this node, the peers it speaks with and how far they are, and who else is known by the ledger.

import { get } from './api.js';
import { h, s } from './dom.js';
import { short } from './format.js';
import { account, empty, panel, place, table } from './parts.js';

const HALF = 180;
// Where peers stand, from the centre: the nearest and the farthest by latency, and those only known by the ledger.
const [NEAREST, FARTHEST, BEYOND] = [62, 128, 158];
const RTT_NEAR_MS = 1;
const RTT_FAR_MS = 300;

export default {
  title: 'Mesh',
  every: 3000,

  async load() {
    const [peers, committee, provers] = await Promise.all([
      get('/peers?limit=50'),
      get('/committee'),
      get('/provers?limit=50'),
    ]);
    return { peers: peers.items, committee, provers: provers.items };
  },

  notice(notice) {
    return notice.event === 'block' ? 'reload' : undefined;
  },

  render(data, ctx) {
    const nodes = nodesOf(data, ctx.status);
    return h(
      'div',
      { class: 'view' },
      h('header', { class: 'head' }, h('h1', { tabindex: -1 }, 'Mesh')),
      panel('As this node sees it', { wide: true }, graph(nodes), legend()),
      panel(
        'Nodes',
        { wide: true },
        nodes.length > 1
          ? list(nodes, ctx)
          : empty(
              'This node has no peers: it is a network of its own. Start a mesh on this machine, or name somebody to join:',
              'scripts/testnet.sh up --coordinators 4 --provers 3',
              'DPGN_NETWORK_BOOTSTRAP=/ip4/HOST/tcp/9700/p2p/PEER dpgn node run',
            ),
      ),
    );
  },
};

/** Everybody who is known, this node first; the rest in the order of their accounts, so that nobody moves. */
function nodesOf({ peers, committee, provers }, status) {
  const known = new Map();
  const at = (name) => known.get(name) ?? known.set(name, { account: name, roles: new Set() }).get(name);
  for (const member of committee.members) at(member.account).roles.add('coordinator');
  for (const prover of provers) at(prover.account).roles.add('prover');
  for (const peer of peers) {
    const node = Object.assign(at(peer.account), {
      isPeer: true,
      rtt: peer.rtt_ms,
      address: peer.address,
      agent: peer.agent,
    });
    for (const role of peer.roles ?? []) node.roles.add(role);
  }
  if (!status?.account) return [...known.values()];
  const self = Object.assign(at(status.account), { isSelf: true });
  for (const role of status.roles ?? []) self.roles.add(role);
  const others = [...known.values()].filter((node) => !node.isSelf);
  return [self, ...others.sort((a, b) => (a.account < b.account ? -1 : 1))];
}

function graph(nodes) {
  const [self, ...others] = nodes;
  const step = (2 * Math.PI) / Math.max(others.length, 1);
  const placed = others.map((node, at) => {
    const away = radius(node);
    const angle = at * step - Math.PI / 2;
    return { ...node, x: HALF + Math.cos(angle) * away, y: HALF + Math.sin(angle) * away };
  });
  const peers = others.filter((node) => node.isPeer).length;
  const words = `A graph: this node in the middle, ${peers} peers around it, the slower the farther; ${others.length - peers} more are known by the ledger. The table below says the same.`;
  return s(
    'svg',
    { class: 'mesh', viewBox: `0 0 ${2 * HALF} ${2 * HALF}`, role: 'group', 'aria-label': words },
    [NEAREST, FARTHEST].map((r) => s('circle', { class: 'ring', cx: HALF, cy: HALF, r })),
    placed
      .filter((node) => node.isPeer)
      .map((node) =>
        s('path', { class: 'edge', 'data-key': `e${node.account}`, d: `M${HALF} ${HALF}L${node.x} ${node.y}` }),
      ),
    placed.map((node) => mark(node)),
    self && mark({ ...self, x: HALF, y: HALF }),
  );
}

/** Distance by the logarithm of the latency: 1 ms is near, 300 ms far. */
function radius({ isPeer, rtt }) {
  if (!isPeer) return BEYOND;
  if (rtt === undefined || rtt === null) return (NEAREST + FARTHEST) / 2;
  const part = Math.log(Math.max(rtt, RTT_NEAR_MS) / RTT_NEAR_MS) / Math.log(RTT_FAR_MS / RTT_NEAR_MS);
  return NEAREST + (FARTHEST - NEAREST) * Math.min(1, part);
}

/** Coordinators are squares, provers discs, others small rings. */
function mark(node) {
  const { x, y, roles, isSelf, isPeer } = node;
  const kind = roles.has('coordinator') ? 'coordinator' : roles.has('prover') ? 'prover' : 'other';
  const shape =
    kind === 'coordinator'
      ? s('rect', { x: x - 8, y: y - 8, width: 16, height: 16, rx: 3 })
      : s('circle', { cx: x, cy: y, r: kind === 'prover' ? 8 : 6 });
  const both = roles.has('coordinator') && roles.has('prover') && s('circle', { class: 'inner', cx: x, cy: y, r: 3 });
  const classes = ['node', `is-${kind}`, isSelf && 'is-self', !isSelf && !isPeer && 'is-far'].filter(Boolean).join(' ');
  return s(
    'a',
    {
      class: classes,
      'data-key': node.account,
      href: place('accounts', node.account),
      'aria-label': `${short(node.account)}, ${said(node)}`,
    },
    s('title', {}, `${node.account}\n${said(node)}`),
    shape,
    both,
    s('text', { x, y: y + 21, 'text-anchor': 'middle' }, isSelf ? 'this node' : node.account.slice(0, 6)),
  );
}

function said({ roles, rtt, isSelf, isPeer }) {
  const what = roles.size ? [...roles].join(', ') : 'no role known';
  return isSelf ? `this node, ${what}` : isPeer ? `${what}, ${latency(rtt)}` : `${what}, known by the ledger`;
}

function latency(rtt) {
  return rtt === undefined || rtt === null
    ? 'latency not measured'
    : rtt < 10
      ? `${Number(rtt).toFixed(1)} ms`
      : `${Math.round(rtt)} ms`;
}

function legend() {
  const sign = (kind, words) =>
    h(
      'li',
      {},
      s(
        'svg',
        { class: 'mesh-sign', viewBox: '0 0 20 20', 'aria-hidden': 'true' },
        s(
          'g',
          { class: `node is-${kind}` },
          kind === 'coordinator'
            ? s('rect', { x: 3, y: 3, width: 14, height: 14, rx: 3 })
            : s('circle', { cx: 10, cy: 10, r: kind === 'prover' ? 7 : 5 }),
        ),
      ),
      words,
    );
  return h(
    'ul',
    { class: 'legend' },
    sign('coordinator', 'coordinator in office'),
    sign('prover', 'prover'),
    sign('other', 'other'),
    h('li', {}, 'the farther, the slower; outside the rings: known by the ledger alone'),
  );
}

function list(nodes, ctx) {
  return table(
    'Nodes',
    [
      { name: 'Account', lead: true, cell: (node) => account(node.account, ctx) },
      { name: 'Roles', cell: (node) => [...node.roles].map((role) => [h('span', { class: 'tag' }, role), ' ']) },
      {
        name: 'Latency',
        cell: (node) => (node.isSelf ? '–' : node.isPeer ? latency(node.rtt) : 'no peer of this node'),
      },
      { name: 'Program', cell: (node) => (node.agent ? h('span', { class: 'long' }, node.agent) : '') },
      { name: 'Address', cell: (node) => (node.address ? h('span', { class: 'long' }, node.address) : '') },
    ],
    nodes,
    (node) => node.account,
  );
}
