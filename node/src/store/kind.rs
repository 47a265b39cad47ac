//! The kinds of records.

/// The kind of a record: what it is about. The number is its place on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum RecordKind {
    /// A task this node has bought.
    Task = 1,
    /// An award this node holds.
    Job = 2,
    /// The price of an ask that this node has sealed.
    Seal = 3,
    /// A receipt of an own task, without the handovers before it.
    Receipt = 4,
}
