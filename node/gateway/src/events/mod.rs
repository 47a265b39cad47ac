//! Events: what a node notices, numbered, remembered for a while, and told to whoever listens, also to who comes late.

mod hub;
mod stream;
mod told;

pub(crate) use hub::{Hub, Progress, pump};
pub(crate) use stream::{__path_events, __path_task_events, events, task_events};
