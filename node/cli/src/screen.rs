//! A terminal that is drawn on as a whole. What was on it comes back when the view is closed, whichever way that happens.

use crate::{output::Output, table::printable, user_error::UserError};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use std::io::{self, IsTerminal};

/// Another page of the terminal without a cursor, and back.
const OPEN: &str = "\x1b[?1049h\x1b[?25l";
const CLOSE: &str = "\x1b[?25h\x1b[?1049l";
/// To the upper left corner; the rest of a line, and of the screen, made empty.
const HOME: &str = "\x1b[H";
const REST_OF_LINE: &str = "\x1b[K";
const REST_OF_SCREEN: &str = "\x1b[J";

/// An open view.
pub(crate) struct Screen<'a> {
    output: &'a Output,
    /// How the terminal was set before.
    before: Termios,
}

impl<'a> Screen<'a> {
    /// Opens a view; `None` if no terminal shows standard output, or nobody sits at standard input.
    pub fn open(output: &'a Output) -> Option<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return None;
        }
        let before = tcgetattr(io::stdin()).ok()?;
        let mut keys = before.clone();
        // Keys come at once and are not shown; a read never waits. Ctrl-C stays a signal.
        keys.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        keys.special_codes[SpecialCodeIndex::VMIN] = 0;
        keys.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Now, &keys).ok()?;
        let screen = Self { output, before };
        output.write(OPEN).ok()?;
        Some(screen)
    }

    /// Draws lines over what was there; what has no room is left out.
    pub fn draw(&self, lines: &[String]) -> Result<(), UserError> {
        let (width, height) = tcgetwinsize(io::stdout()).map_or((80, 24), |size| (size.ws_col, size.ws_row));
        self.output.write(&frame(lines, width.into(), height.into()))
    }

    /// The key that was pressed, if one was.
    pub fn key(&mut self) -> Option<u8> {
        let mut key = [0];
        let read = rustix::io::read(io::stdin(), &mut key).ok()?;
        (read > 0).then_some(key[0])
    }
}

impl Drop for Screen<'_> {
    fn drop(&mut self) {
        let _ = self.output.write(CLOSE);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// One frame: never more than fits, since a terminal that scrolls would tear it.
fn frame(lines: &[String], width: usize, height: usize) -> String {
    let mut text = HOME.to_owned();
    for line in lines.iter().take(height.saturating_sub(1)) {
        text.extend(printable(line).chars().take(width));
        text.push_str(REST_OF_LINE);
        text.push('\n');
    }
    text.push_str(REST_OF_SCREEN);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_fits_and_obeys_nobody_else() {
        let lines = ["12345".to_owned(), "\x1b[2Jx".to_owned(), "c".to_owned(), "d".to_owned()];
        assert_eq!(frame(&lines, 4, 3), "\x1b[H1234\x1b[K\n\u{fffd}[2J\x1b[K\n\x1b[J");
        assert_eq!(frame(&lines, 0, 0), "\x1b[H\x1b[J");
    }
}
