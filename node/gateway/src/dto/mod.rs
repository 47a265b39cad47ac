//! What goes over the wire as JSON: plain data, made from the node's views here and nowhere else. Ids are lowercase
//! hexadecimal, amounts micro-credits, times RFC 3339, durations milliseconds (`_ms`), shares numbers from 0 to 1.

pub(crate) mod account;
pub(crate) mod balance;
pub(crate) mod election;
pub(crate) mod explain;
pub(crate) mod history;
pub(crate) mod market;
pub(crate) mod network;
pub(crate) mod quote;
pub(crate) mod reputation;
pub(crate) mod score;
pub(crate) mod settlement;
pub(crate) mod share;
pub(crate) mod statement;
pub(crate) mod submit;
pub(crate) mod task;
pub(crate) mod time;
pub(crate) mod words;
