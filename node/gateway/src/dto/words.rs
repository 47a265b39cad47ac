//! Words of the network as the interface writes them: `snake_case`, whatever the ledger's own types call themselves.

use dpgn_market::AwardEnd;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The name of a variant without fields, in `snake_case`.
pub(crate) fn word(variant: &impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(Value::String(name)) => snake(&name),
        Ok(_) | Err(_) => String::new(),
    }
}

/// A name in `CamelCase` as `snake_case`; one that is so already stays.
pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && at > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// How an award came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EndRow {
    /// The kind of end: `missed`, a window closed; `declined`, the prover gave it back; `bad_proof`, the committee's finding.
    kind: &'static str,
    /// The window, `start`, `alive`, `due` or `verdict`; the prover's reason, such as `no_inputs`; or the finding, such as
    /// `false`.
    what: String,
}

impl From<AwardEnd> for EndRow {
    fn from(end: AwardEnd) -> Self {
        match end {
            AwardEnd::Missed(window) => Self { kind: "missed", what: word(&window) },
            AwardEnd::Declined(reason) => Self { kind: "declined", what: word(&reason) },
            AwardEnd::BadProof(finding) => Self { kind: "bad_proof", what: word(&finding) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_market::{Fault, Window};
    use dpgn_protocol::{finding::Finding, ops::DeclineReason};

    #[test]
    fn words_are_snake_case() {
        assert_eq!(word(&Fault::Displaced), "displaced");
        assert_eq!(word(&Finding::WrongStatement), "wrong_statement");
        assert_eq!(snake("already_so"), "already_so");
        let ends = [
            (AwardEnd::Missed(Window::Due), "missed", "due"),
            (AwardEnd::Declined(DeclineReason::NoInputs), "declined", "no_inputs"),
            (AwardEnd::BadProof(Finding::False), "bad_proof", "false"),
        ];
        for (end, kind, what) in ends {
            assert_eq!(EndRow::from(end), EndRow { kind, what: what.to_owned() });
        }
    }
}
