//! A notice as the stream tells it: its name, its number, its data with times that people can read.

use crate::dto::{share::share, time::at, words::word};
use dpgn_node::engine::Notice;
use dpgn_protocol::{ids::TaskId, units::Timestamp};
use serde_json::{Map, Value};

/// The end that a notice means for its task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    /// It goes on.
    Nothing,
    /// It is paid: over for everybody but its requester's node, which still fetches the proof.
    Paid,
    /// It is over.
    Everything,
}

/// A notice that has its number.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) task: Option<TaskId>,
    pub(crate) ends: Ends,
    pub(crate) data: String,
}

impl Told {
    pub(crate) fn new(number: u64, notice: &Notice, now: Timestamp) -> Self {
        let mut data = match serde_json::to_value(notice) {
            Ok(Value::Object(data)) => data,
            Ok(_) | Err(_) => Map::new(),
        };
        let name = data.get("event").and_then(Value::as_str).unwrap_or("notice").to_owned();
        data.insert("at".to_owned(), at(now).into());
        for (old, new) in [("due", "due_at"), ("delivered", "delivered_at")] {
            let time = data.remove(old).and_then(|value| value.as_u64());
            data.extend(time.map(|time| (new.to_owned(), at(Timestamp::new(time)).into())));
        }
        if let Notice::Settled(paid) = notice {
            data.insert("quality".to_owned(), share(paid.quality).into());
        }
        if let Notice::Completed { finding, .. } = notice {
            data.insert("finding".to_owned(), word(finding).into());
        }
        let stage = data.remove("step");
        data.extend(stage.map(|stage| ("stage".to_owned(), stage)));
        let ends = match notice {
            Notice::Settled(_) => Ends::Paid,
            Notice::Completed { .. } | Notice::ProvedLocally { .. } | Notice::Failed { .. } => Ends::Everything,
            Notice::Block { .. }
            | Notice::Jumped { .. }
            | Notice::Opened { .. }
            | Notice::Awarded { .. }
            | Notice::Started { .. }
            | Notice::Progress { .. }
            | Notice::AwardEnded { .. }
            | Notice::Stalled { .. }
            | Notice::ProvingLocally { .. }
            | Notice::Delivered { .. } => Ends::Nothing,
        };
        Self { number, name, task: notice.task(), ends, data: Value::Object(data).to_string() }
    }

    /// What stands for notices that were missed.
    pub(crate) fn missed(number: u64, count: u64) -> Self {
        let data = serde_json::json!({ "event": "reset", "missed": count }).to_string();
        Self { number, name: "reset".to_owned(), task: None, ends: Ends::Nothing, data }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{ids::AccountId, units::Credits, wire::ProofStage};

    #[test]
    fn a_notice_s_times_are_text_and_its_stage_has_its_name() {
        let (task, prover) = (TaskId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        let awarded = Notice::Awarded { task, prover, price: Credits::new(7), due: Timestamp::new(1_000) };
        let told = Told::new(3, &awarded, Timestamp::new(0));
        let data: Value = serde_json::from_str(&told.data).unwrap();
        assert_eq!((told.name.as_str(), told.number, told.task), ("awarded", 3, Some(task)));
        assert_eq!(data["due_at"], "1970-01-01T00:00:01.000Z");
        assert_eq!((data["at"].as_str(), data["price"].as_u64()), (Some("1970-01-01T00:00:00.000Z"), Some(7)));
        let progress = Notice::Progress { task, prover, proof_stage: ProofStage::Wires, permille: 500 };
        let data: Value = serde_json::from_str(&Told::new(4, &progress, Timestamp::new(0)).data).unwrap();
        assert_eq!((data["stage"].as_str(), data.get("step")), (Some("wires"), None));
    }
}
