"""What goes over the wire, as the OpenAPI document has it. ``tools/schema.py`` writes it: change nothing."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class AccountTold(TypedDict):
    """An account, as this node's replica of the ledger has it."""

    account: str
    """The account that is asked about."""
    balance: BalanceRow
    """What it has."""
    candidate: CandidateRow | None
    is_known: bool
    """Whether the ledger knows it."""
    is_prover: bool
    """Whether it sells now, or has outcomes as a prover."""
    payout: PayoutRow
    """The address that its payouts are for, and what it can show a contract."""
    reputation: float
    """The reputation as a prover, 0 to 1; that of a newcomer if it has no outcomes."""
    stakes: StakesRow | None


class AgentsTold(TypedDict):
    """The provers that prove for this node over HTTP, all together."""

    asking: int
    """Those of them that ask for work."""
    barred: int
    """Those that get none for a while, since their proofs were false."""
    held: int
    """Proofs that they are at work on."""
    lanes: int
    """The proofs that they make at once, which this node sells if its owner allows as many."""
    live: int
    """Those that have said something in the last two minutes."""
    own: int
    """Proofs that they were offered and that a worker of the node makes."""
    waiting: int
    """Proofs that wait for one of them."""


class AnswerRow(TypedDict):
    """What one ask answers to a bid."""

    prover: str
    """The prover whose ask this is."""
    terms: TermsRow | None
    why: str | None
    """Why it cannot; null if it can."""


class AnswersRow(TypedDict):
    """What the standing asks answer to a bid."""

    asks: list[AnswerRow]
    """The best asks and the one that was asked about, the best first."""
    effective: int | None
    """The reward that asks are scored against, in micro-credits; null if none is eligible."""
    eligible: int
    """The number of asks that can be awarded the bid."""
    price_weight: float
    """The weight of the price in a score, 0 to 1."""
    refused: list[RefusalRow]
    """Why the others cannot, and how many of them."""
    reputation_weight: float
    """The weight of the reputation in a score, 0 to 1."""


class AskRow(TypedDict):
    """A standing ask: what a prover sells."""

    builders: list[str]
    """The builders that the prover has: the kinds of circuits it can build."""
    capacity: int
    """The most awards that are held at once."""
    collateral_max: int
    """The most collateral for one award, in micro-credits."""
    degree_max: int
    """The largest circuit that is taken, as the base-2 logarithm of its padded rows."""
    expires_at: str
    """The time after which it is void."""
    flat: int
    """The part of every price that does not grow with the work, in micro-credits."""
    guarantor: str
    """The account that puts up the collateral."""
    guarantor_free: int
    """What the guarantor has that is free, in micro-credits: no award can take more."""
    held: int
    """The awards that are held now."""
    lanes: int
    """The proofs that are made at once."""
    offers: list[OfferRow]
    """Price and speed by privacy level."""
    prover: str
    """The prover whose ask this is."""
    since_at: str
    """The time since which it stands at this price."""


class AssignedTask(TypedDict):
    """A proof that a prover is to make."""

    award: int
    """The number of the award of the task."""
    circuit_data: list[int]
    """The circuit with its inputs, which are secret, as an envelope."""
    circuit_id: str
    """The id that the circuit must have which is built from `circuit_data`: 64 hexadecimal digits."""
    due: str
    """The time by which the network wants the proof; the node needs it some seconds before."""
    priority: int
    """The order of service that the requester has bought."""
    privacy_level: int
    """The privacy level to prove at."""
    requester: str
    """The name that the requester gave itself, or its account."""
    reward_amount: int
    """The most that the requester pays, in thousandths of a credit."""
    tag: list[str]
    """The four numbers that the proof must carry as its first public inputs, in decimal digits: they have up to 56
    bits.
    """
    task_id: str
    """The requester's own name for the task."""


class AttemptRow(TypedDict):
    """An award that came to nothing."""

    at: str
    """The time of the block that ended it."""
    blame: float | None
    """The part of a failure that it counts in the prover's reputation, 0 to 1; null if that is open."""
    end: EndRow
    """How it ended."""
    has_late_proof: bool
    """Whether a proof came after its end, and was kept."""
    is_heard: bool
    """Whether the prover's word about the requester counts."""
    number: int
    """The number of the award among those of its task, from 1."""
    price: int
    """The price of a valid proof, in micro-credits."""
    prover: str
    """The prover that held it."""
    slashed: int
    """The part of its collateral that was burned, in micro-credits."""


class AwardLine(TypedDict):
    """An award that is live."""

    at: str
    """The time of the block that made it."""
    collateral: int
    """The micro-credits at stake."""
    due_at: str
    """The time by which the proof is owed."""
    number: int
    """The number of the award among those of its task, from 1."""
    permille: int | None
    """The part of the whole proof that the prover says is done, in thousandths."""
    price: int
    """The price of a valid proof, in micro-credits."""
    prover: str
    """The prover that holds it."""
    requester: str
    """The account that buys the proof."""
    stage: str | None
    """The stage that the prover says it is at; null before it works."""
    started_at: str | None
    """The time of the prover's `Start`; null before it."""
    task: str
    """The task that it is about."""


class AwardRow(TypedDict):
    """A live award."""

    asked: int | None
    """The price that the winner opened in a sealed round; null if there was none."""
    at: str
    """The time of the block that made it."""
    collateral: int
    """The micro-credits at stake."""
    due_at: str
    """The time by which the proof is owed."""
    guarantor: str
    """The account that put up the collateral."""
    number: int
    """The number of the award among those of its task, from 1."""
    price: int
    """The price of a valid proof, in micro-credits."""
    prover: str
    """The prover that holds it."""
    runner_up: TermsRow | None
    start_by_at: str
    """The time by which `Start` is owed."""
    started_at: str | None
    """The time of the prover's `Start`; null before it."""
    terms: TermsRow
    """The winner's terms."""


class BalanceRow(TypedDict):
    """The credits of an account, in micro-credits."""

    available: int
    """What it can use."""
    collateral: int
    """What is locked for its awards."""
    escrow: int
    """What is locked for its bids."""


class BlockRow(TypedDict):
    """A decided block, without its ops."""

    bytes: int
    """The bytes of the block with its certificate."""
    epoch: int
    """The epoch that its height falls into."""
    hash: str
    """The hash of its header, which names it."""
    height: int
    """The height of the block."""
    ops: int
    """The number of ops in it."""
    parent: str
    """The hash of the block below; zeros for the first block."""
    proposer: str
    """The coordinator that has proposed it."""
    round: int
    """The round in which it was decided, from 0."""
    time_at: str
    """The time of the block."""
    votes: int
    """The number of votes in its certificate."""


