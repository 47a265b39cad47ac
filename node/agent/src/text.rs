//! Texts of a gateway, which end in the log and on the terminal: short, and without what would change how the rest is shown.

use serde::Deserialize;
use std::fmt;

/// Characters that are kept.
const CHARACTERS_MAX: usize = 300;

/// A text from elsewhere, made fit to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Text(String);

impl From<String> for Text {
    fn from(text: String) -> Self {
        let mut shown: String = text.chars().take(CHARACTERS_MAX).map(printable).collect();
        if text.chars().nth(CHARACTERS_MAX).is_some() {
            shown.push('…');
        }
        Self(shown)
    }
}

/// The character, unless it moves the cursor, hides itself or turns the direction of what follows.
fn printable(c: char) -> char {
    let is_hidden =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    if c.is_control() || is_hidden { '\u{fffd}' } else { c }
}

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gateway_says_is_short_and_moves_no_cursor() {
        let text = |text: &str| Text::from(text.to_owned()).into_string();
        assert_eq!(text("the proof is late: très tard"), "the proof is late: très tard");
        let hostile = text("a\u{1b}[2J\r\nINFO accepted\u{202e}b");
        assert_eq!(hostile, "a\u{fffd}[2J\u{fffd}\u{fffd}INFO accepted\u{fffd}b");
        let long = text(&"x".repeat(1 << 20));
        assert_eq!((long.chars().count(), long.chars().last()), (CHARACTERS_MAX + 1, Some('…')));
        let read: Text = serde_json::from_str("\"\\u001b\"").unwrap();
        assert_eq!(read.as_str(), "\u{fffd}");
    }
}
