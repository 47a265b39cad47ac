// Samples in the shapes of the REST interface, for what a real gateway cannot be made to say: hostile strings, a list
// that grows at the wrong moment, a task in every stage.

/** What a hostile peer may put wherever it may put a string. */
export const HOSTILE = '<img src=x onerror="window.hostile=1"><script>window.hostile=2</script>';

export const ID = (digit) => String(digit).repeat(64);
const AT = '2026-01-02T03:04:05.678Z';

export function row(digit, more = {}) {
  return {
    task: ID(digit),
    alias: null,
    status: 'pending',
    circuit: ID('c'),
    level: 3,
    degree: 14,
    reward: 1_500_000,
    price: null,
    requester: ID('a'),
    prover: null,
    attempts: 0,
    priority: 10,
    created_at: AT,
    updated_at: AT,
    deadline_at: AT,
    stage: null,
    permille: null,
    why: null,
    ...more,
  };
}

export function list(items, next_cursor = null) {
  return { items, next_cursor };
}

/** A prover whose name, and whatever else it says of itself, is hostile. */
export function prover() {
  return {
    account: ID('b'),
    name: HOSTILE,
    reputation: 0.5,
    capacity: 4,
    held: 1,
    lanes: 1,
    paid: 3,
    failed: 0,
    ask: {
      prover: ID('b'),
      guarantor: ID('b'),
      offers: [{ level: 3, per_kilorow: 30_500, rows_per_second: 90_000 }],
      flat: 1000,
      degree_max: 18,
      capacity: 4,
      held: 1,
      lanes: 1,
      since_at: AT,
    },
  };
}

/** A task with its page's parts; `more` makes it completed, failed, another's. */
export function task(digit, more = {}) {
  return {
    ...row(digit),
    timeline: [{ at: AT, what: 'opened' }],
    award: null,
    proof: null,
    settled_height: null,
    stalled: null,
    hint: null,
    fault: null,
    ...more,
  };
}
