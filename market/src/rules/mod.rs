//! The rules: functions of the state that say what follows from it. Nothing in here changes anything.

pub(crate) mod auction;
pub(crate) mod blame;
pub(crate) mod challenge;
pub(crate) mod contest;
pub(crate) mod election;
pub(crate) mod eligibility;
pub(crate) mod fees;
pub(crate) mod obstacle;
pub(crate) mod quality;
pub(crate) mod quest;
pub(crate) mod reputation;
pub(crate) mod score;
pub(crate) mod sealed;
pub(crate) mod shelving;
pub(crate) mod windows;
