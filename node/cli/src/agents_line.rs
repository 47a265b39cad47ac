//! The provers that prove for a node over HTTP, in a line for people.

use dpgn_node::view::AgentsStatus;

/// The provers that prove for a node over HTTP, and what they have.
pub(crate) fn told(agents: Option<AgentsStatus>) -> String {
    let Some(AgentsStatus { live, asking, barred, lanes, held, waiting, own }) = agents else {
        return "none: this node sells nothing".to_owned();
    };
    if (live, held, waiting, own) == (0, 0, 0, 0) {
        return "none: its own workers prove".to_owned();
    }
    let bars = if barred > 0 { format!(", {barred} barred for false proofs") } else { String::new() };
    format!(
        "{live} here, {asking} ask for work, {lanes} lanes{bars}; of the proofs they have {held}, {waiting} wait for \
         them, own workers make {own}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_there_and_what_they_have_is_told() {
        assert_eq!(told(None), "none: this node sells nothing");
        assert_eq!(told(Some(AgentsStatus::default())), "none: its own workers prove");
        let some = AgentsStatus { live: 3, asking: 2, barred: 1, lanes: 8, held: 4, waiting: 5, own: 0 };
        let line = "3 here, 2 ask for work, 8 lanes, 1 barred for false proofs; of the proofs they have 4, 5 wait for \
            them, own workers make 0";
        assert_eq!(told(Some(some)), line);
    }
}
