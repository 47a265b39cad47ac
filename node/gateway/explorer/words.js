// The network's words in plain English: statuses, stages, how awards end, what keeps an ask from a bid.
//
// A word that this page does not know is shown as it came: a newer node may have more of them.

/** The five statuses of a task. */
export const STATUSES = {
  pending: 'Pending',
  assigned: 'Assigned',
  in_progress: 'In progress',
  completed: 'Completed',
  failed: 'Failed',
};

/** The stages of a proof, in their order. */
export const STAGES = {
  fetch: 'Fetch',
  build: 'Build',
  witness: 'Witness',
  wires: 'Wires',
  permutation: 'Permutation',
  quotient: 'Quotient',
  openings: 'Openings',
  deliver: 'Deliver',
};

/** What the provers do at a stage. */
export const STAGE_MEANS = {
  fetch: 'fetching the circuit',
  build: 'building the circuit',
  witness: 'filling in the witness',
  wires: 'committing to the wires',
  permutation: 'permutation argument',
  quotient: 'quotient polynomial',
  openings: 'FRI openings',
  deliver: 'handing the proof over',
};

const HAPPENED = {
  opened: 'Bid taken up',
  raised: 'Reward raised',
  round: 'Sealed round',
  awarded: 'Awarded',
  started: 'Prover started',
  progress: 'Progress',
  delivered: 'Proof delivered',
  kept_late: 'Late proof kept',
  award_ended: 'Award ended',
  reopened: 'Waits for the next award',
  paid: 'Verified and paid',
  settled: 'Verified and paid',
  completed: 'Proof fetched and checked by this node',
  failed: 'Failed',
  cancelled: 'Taken back',
};

const STANDS = {
  no_asks: 'No ask stands. It waits for a prover to sell this level.',
  none_can: 'No standing ask can ever take it as bid and asks are.',
  rises: 'Nobody asks this little; the reward will rise.',
  none_can_now: 'An ask can take it once a prover is free again.',
  next_auction: 'It waits for the next auction, in which an ask can take it.',
  sealed_round: 'A sealed round decides who gets it.',
  start: 'Awarded; the prover owes its start.',
  proof: 'The prover works; it owes the proof.',
  findings: 'Delivered; the committee owes its findings.',
  paid: 'The proof was found valid and is paid.',
  failed: 'Over without a proof.',
  cancelled: 'Its requester took it back.',
};

const MISSED = {
  start: 'did not start in time',
  alive: 'fell silent',
  due: 'brought no proof in time',
  verdict: 'the committee did not agree',
};
const DECLINED = {
  unable: 'gave it back: stopping or without room',
  no_recipe: 'gave it back: the requester did not serve the circuit',
  wrong_recipe: 'gave it back: the circuit served is another',
  no_inputs: 'gave it back: the requester did not serve the inputs',
  wrong_inputs: 'gave it back: the inputs served are others',
  unsatisfied: 'gave it back: the inputs do not satisfy the circuit',
};
const BAD = {
  malformed: 'the bytes were no proof of that circuit',
  wrong_tag: "the proof carried another task's tag",
  wrong_statement: 'the proof was of another statement',
  false: 'the proof was false',
  absent: 'the proof bytes never came',
};

const OBSTACLES = {
  level: 'another level',
  degree: 'the circuit is too large',
  builder: 'cannot build this kind of circuit',
  price: 'asks more than the bid pays',
  rising: 'asks more than the bid pays yet',
  excluded: 'not allowed by the bid',
  failed: 'has failed this task before',
  reputation: 'too little reputation',
  too_slow: 'too slow for the deadline',
  capacity: 'no room now',
  share: 'holds its share of this requester',
  new: 'too new',
  collateral_max: 'puts up less collateral',
  collateral: 'lacks the collateral now',
};

const FAULTS = {
  requester: "the requester's fault",
  prover: "the provers' fault",
  network: "nobody's fault: no prover was there in time",
  unclear: 'nobody is shown to be at fault',
  displaced: 'displaced by a bid that pays more for its time',
};

/** What happened, of a timeline or a notice. */
export function happened(what) {
  return HAPPENED[what] ?? spaced(what);
}

/** What a task waits for, or how it ended. */
export function stands(where) {
  return STANDS[where] ?? spaced(where);
}

/** How an award ended. */
export function ended(end) {
  if (end === null || typeof end !== 'object') return spaced(end ?? '');
  const { kind, what } = end;
  const words = { missed: MISSED, declined: DECLINED, bad_proof: BAD }[kind];
  return words?.[what] ?? `${spaced(kind ?? '')} ${spaced(what ?? '')}`.trim();
}

/** What keeps asks from a bid. */
export function obstacle(name) {
  return OBSTACLES[name] ?? spaced(name);
}

/** Whose fault a failure is. */
export function fault(name) {
  return FAULTS[name] ?? spaced(name);
}

/** A word of the interface as people write it: `award_ended` is "award ended". */
export function spaced(word) {
  return String(word).replaceAll('_', ' ').toLowerCase();
}
