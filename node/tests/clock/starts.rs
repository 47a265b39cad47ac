//! What provers of a bench say of their awards.

use crate::bench::{Bench, keys};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::TaskId,
    ops::Action,
    sign::Signed,
};

impl Bench {
    /// The last award of a task.
    pub fn award(&self, task: TaskId) -> AwardId {
        AwardId { task, number: self.ledger.task(task).map_or(1, |view| view.task.awards) }
    }

    /// Somebody's word that it begins on an award.
    pub fn start(&self, who: usize, award: AwardId) -> Signed<StartStatement> {
        keys(who).sign(self.ledger.network(), StartStatement { award }).unwrap()
    }

    /// Somebody's `Start` for the last award of a task, as an op.
    pub fn starts(&self, who: usize, task: TaskId) -> Action {
        let award = self.award(task);
        Action::Start { award, statement: self.start(who, award).into_raw() }
    }
}
