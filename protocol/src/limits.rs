//! How much of anything one message may hold. Constants of the protocol: changing one is a new version.

/// Bytes of a signed message's body.
pub const SIGNED_BODY_BYTES_MAX: usize = 72 << 10;
/// Bytes of a circuit's verifier data (a usual one has about 1.6 KB).
pub const VERIFIER_DATA_BYTES_MAX: usize = 64 << 10;
/// Public inputs of one circuit, tag included: each is 8 bytes of every proof. Prover and ledger share it, so
/// that whatever a prover accepts can be registered.
pub const PUBLIC_INPUTS_MAX: u32 = 1 << 14;
/// Bytes of one proof (level 5 at the highest degree stays below).
pub const PROOF_BYTES_MAX: usize = 1 << 20;
/// Bytes of one encoded recipe.
pub const RECIPE_BYTES_MAX: u64 = 256 << 20;
/// Bytes of a task's inputs.
pub const INPUTS_BYTES_MAX: u64 = 256 << 20;
/// Bytes of one gossiped message.
pub const GOSSIP_BYTES_MAX: usize = 256 << 10;
/// Bytes of one encoded block.
pub const BLOCK_BYTES_MAX: usize = 192 << 10;
/// Ops in one block or one gossiped batch.
pub const BLOCK_OPS_MAX: usize = 1_024;
/// Blocks in one answer to a lagging node.
pub const SYNC_BLOCKS_MAX: usize = 64;
/// Bytes of an encoded request: a proof, and what is around it.
pub const REQUEST_BYTES_MAX: usize = PROOF_BYTES_MAX + 4_096;
/// Bytes of an encoded response; an answer with blocks holds as many as fit.
pub const RESPONSE_BYTES_MAX: usize = 4 << 20;
/// Findings in one `Judge` op.
pub const JUDGED_MAX: usize = 64;
/// Members of one committee.
pub const COMMITTEE_MAX: usize = 64;
/// Accounts on a bid's allow or deny list.
pub const BID_LIST_MAX: usize = 64;
/// Offers in one ask: one per level, with room for more.
pub const ASK_OFFERS_MAX: usize = 16;
/// Builders that an ask names.
pub const ASK_BUILDERS_MAX: usize = 32;
/// Warm circuits that an ask names.
pub const ASK_WARM_MAX: usize = 32;
/// Circuits that the challenges of a network are made of: a few degrees of each level.
pub const CHALLENGE_CIRCUITS_MAX: usize = 128;
/// Positions of public inputs that a statement may leave free.
pub const FREE_INPUTS_MAX: usize = 64;
/// Bytes of a builder's name.
pub const BUILDER_BYTES_MAX: usize = 96;
/// Nonces above an account's base that may be used out of order.
pub const NONCE_WINDOW: u64 = 64;
/// Height of a Merkle path over a block's ops.
pub const MERKLE_HEIGHT_MAX: usize = 11;
/// Height of the tree of payouts: as many leaves as 32 bits count.
pub const PAYOUT_PATH_MAX: usize = 32;
/// Borders between epochs that a receipt may cross. A checkpoint is believed for `unlock_time`, 3 days by default, and
/// borders are at least `epoch_blocks` times `block_interval` apart, 80 seconds: that are 3,240 borders, and there is room for
/// a quarter more. A receipt in a network that has more of them begins at a newer checkpoint.
pub const RECEIPT_HISTORY_MAX: usize = 4_096;
/// Handovers in one answer to a node that follows the committees: 18 KiB each, if both committees are full.
pub const HANDOVERS_MAX: usize = 64;
/// Bytes of an encoded handover: a header, the votes of a full committee, and another full committee.
pub const HANDOVER_BYTES_MAX: usize = 13 << 10;
/// Bytes of an encoded receipt: as many handovers as it may hold, and an op with its outcome and its block's certificate.
pub const RECEIPT_BYTES_MAX: usize = RECEIPT_HISTORY_MAX * HANDOVER_BYTES_MAX + (256 << 10);
/// Bytes of a key in the ledger's state: an account and an alias.
pub const STATE_KEY_BYTES_MAX: usize = 48;
/// Forks on the way to one entry of the ledger's state: one per bit of its key at most.
pub const STATE_PATH_MAX: usize = 8 * STATE_KEY_BYTES_MAX;
/// Bytes of an encoded chunk of the ledger's state.
pub const STATE_CHUNK_BYTES_MAX: usize = 256 << 10;
/// Entries in one chunk of the ledger's state: more than fit, if each has a key and a value.
pub const STATE_CHUNK_ENTRIES_MAX: usize = 8_192;
/// Bytes of a chunk that holds a single entry, if this is larger than other chunks are: an account that holds as many
/// awards as an ask may name, 2^16, has 2 MiB.
pub const STATE_ENTRY_BYTES_MAX: usize = 9 << 18;
/// Chunks of one state: 4 GB of entries.
pub const STATE_CHUNKS_MAX: usize = 1 << 14;
/// Bytes of the encoding of what is no map in the ledger's state.
pub const STATE_HEAD_BYTES_MAX: usize = 64 << 10;
/// Bytes of an encoded manifest of the ledger's state: the head, and two keys for each chunk.
pub const STATE_MANIFEST_BYTES_MAX: usize = 2 << 20;

/// The rises of one bid's reward from its first to its highest: each is an auction.
pub const RISES_MAX: u64 = 64;