class BookTold(TypedDict):
    """The order book."""

    asks: list[AskRow]
    """The standing asks, by prover: the first 500."""
    bids: list[TaskRow]
    """The bids that wait for an award, the first to be served first: at most 200."""
    depth: list[Shelf]
    """What is for sale at which price, by level and size."""


class Bought(TypedDict):
    """A purchase that is on its way."""

    task: TaskRow
    """The task as it stands."""
    warnings: list[LintFinding]
    """The lint's findings in the circuit, none of which stopped it."""


class CandidateRow(TypedDict):
    """A candidate for the committee, or a member that is none."""

    account: str
    """The account of the candidate."""
    bond: int
    """Its own bond, in micro-credits."""
    candidacy: str
    """Whether it may be elected, `eligible`, and if not why not: `silent`, `no_bond`, `absent` or `slashed`."""
    counted: int
    """What of both counts, in micro-credits."""
    expected: int | None
    """The power that it would have if the epoch ended now; null if it would have no seat."""
    free_at: str | None
    """The time before which it is not free; null with it."""
    free_epoch: int | None
    """The first epoch at whose end all of that is free; null if there is nothing, or as long as the account is in
    office.
    """
    power: int | None
    """Its power in office; null if it has no seat."""
    stake: int
    """What others have locked on it, in micro-credits."""
    unbonding: int
    """What of its bond it has taken back and is not free yet, in micro-credits."""


class CauseRowRequired(TypedDict):
    """What always stands in CauseRow."""

    cause: str
    """The cause, such as `fee`, `sent`, `received`, `opened`, `paid`, `earned`, `award_ended` or `committee`."""


class CauseRow(CauseRowRequired, total=False):
    """What a movement was for."""

    end: EndRow | None
    fault: str | None
    """Whose fault it is; of `failed` alone."""
    op: str | None
    """The kind of the op; of `fee` alone."""


class CircuitQuoted(TypedDict):
    """A circuit, and what a proof of it costs."""

    circuit: str
    """The id of the circuit: the hash of its verifier data."""
    inputs_bytes: int
    """The bytes of the inputs, which the assigned prover gets; about, if none were sent."""
    proof_bytes: int | None
    """The exact bytes of a proof; null if they are not known."""
    public_inputs: int
    """The number of public values that its proofs show."""
    quote: QuoteTold
    """What a proof costs."""
    recipe_bytes: int
    """The bytes of the recipe, which a prover fetches."""
    rows: int
    """The padded rows; `quote.degree` is their power of two."""
    warnings: list[LintFinding]
    """The lint's findings. One whose severity is `error` stops a purchase, unless that says `despite_lint`."""

# What is wrong with a request, for programs. A code keeps its meaning over versions; new ones may come.
Code = Literal[
    "malformed",
    "bad_cursor",
    "unauthorized",
    "insufficient_scope",
    "foreign_host",
    "foreign_origin",
    "not_found",
    "method_not_allowed",
    "slow_body",
    "too_large",
    "unsupported_media_type",
    "rate_limited",
    "overloaded",
    "timed_out",
    "node_busy",
    "node_stopped",
    "not_a_requester",
    "not_a_prover",
    "unknown_prover",
    "wrong_key",
    "prover_barred",
    "key_needed",
    "provers_full",
    "unknown_task",
    "no_proof",
    "not_paid",
    "no_block",
    "pruned",
    "long_history",
    "late_checkpoint",
    "unvouched",
    "ops_under_way",
    "insufficient_funds",
    "alias_used",
    "key_reused",
    "key_in_use",
    "other_offset",
    "other_digest",
    "unknown_upload",
    "refused",
    "sent_unseen",
    "malformed_circuit",
    "lint",
    "witness_public",
    "unknown_circuit",
    "unsatisfied",
    "unbuildable",
    "machine",
    "unknown_webhook",
    "webhook_url",
    "webhooks_full",
    "no_worker",
]


class CommitteeTold(TypedDict):
    """The committee in office."""

    epoch: int
    """The epoch of the last block."""
    members: list[MemberRow]
    """The members, by account."""
    next_border: int
    """The last height of the epoch: after its block another committee may decide."""


class Council(TypedDict):
    """The council, as one of its members sees it."""

    can_decide: bool
    """Whether those in touch have more than two thirds of the power."""
    in_touch: list[str]
    """The members that are in touch, this node among them."""
    signs: bool
    """Whether this node signs."""
    takes_part: bool
    """Whether this node takes part."""


class CounterpartyRow(TypedDict):
    """The weight of all outcomes with one counterparty."""

    account: str
    """The account that bought, or was to buy, the proofs."""
    bad: int
    """The weight of failures."""
    good: int
    """The weight of successes."""
    is_network: bool
    """Whether that is the network itself, by challenges."""


class EarnedRow(TypedDict):
    """The leaf of an account in the tree of payouts, and the way from there to the root."""

    amount: int
    """All that the account had ever earned, in micro-credits."""
    path: list[str]
    """The hashes beside the way, from the leaf up."""
    payee: str
    """The address in the leaf, zeros if the account had named none when the leaf last changed."""


class Election(TypedDict):
    """The election at the end of the epoch of the last block, as it would be decided now."""

    border: int
    """The last height of that epoch: after its block the committee changes."""
    candidates: list[CandidateRow]
    """All candidates and all members: those for whom most counts first, then by account."""
    committee_min: int
    """With fewer eligible candidates than this the incumbents stay."""
    eligible: int
    """The number of eligible candidates."""
    epoch: int
    """The epoch of the last block."""
    halts: list[str]
    """The members in office that can each halt the network alone."""
    incumbents_stay: bool
    """Whether the committee would stay as it is, since there are too few candidates."""
    rules: list[str]
    """The members in office that decide alone what happens."""
    seats: int
    """The number of seats."""


class EndRow(TypedDict):
    """How an award came to nothing."""

    kind: str
    """The kind of end: `missed`, a window closed; `declined`, the prover gave it back; `bad_proof`, the committee's
    finding.
    """
    what: str
    """The window, `start`, `alive`, `due` or `verdict`; the prover's reason, such as `no_inputs`; or the finding, such
    as `false`.
    """

# A kind of event that an endpoint can be sent.
Event = Literal[
    "task.opened",
    "task.awarded",
    "task.started",
    "task.award_ended",
    "task.delivered",
    "task.settled",
    "task.completed",
    "task.failed",
    "task.cancelled",
]


