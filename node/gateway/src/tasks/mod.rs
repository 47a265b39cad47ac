//! Tasks: found by any of their names, listed, followed to their end, taken back, bought.

mod buy;
mod files;
mod find;
mod keys;
mod list;
mod one;

pub(crate) use buy::{__path_submit, submit};
pub(crate) use files::{__path_proof, __path_receipt, __path_verifier_data, proof, receipt, verifier_data};
pub(crate) use find::{Found, find};
pub(crate) use keys::Keys;
pub(crate) use list::{__path_awards, __path_list, awards, list};
pub(crate) use one::{
    __path_cancel, __path_explain, __path_history, __path_show, __path_verify, cancel, explain, history, show, verify,
};
