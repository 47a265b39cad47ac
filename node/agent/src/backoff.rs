//! Pauses between tries: each twice the last one, up to a limit, or what the gateway asks for.

use crate::error::CallError;
use std::time::Duration;

/// The first and the longest pause after a call that came to nothing.
const PAUSE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// The pause before the next try: twice the last one, up to a limit, or what the gateway asks for.
#[derive(Debug, Default)]
pub(crate) struct Backoff(Option<Duration>);

impl Backoff {
    pub(crate) fn after(&mut self, error: &CallError) -> Duration {
        let (first, longest) = PAUSE;
        let next = self.0.map_or(first, |last| (last * 2).min(longest));
        self.0 = Some(next);
        match error {
            CallError::Problem { retry_after: Some(seconds), .. } => Duration::from_secs(*seconds).clamp(next, longest),
            CallError::Problem { .. } | CallError::Unreachable(_) | CallError::Malformed(_) => next,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_a_gateway_s_word_counts() {
        let mut backoff = Backoff::default();
        let away = CallError::Unreachable("refused".to_owned());
        let pauses: Vec<u128> = (0..8).map(|_| backoff.after(&away).as_millis()).collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        backoff.reset();
        let problem = |retry_after| CallError::Problem {
            status: 429,
            code: "rate_limited".to_owned(),
            detail: String::new(),
            hint: String::new(),
            retry_after,
        };
        assert_eq!(backoff.after(&problem(Some(7))), Duration::from_secs(7));
        assert_eq!(backoff.after(&problem(Some(9_999))), Duration::from_secs(30));
        assert_eq!(backoff.after(&problem(Some(0))), Duration::from_secs(2));
    }
}