class ExpectedRow(TypedDict):
    """What would become of a bid. Times are from now, and hold if nobody else bids in between."""

    awarded_in_ms: int
    """Milliseconds until the award: the next block."""
    delivers_within_ms: int
    """Milliseconds within which the proof must have been delivered by this prover."""
    paid_in_ms: int
    """Milliseconds until the proof is expected to be paid."""
    runner_up: TermsRow | None
    starts_in_ms: int
    """Milliseconds until the prover is expected to begin: the award, and its wait for a lane."""
    starts_within_ms: int
    """Milliseconds within which the prover must have accepted."""
    winner: TermsRow
    """The terms of the ask that would win."""


class Explained(TypedDict):
    """A task, and why it stands as it does."""

    about: VerdictRow | None
    alias: str
    """The requester's own name for it, a UUID."""
    answers: AnswersRow | None
    attempts: list[AttemptRow]
    """The awards that came to nothing, the oldest first."""
    award: AwardRow | None
    awarded: int | None
    """The height of the block that made the last award; null before the first."""
    circuit: str
    """The circuit that is proved."""
    closed_at: str | None
    """The time of the block that ended the task; null while it is open."""
    collateral_floor: int
    """The least collateral of an award, in micro-credits."""
    deadline_at: str
    """The time by which the proof must be delivered."""
    degree: int
    """The circuit's padded rows, as a power of two."""
    fault: str | None
    """Whose fault it is, or would be now, that there is no proof; null if there is one, or if the task was taken back.
    """
    height: int
    """The height of the last block, as of which this holds."""
    is_local: bool
    """Whether this node proves it itself, or has, whatever the market came to. Known of own tasks."""
    level: int
    """The privacy level, 1 to 5."""
    opened_at: str
    """The time of the block that took the bid up."""
    prove_here_at: str | None
    """The time from which this node takes the bid back unless it is awarded, and makes the proof itself; null if it
    never does. Known of own tasks.
    """
    requester: str
    """The account that buys the proof."""
    reward: int
    """The most that the requester pays now, in micro-credits."""
    reward_max: int
    """The most that the reward may rise to, in micro-credits."""
    rises_at: str | None
    """The time at which it rises next; null if it does not."""
    round: RoundRow | None
    standing: StandingRow
    """What the task waits for, or how it ended."""
    status: str
    """The status: `pending`, `assigned`, `in_progress`, `completed` or `failed`."""
    task: str
    """The network's name for the task."""
    time_at: str
    """The time of the last block."""


class Health(TypedDict):
    """This process lives."""

    status: str
    """The word `ok`, always."""


class Heard(TypedDict):
    """What a prover hears that is there."""

    tasks: list[str]
    """The tasks that it still has; whatever else it works at is over."""


class Heartbeat(TypedDict):
    """A prover that is there."""

    prover_id: str
    """The prover's own name."""


class HeldRow(TypedDict):
    """The credits of an account at one moment."""

    free: int
    """The micro-credits that are free to spend."""
    locked: int
    """The micro-credits that are locked."""


class HistoryRowRequired(TypedDict):
    """What always stands in HistoryRow."""

    at: str
    """The time of the block."""
    event: str
    """The event: `opened`, `raised`, `round`, `awarded`, `started`, `delivered`, `kept_late`, `award_ended`,
    `reopened`, `paid`, `failed` or `cancelled`.
    """
    height: int
    """The height of the block."""


class HistoryRow(HistoryRowRequired, total=False):
    """Something that a block decided about a task. What an event does not have is absent."""

    about: VerdictRow | None
    award: AwardRow | None
    end: EndRow | None
    fault: str | None
    """Whose fault it is: `requester`, `prover`, `network`, `unclear` or `displaced`."""
    paid: int | None
    """What the prover got for its time, in micro-credits."""
    proof: str | None
    """The hash of the proof's bytes."""
    prover: str | None
    """The prover that did it."""
    refund: int | None
    """What went back to the requester, in micro-credits."""
    reward: int | None
    """The reward from then on, in micro-credits."""
    round: RoundNewsRow | None
    settlement: SettlementRow | None
    slashed: int | None
    """The part of its collateral that was burned, in micro-credits."""

HistoryToldNamed = TypedDict(
    "HistoryToldNamed",
    {
        # The first block that was applied again.
        "from": "int",
    },
)


class HistoryTold(HistoryToldNamed):
    """All that some blocks have decided about a task."""

    about: str | None
    """The prover that was asked about; null if none was."""
    lines: list[HistoryRow]
    """What happened to the task, in order."""
    task: str
    """The network's name for the task."""
    to: int
    """The last block that was applied again; less than `from` if none was."""


class LintFinding(TypedDict):
    """A finding of the lint."""

    code: str
    """The kind of finding, stable over versions."""
    constraint: int | None
    """The constraint it was found at, from 0."""
    hint: str
    """What to do about it."""
    message: str
    """What the lint found."""
    severity: str
    """How bad it is: `warning`, or `error`: proofs would be worthless, and nothing is bought unless the order says
    `despite_lint`.
    """


class MemberRow(TypedDict):
    """A member of the committee."""

    account: str
    """The account of the member."""
    in_touch: bool | None
    """Whether this node is in touch with it; null if this node is no member, and cannot know."""
    is_self: bool
    """Whether it is this node."""
    power: int
    """Its weight in votes."""


class MomentRequired(TypedDict):
    """What always stands in Moment."""

    at: str
    """The time of the block."""
    what: str
    """The step: `opened`, `awarded`, `started`, `delivered`, `award_ended`, `settled`, `failed` or `cancelled`."""


class Moment(MomentRequired, total=False):
    """Something that a block has decided about a task."""

    end: EndRow | None
    price: int | None
    """The price of the award, in micro-credits."""
    prover: str | None
    """The prover that it is about."""


class NewWebhookRequired(TypedDict):
    """What always stands in NewWebhook."""

    url: str
    """The URL that messages are posted to: `https`, at an address of the public internet. It is shown to whoever may
    ask this gateway, and in no log.
    """


class NewWebhook(NewWebhookRequired, total=False):
    """An endpoint that is to be sent events."""

    description: str
    """What it is for, in at most 200 characters."""
    events: list[Event]
    """The kinds of events that are sent; all unless some are named."""


class OfferRow(TypedDict):
    """Price and speed at one privacy level."""

    level: int
    """The privacy level, 1 to 5."""
    per_kilorow: int
    """Micro-credits for 1,024 padded rows."""
    rows_per_second: int
    """Padded rows that are proved in a second, as declared."""


