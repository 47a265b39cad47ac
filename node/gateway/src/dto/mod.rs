//! What goes over the wire as JSON: plain data, made from the node's views here and nowhere else. Ids are lowercase
//! hexadecimal, amounts micro-credits, times RFC 3339.

pub(crate) mod account;
pub(crate) mod balance;
pub(crate) mod market;
pub(crate) mod network;
pub(crate) mod submit;
pub(crate) mod task;
pub(crate) mod time;