class OpRow(TypedDict):
    """An op of a block, without what it says."""

    bytes: int
    """The bytes that its signer has signed."""
    kind: str
    """The kind of the op, such as `bid`, `ask`, `start`, `deliver` or `transfer`."""
    op: str
    """The id of the op."""
    place: int
    """The place in its block, from 0."""
    signer: str
    """The account that has signed it."""
    sponsor: str | None
    """The account that pays its fee in the signer's place; null if the signer pays."""
    task: str | None
    """The task that it is about, or that it opens; null if it is about none, or about several."""


class OrderRequired(TypedDict):
    """What always stands in Order."""

    reward: int
    """The most to pay, in micro-credits; it is locked until the task is over."""


class Order(OrderRequired, total=False):
    """A proof that is wanted, and its price and conditions."""

    alias: str | None
    """The requester's own name for the task; a fresh one is drawn unless it is given."""
    allow: list[str]
    """The only provers that may prove it; all if it is empty."""
    circuit_data: str | None
    """The circuit and its inputs in base64 (RFC 4648, with padding), as an envelope: a byte for the kind, then for 1 a
    preimage; for 2 the length of the `.r1cs` file (4 bytes, little endian), that file and the `.wtns` file; for 5
    the id of a circuit that was proved before (32 bytes) and the inputs.
    """
    deadline_seconds: int | None
    """Seconds from now within which the proof must be delivered; 600 unless it is given."""
    deny: list[str]
    """Provers that never may prove it."""
    despite_lint: bool
    """Whether to submit although the lint finds an error."""
    disclosures_max: int | None
    """The most provers that may see the inputs, one after another; 2 unless it is given."""
    level: int | None
    """The privacy level, 1 to 5; 3 unless it is given. 1 and 2 show the witness to whoever gets the proof."""
    priority: int
    """The hurry, 0 to 100: a higher one is served first, and its fee is higher."""
    prove_here_after_seconds: int | None
    """Seconds from now after which the bid is taken back unless it is awarded, and the proof made by this node itself,
    by its own worker; also whenever the market ends without one. Never unless it is given.
    """
    r1cs: str | None
    """In place of `circuit_data`: a circom circuit over Goldilocks, the SHA-256 of an uploaded `.r1cs` file."""
    reward_max: int | None
    """The most that the reward rises to while nobody asks low enough, in ten steps over half the time to the deadline.
    """
    sealed: bool
    """Whether prices are sealed for this task alone, then opened."""
    sym: str | None
    """The symbols of that circuit, the SHA-256 of an uploaded `.sym` file: messages name signals by it."""
    witness_is_public: bool
    """The owner's word that the proof may show the witness; needed at levels 1 and 2."""
    wtns: str | None
    """The witness of that circuit, the SHA-256 of an uploaded `.wtns` file. The upload goes once the proof is bought.
    """


class Page_AwardLine(TypedDict):
    """A page of a list."""

    items: list[AwardLine]
    """The items, in an order that stays."""
    next_cursor: str | None
    """The cursor of the next page; null on the last one."""


class Page_BlockRow(TypedDict):
    """A page of a list."""

    items: list[BlockRow]
    """The items, in an order that stays."""
    next_cursor: str | None
    """The cursor of the next page; null on the last one."""


class Page_PeerRow(TypedDict):
    """A page of a list."""

    items: list[PeerRow]
    """The items, in an order that stays."""
    next_cursor: str | None
    """The cursor of the next page; null on the last one."""


class Page_PriceRow(TypedDict):
    """A page of a list."""

    items: list[PriceRow]
    """The items, in an order that stays."""
    next_cursor: str | None
    """The cursor of the next page; null on the last one."""


class Page_ProverRow(TypedDict):
    """A page of a list."""

    items: list[ProverRow]
    """The items, in an order that stays."""
    next_cursor: str | None
    """The cursor of the next page; null on the last one."""


class Page_TaskRow(TypedDict):
    """A page of a list."""

    items: list[TaskRow]
    """The items, in an order that stays."""
    next_cursor: str | None
    """The cursor of the next page; null on the last one."""


class Page_WebhookRow(TypedDict):
    """A page of a list."""

    items: list[WebhookRow]
    """The items, in an order that stays."""
    next_cursor: str | None
    """The cursor of the next page; null on the last one."""


class PartRow(TypedDict):
    """One of the three parts of a reputation. Shares are 0 to 1."""

    mean: float
    """The mean over all outcomes by weight; failures count as zero."""
    points: float
    """The mean times the weight."""
    weight: float
    """The weight of the part in the whole."""


class PayoutRow(TypedDict):
    """The payouts of an account on an EVM chain. Hashes and addresses are hexadecimal, with `0x`."""

    earned: EarnedRow | None
    epoch: int | None
    """The epoch that ended last and had a root; null before the first."""
    payee: str | None
    """The address that it has named; null if none. It counts from the end of the epoch on, if the account earns in it.
    """
    root: str | None
    """The root of that epoch's payouts; null with it."""


class PeerRow(TypedDict):
    """A peer that is connected."""

    account: str
    """The account whose key it has proven to hold."""
    address: str
    """The address of its first connection."""
    agent: str
    """The name and version of its program, as it says."""
    connected_seconds: int
    """The seconds since its first connection was made."""
    outbound: bool
    """Whether this node has dialled it."""
    roles: list[str]
    """What the ledger knows that it does: `prover` if its ask stands, `coordinator` if it is in office."""
    rtt_ms: float | None
    """The round trip of the last ping, in milliseconds; null before the first."""


class Point(TypedDict):
    """A price that was paid."""

    at: str
    """The time of the block that paid it."""
    price: int
    """The price, in micro-credits."""


class PriceRow(TypedDict):
    """What proofs of one level and size were paid, of those that the ledger remembers."""

    count: int
    """The number of proofs."""
    degree: int
    """The circuit's padded rows, as a power of two."""
    last: int
    """The last price, in micro-credits."""
    last_at: str
    """The time of the block that paid it."""
    level: int
    """The privacy level, 1 to 5."""
    max: int
    """The highest price, in micro-credits."""
    median: int
    """The price in the middle, in micro-credits."""
    min: int
    """The lowest price, in micro-credits."""
    points: list[Point]
    """The last 200 prices, the oldest first."""


class Problem(TypedDict):
    """The body of a problem."""

    code: Code
    """What is wrong, for programs."""
    detail: str
    """What is wrong with this request, for people."""
    hint: str
    """What to do next."""
    status: int
    """The status of the response."""
    title: str
    """The words of the status."""
    traceId: str
    """The trace that the node's log has this request under: 32 hexadecimal digits."""
    type: str
    """Always `about:blank`: the code says which problem it is."""


class ProofRow(TypedDict):
    """A proof by its hash."""

    hash: str
    """The hash of the proof's bytes."""
    len: int | None
    """The bytes of the proof; null once the ledger has forgotten the task."""


class Proofs(TypedDict):
    """What came of the proofs that a prover has handed in here."""

    failed: int
    """Those that did not."""
    passed: int
    """Those that held."""


class ProverRow(TypedDict):
    """A prover, as the ledger knows it."""

    account: str
    """The account of the prover."""
    ask: AskRow | None
    capacity: int
    """The most awards that it holds at once; 0 if it sells nothing now."""
    failed: int
    """The awards of open tasks that it has lost without a proof."""
    held: int
    """The awards that it holds now."""
    lanes: int
    """The proofs that it makes at once; 0 if it sells nothing now."""
    paid: int
    """The tasks it was paid for, of those that the ledger remembers."""
    reputation: float
    """The reputation, 0 to 1, with six decimals."""


class ProverShownRequired(TypedDict):
    """What always stands in ProverShown."""

    account: str
    """The account that is paid for its proofs: 64 hexadecimal digits."""
    active: bool
    """Whether it takes tasks now: it asks for work, or its ask stands."""
    capacity: int
    """The proofs that it takes on at once."""
    current_load: int
    """Those of them that it has."""
    is_registered_here: bool
    """Whether it has registered here, and proves behind this node's account."""
    prover_id: str
    """Its own name; of a prover with an account the UUID that stands for it."""
    reputation_score: float
    """The reputation of that account, 0 to 1."""
    supported_levels: list[int]
    """The privacy levels that it proves."""


class ProverShown(ProverShownRequired, total=False):
    """A prover, as anybody may see it."""

    barred_until: str | None
    """The time until which it gets no work, since it has brought false proofs one after another; null if it gets some.
    """
    last_heartbeat: str | None
    """The time at which it was heard last; null for a prover with an account."""
    proofs: Proofs | None
    reward_address: str | None
    """The address that it names for its income; null if it names none."""


class QuoteOrder(TypedDict, total=False):
    """A circuit whose price is asked for."""

    circuit_data: str | None
    """The circuit in base64 (RFC 4648, with padding), as the envelope that `POST /api/v1/tasks` takes; its inputs may
    be left out, and are never read.
    """
    deadline_seconds: int | None
    """Seconds from now within which the proof must be delivered; 600 unless it is given."""
    level: int | None
    """The privacy level, 1 to 5; 3 unless it is given."""
    priority: int | None
    """The hurry, 0 to 100; 0 unless it is given."""
    r1cs: str | None
    """In place of `circuit_data`: a circom circuit over Goldilocks, the SHA-256 of an uploaded `.r1cs` file."""
    reward: int | None
    """The reward that is asked about, in micro-credits; one is proposed unless it is given."""
    sym: str | None
    """The symbols of that circuit, the SHA-256 of an uploaded `.sym` file: messages name signals by it."""


class QuoteTold(TypedDict):
    """What a proof costs now, and how long it takes. Amounts are micro-credits."""

    able: SpreadRow | None
    answers: AnswersRow
    """How many asks could be awarded the bid, and why the others could not; `asks` is empty."""
    asked: SpreadRow | None
    basis: str
    """What the reward was taken from: `named`, `asks`, `going_rate`, `book`, or `nothing`, with which it is 0."""
    degree: int
    """The circuit's padded rows, as a power of two."""
    expected: ExpectedRow | None
    fee: int
    """The fee of the bid at that reward, which never comes back; what its own bytes cost is not in it."""
    going: RateRow | None
    height: int
    """The height of the last block, as of which this holds."""
    level: int
    """The privacy level of the proof."""
    locked: int
    """What is locked until the task is over: the reward, and the reserve for faults of the requester."""
    paid: SpreadRow | None
    registration: int | None
    """The fee, about, of registering the circuit, which the first bid for it costs besides; null if it is registered.
    """
    reward: int
    """The reward that was asked about, or the one that is proposed."""
    round: RoundCost
    """The usual sealed round, which a bid may ask for."""


class RateRow(TypedDict):
    """The going rate of a level and size, which payments move a little each."""

    price: int
    """The mean price, in micro-credits."""
    time_ms: int
    """The mean milliseconds of a proof."""


class Readiness(TypedDict):
    """Whether the node can do what it is there for."""

    ready: bool
    """Whether the node follows its network and takes orders."""
    reasons: list[Reason]
    """Why it does not; empty if it does."""

# A reason for which a node is not ready.
Reason = Literal[
    "stopped",
    "busy",
    "no_peers",
    "old_block",
    "takes_snapshot",
    "no_quorum",
]


class RefusalRow(TypedDict):
    """Something that keeps asks from a bid."""

    asks: int
    """The number of asks that it keeps away."""
    is_lasting: bool
    """Whether it stays while bid and ask are as they are."""
    obstacle: str
    """The obstacle, such as `price`, `too_slow` or `capacity`."""


class RegisterProverRequired(TypedDict):
    """What always stands in RegisterProver."""

    capacity: int
    """The proofs that it makes at once."""
    prover_id: str
    """The prover's own name."""
    supported_levels: list[int]
    """The privacy levels that it proves, of 1 to 5."""


class RegisterProver(RegisterProverRequired, total=False):
    """A prover that wants to prove for this node."""

    key: str | None
    """A secret of 16 to 256 bytes that it shows from now on, in the header `Prover-Key`. A gateway with a token asks
    for one.
    """
    reward_address: str | None
    """The address that it names for its income. The income is the node's: nobody is paid by this."""
    rows_per_second: int | None
    """The padded rows per second that it vouches for; without it, those of the node's own workers."""


class ReleaseTaskRequired(TypedDict):
    """What always stands in ReleaseTask."""

    prover_id: str
    """The prover that has it."""


class ReleaseTask(ReleaseTaskRequired, total=False):
    """A task that a prover will not prove, or all that it has."""

    task_id: str | None
    """The requester's own name for the task; null if the prover leaves: then it gives back all that it has, and asks
    for no more.
    """


class ReputationRow(TypedDict):
    """A reputation and the numbers it is made of. Shares are 0 to 1."""

    earned: float
    """The part of the reputation that outcomes have earned, as if the prior were zero."""
    own: float
    """What its own outcomes make; 0 without outcomes."""
    prior: float
    """The reputation of a newcomer."""
    prior_weight: int
    """The weight of the prior."""
    punctuality: float
    """The mean share of the declared time that was kept."""
    quality: float
    """The mean quality of deliveries; failures count as zero."""
    success: float
    """The share of successes among all outcomes, by weight."""
    time: float
    """The mean score for time; failures count as zero."""
    value: float
    """The reputation in one number."""
    weight: int
    """The weight of all outcomes together."""


class ReputationTold(TypedDict):
    """A prover's reputation with every term, as of the last block. Weights are micro-credits of burned fees."""

    account: str
    """The account whose reputation this is."""
    collateral_per_credit: int
    """The collateral that an award at a price of one credit takes of this prover, in micro-credits."""
    counterparties: list[CounterpartyRow]
    """The weight that each counterparty has given, by account."""
    counterparty_weight_max: int
    """The most weight that one counterparty gives, each for good and for bad."""
    epoch: int
    """The epoch as of which all weights have decayed."""
    epoch_keep: float
    """The share of every weight that is left after an epoch, 0 to 1."""
    has_a_name: bool
    """Whether its word against a requester counts."""
    is_known: bool
    """Whether the ledger knows the account; one it does not know has a newcomer's reputation."""
    last_outcome: int | None
    """The epoch of the account's last outcome; null before the first."""
    quality: PartRow
    """The part that the quality of deliveries has in `own`."""
    reputation: ReputationRow
    """The reputation and the numbers it is made of."""
    success: PartRow
    """The part that successes have in `own`."""
    time: PartRow
    """The part that the time of deliveries has in `own`."""


class ResultVerdictRequired(TypedDict):
    """What always stands in ResultVerdict."""

    accepted: bool
    """Whether the proof holds and is what the task is paid for."""
    verification_result: Verification
    """`Pass` if the proof verifies and proves what was asked for, else `Fail`."""


class ResultVerdict(ResultVerdictRequired, total=False):
    """What came of a proof."""

    quality_score: float | None
    """The quality of the delivery, 0 to 1, as the network has settled it; null if that has not happened yet."""
    reason: str | None
    """Why it was not accepted."""


class RoundCost(TypedDict):
    """The cost of a sealed round, in money and time."""

    fee: int
    """What a bid that asks for it pays besides, in micro-credits."""
    lasts_ms: int
    """The most milliseconds until it is decided."""
    reserve: int
    """The most that it pays, and what a prover is paid that is alone in it, in micro-credits."""


class RoundNewsRowRequired(TypedDict):
    """What always stands in RoundNewsRow."""

    round: str
    """The event: `sealed`, `opening`, `opened`, `returned`, `lost` or `over`."""


class RoundNewsRow(RoundNewsRowRequired, total=False):
    """News of a sealed round. What an event does not have is absent."""

    collateral: int | None
    """The collateral, in micro-credits."""
    deposit: int | None
    """The deposit of the sealed ask, in micro-credits."""
    guarantor: str | None
    """The account that put up the collateral."""
    open_by_at: str | None
    """The time by which openings are owed."""
    payer: str | None
    """The account that paid the deposit."""
    price: int | None
    """The price that was opened, in micro-credits."""
    prover: str | None
    """The prover that it is about."""


class RoundRow(TypedDict):
    """A sealed round, as of the last block."""

    closes_at: str | None
    """The time by which the phase closes; null if no time ends it."""
    opened: int
    """The number of them that have opened their price."""
    phase: str
    """The phase: `sealing`, `opening` or `decided`."""
    reserve: int
    """The most that the round pays, in micro-credits."""
    sealed: int
    """The number of provers that have sealed an ask."""


class SettlementRow(TypedDict):
    """The bill of a proof."""

    circuit: str
    """The circuit that was proved."""
    delivered_at: str
    """The time of the block that took up the delivery."""
    level: int
    """The privacy level, 1 to 5."""
    price: int
    """The price that the prover got, in micro-credits."""
    proof: str
    """The hash of the proof's bytes."""
    proof_len: int
    """The bytes of the proof."""
    prover: str
    """The account that made the proof and is paid."""
    quality: float
    """The quality of the delivery, 0 to 1: its margin, size and punctuality in one number."""
    refund: int
    """The part of the reward that went back to the requester, in micro-credits."""
    requester: str
    """The account that bought the proof."""
    statement: str
    """The digest of the public inputs that were proved."""
    task: str
    """The task that the delivery was for."""


class Shelf(TypedDict):
    """What is for sale of one level and size."""

    degree: int
    """The circuit's padded rows, as a power of two."""
    level: int
    """The privacy level, 1 to 5."""
    steps: list[Step]
    """The prices that are asked, the lowest first."""


class SnapshotRow(TypedDict):
    """How far a snapshot is that is taken from peers."""

    chunks: int
    """The chunks that are here."""
    height: int
    """The height of the state that is taken."""
    of: int
    """The chunks that it has."""


class SpreadRow(TypedDict):
    """How prices spread: each is that of an ask, or one that was paid, in micro-credits."""

    count: int
    """The number of prices."""
    highest: int
    """The highest of them."""
    lowest: int
    """The lowest of them."""
    median: int
    """The price that half of them do not exceed."""
    quarter: int
    """The price that a quarter of them does not exceed."""
    three_quarters: int
    """The price that three quarters of them do not exceed."""


class StakesRow(TypedDict):
    """What an account has locked on candidates."""

    free_at: str | None
    """The time before which it is not free; null with it."""
    free_epoch: int | None
    """The first epoch at whose end all of that is free; null if there is nothing."""
    unlocking: int
    """What it has taken back and is not free yet, in micro-credits."""
    votes: list[VoteRow]
    """The stake on each candidate, by account."""


class StandingRowRequired(TypedDict):
    """What always stands in StandingRow."""

    state: str
    """The state: `no_asks`, `none_can`, `rises`, `none_can_now`, `next_auction`, `sealed_round`, `start`, `proof`,
    `findings`, `paid`, `failed` or `cancelled`.
    """


class StandingRow(StandingRowRequired, total=False):
    """What a task waits for, or how it ended."""

    members: int | None
    """The members of the committee; of `findings` alone."""
    paid: int | None
    """What the prover got for its time, in micro-credits; of `cancelled` alone."""
    said: int | None
    """The members of the committee that have said what they found; of `findings` alone."""
    settlement: SettlementRow | None

StatementToldNamed = TypedDict(
    "StatementToldNamed",
    {
        # The first block that is covered.
        "from": "int",
    },
)


class StatementTold(StatementToldNamed):
    """The movements of an account's credits over some blocks."""

    account: str
    """The account whose credits moved."""
    closing: HeldRow
    """What it had after the last block."""
    left_out: int
    """The number of older movements that are left out of `lines`; `sums` have them."""
    lines: list[StatementRow]
    """The movements, the oldest first: the newest of them, if there are more than were asked for."""
    opening: HeldRow
    """What the account had before the first block."""
    sums: list[SumRow]
    """The sums over all movements, by cause."""
    to: int
    """The last block that is covered; less than `from` if none is."""
    unpaid: list[UnpaidRow]
    """The awards that the account held as a prover and was not paid for, the oldest first."""
    unpaid_left_out: int
    """The number of older ones that are left out of `unpaid`."""


class StatusTold(TypedDict):
    """This node, as it says it is."""

    account: str
    """The node's account, for which it acts."""
    arithmetic: str | None
    """What its workers prove with, such as `stock`, `avx2`, `avx512` or `ifma`; null until one has started, and where
    `DPGN_SIMD` names what they lack.
    """
    balance: BalanceRow
    """The credits of the node's account."""
    committee: list[str]
    """The coordinators that are in office."""
    council: Council | None
    epoch: int
    """The epoch that the ledger is in."""
    first_block: int
    """The lowest height whose block is kept here."""
    head: str
    """The hash of the last block."""
    height: int
    """The height of the last block."""
    listening: list[str]
    """The addresses that it listens on, for peers."""
    network: str
    """The network that it is on, as its id."""
    network_name: str
    """The name that the genesis gives the network."""
    open_bids: int
    """Bids of all requesters that wait for an award."""
    peers: int
    """The number of peers that are connected."""
    provers_over_http: AgentsTold | None
    roles: list[str]
    """The roles it plays: `requester`, `prover`, `coordinator`."""
    snapshot: SnapshotRow | None
    standing_asks: int
    """Asks of all provers that stand."""
    supply: SupplyRow
    """Where all credits of the network are."""
    time_at: str
    """The time of the last block."""
    version: str
    """The version of the program."""


class Step(TypedDict):
    """What is for sale at one price."""

    asks: int
    """The number of asks at this price."""
    capacity: int
    """Awards that the asks at this price can take now."""
    price: int
    """The price of a proof, in micro-credits."""


class SubmitResult(TypedDict):
    """A proof that is handed in."""

    proof: list[int]
    """The bytes of the proof."""
    prover_id: str
    """The prover that made the proof."""
    task_id: str
    """The requester's own name for the task."""


class SubmitTask(TypedDict):
    """A proof that is wanted."""

    circuit_data: list[int]
    """The circuit with its inputs, as an envelope: `[1, 2, 3, 4]` asks for a proof of knowledge of the bytes 2, 3 and
    4; a circom circuit is 2, the length of its `.r1cs` file (4 bytes, little endian), that file, then the `.wtns`
    file. Large ones go to `/api/v1/uploads` and `/api/v1/tasks`.
    """
    priority: int
    """The order of service, 0 to 100; the fee rises with it."""
    privacy_level: int
    """The privacy level, 1 to 5; 6 to 255 are reserved. At 1 and 2 whoever gets the proof sees parts of the witness."""
    requester: str
    """The name by which the requester wants to be shown to provers. It acts for nobody: the node pays."""
    reward_amount: int
    """The most that is paid, in thousandths of a credit."""
    task_id: str
    """The requester's own name for the task."""


class SupplyRow(TypedDict):
    """Where all credits of the network are, in micro-credits: all but `minted` together are what was minted."""

    accounts: int
    """Credits in accounts, free to spend."""
    bonds: int
    """Bonds of candidates for the committee."""
    burned: int
    """Credits that are gone for good."""
    challenges: int
    """Fees that wait to pay for challenges."""
    collateral: int
    """Credits locked as collateral of awards and late proofs, as deposits and for tickets."""
    escrows: int
    """Credits of requesters, locked to pay for proofs."""
    fees: int
    """Fees that the committee gets when the epoch ends."""
    minted: int
    """All credits that the genesis made."""
    reserves: int
    """Credits of requesters, locked to pay for faults of theirs."""
    stakes: int
    """Stakes that accounts have locked on candidates."""
    unlocking: int
    """Bonds and stakes that were taken back and are not free yet."""


class TaskRow(TypedDict):
    """A task in a list."""

    alias: str | None
    """The requester's own name for it, a UUID."""
    attempts: int
    """The number of awards so far."""
    circuit: str
    """The circuit that is proved."""
    created_at: str
    """The time of the block that took the bid up; of an own task, of its submission."""
    deadline_at: str | None
    """The time by which the proof must be delivered; null once the ledger has forgotten the task."""
    degree: int | None
    """The circuit's padded rows, as a power of two; null once the ledger has forgotten the task."""
    is_local: bool
    """Whether this node proves it itself, or has: nobody is paid then, and there is no receipt. Known of own tasks."""
    level: int
    """The privacy level, 1 to 5; 1 and 2 show the witness to whoever gets the proof."""
    permille: int | None
    """The part of the whole proof that the prover says is done, in thousandths."""
    price: int | None
    """The price of the live award, or the one that was paid, in micro-credits."""
    priority: int | None
    """The order of service, 0 to 100; null once the ledger has forgotten the task."""
    prover: str | None
    """The prover of the live award, or the one that was paid, or this node if it proves the task itself."""
    requester: str
    """The account that buys the proof."""
    reward: int
    """The most that the requester pays as the reward is now, in micro-credits."""
    stage: Any
    """The stage that the prover says it is at: `fetch`, `build`, `witness`, `wires`, `permutation`, `quotient`,
    `openings` or `deliver`; null unless it works.
    """
    status: str
    """The status: `pending`, `assigned`, `in_progress`, `completed` or `failed`."""
    task: str
    """The network's name for it: 64 hexadecimal digits."""
    updated_at: str
    """The time of the last change that a block has made, or this node if it proves the task itself."""
    why: str | None
    """Why the task failed; null unless it did."""


class TaskStatusRequired(TypedDict):
    """What always stands in TaskStatus."""

    created_at: str
    """The time at which it was submitted."""
    status: str
    """The stage of its life."""
    task_id: str
    """The requester's own name for the task."""
    updated_at: str
    """The time at which it changed last."""


class TaskStatus(TaskStatusRequired, total=False):
    """How a task stands."""

    assigned_prover: str | None
    """The prover that has it, or was paid: as it has registered here, else the UUID that stands for its account."""


class TermsRow(TypedDict):
    """The terms on which an ask would serve a bid, and every term of its score: `score = for_price + for_reputation`.
    """

    collateral: int
    """The collateral of an award on these terms, in micro-credits."""
    declared_ms: int
    """The milliseconds that the prover says a proof takes."""
    effective: int
    """The reward that the ask was scored against, in micro-credits."""
    expected_ms: int
    """The milliseconds after its start within which a proof is expected, by how punctual the prover was before."""
    for_price: float
    """The part of the price in the score; negative for a price above the effective reward."""
    for_reputation: float
    """The part of the reputation in the score."""
    lanes: int
    """The proofs that the prover says it makes at once."""
    price: int
    """The price of the proof, in micro-credits."""
    prover: str
    """The prover whose ask this is."""
    queued_ms: int
    """The milliseconds of that and of the wait until one of its lanes is free."""
    reputation: float
    """The prover's reputation at the time of the auction, 0 to 1."""
    score: float
    """The score; 0 if it is below. The auction compares exact integers."""
    since_at: str
    """The time since which the ask stands at this price."""
    warm: bool
    """Whether the prover says that it holds the circuit built."""


class UnpaidRow(TypedDict):
    """An award that no proof was paid for."""

    end: EndRow | None
    height: int
    """The height of the block in which the award ended."""
    paid: int
    """The micro-credits that the prover got all the same, for its time."""
    slashed: int
    """The micro-credits of its collateral that were burned."""
    task: str
    """The task that was awarded."""
    why: str
    """Why there was no proof to pay for: `ended`, or `cancelled` by its requester."""


class Upload(TypedDict):
    """A file that is uploaded."""

    bytes: int
    """The bytes that are here."""
    complete: bool
    """Whether it is whole, and may be bought with."""
    digest: str
    """The SHA-256 of its bytes, which is its name."""


class VerdictRowRequired(TypedDict):
    """What always stands in VerdictRow."""

    verdict: str
    """The verdict: `has`, `had`, `taken`, `over`, `in_round`, `no_ask`, `refused`, `outscored` or `best`."""


class VerdictRow(VerdictRowRequired, total=False):
    """Why a prover does, or does not, have a task."""

    answer: AnswerRow | None
    best: TermsRow | None
    by: str | None
    """The prover that holds the task, of `taken`; that was paid, of `over`."""
    end: EndRow | None
    has_sealed: bool | None
    """Whether it has sealed an ask; of `in_round` alone."""
    opened: int | None
    """The price that it has opened, in micro-credits; of `in_round` alone."""
    own: TermsRow | None
    prover: str | None
    """The prover that was asked about; absent in an auction of the past, which was asked about one."""

# The result of checking a proof.
Verification = Literal[
    "Pass",
    "Fail",
]


class Verified(TypedDict):
    """What came of verifying a proof once more."""

    reason: str | None
    """Why not; null if it is valid."""
    valid: bool
    """Whether the proof verifies, with the tag of this task and its prover and the statement that the bid fixed."""


class Version(TypedDict):
    """The version of the program and of its contract."""

    api: str
    """The version of the contract below `/api`."""
    network: str
    """The network that the node is on, as its id."""
    network_name: str
    """The name that the genesis gives the network."""
    version: str
    """The version of the program."""


class VoteRow(TypedDict):
    """The stake on one candidate."""

    candidate: str
    """The account of the candidate."""
    stake: int
    """The stake in micro-credits."""


class WebhookRow(TypedDict):
    """An endpoint, and how it goes."""

    created_at: str
    """The time at which it was made: nothing that happened before is sent."""
    delivered: int
    """The messages that it has taken."""
    description: str
    """What it is for, in its owner's words."""
    events: list[Event]
    """The kinds of events that are sent; all if it is empty."""
    id: str
    """The id of the webhook."""
    lost: int
    """The messages that were dropped; `events.lost` tells of them once there is room."""
    next_try_at: str | None
    """The time of the next try; null unless it fails."""
    previous_key: str | None
    """The key before that one; messages are signed by both for a day; null then."""
    previous_until_at: str | None
    """The time until which it signs too; null with it."""
    public_key: str
    """The Ed25519 key that verifies its messages, as Standard Webhooks writes it: `whpk_` and base64."""
    queued: int
    """The messages that wait: at most 1,000. A message that finds no place is dropped and counted."""
    since_at: str | None
    """The time since which it fails, or is disabled; null if all is well."""
    status: str
    """Whether messages are sent: `active`, `failing` or `disabled`."""
    url: str
    """The URL that messages are posted to."""
    why: str | None
    """Why the last try failed, or why it is disabled; null if all is well."""


class WebhookTried(TypedDict):
    """What came of trying an endpoint."""

    delivered: bool
    """Whether it has taken the message."""
    status: int | None
    """The status that it has answered; null if it has not."""
    why: str | None
    """Why it has not taken it; null if it has."""


class BlockTold(BlockRow):
    """A decided block, and a page of its ops."""

    items: list[OpRow]
    """Its ops, in the order in which they were applied."""
    next_cursor: str | None
    """The cursor of the next page of ops; null on the last one."""

StatementRowNamed = TypedDict(
    "StatementRowNamed",
    {
        # The other account that took part; null if there is none.
        "with": "str | None",
    },
)


class StatementRow(CauseRow, StatementRowNamed):
    """One movement. What an account has in all grows by `came` and falls by `went`; the rest changes its place."""

    at: str
    """The time of the block."""
    came: int
    """The micro-credits that came from others."""
    free: int
    """The micro-credits that were free to spend after the movement."""
    height: int
    """The height of the block."""
    locked: int
    """The micro-credits that were locked."""
    task: str | None
    """The task it was for; null if it was for none."""
    unlocked: int
    """The micro-credits that are no longer locked, whether they went or are free again."""
    went: int
    """The micro-credits that went to others, or were burned."""


class SumRow(CauseRow):
    """The sum of all movements of one cause."""

    came: int
    """The micro-credits that came."""
    count: int
    """The number of movements."""
    went: int
    """The micro-credits that went."""


class TaskTold(TaskRow):
    """All that this node knows of a task."""

    award: AwardRow | None
    fault: str | None
    """Whose fault a failure is: `requester`, `prover`, `network`, `unclear` or `displaced`; null unless it failed."""
    hint: str | None
    """What to do next; null if there is nothing to do."""
    proof: ProofRow | None
    prove_here_at: str | None
    """The time from which this node takes the bid back unless it is awarded, and makes the proof itself; null if it
    never does. Known of own tasks.
    """
    settled_height: int | None
    """The height of the block that paid for it; known of own tasks."""
    stalled: str | None
    """Why no standing ask can take it; null unless it waits in vain. Known of own tasks."""
    timeline: list[Moment]
    """What blocks have decided about it, the oldest first; of a task that has ended the ledger remembers its ends
    alone.
    """
