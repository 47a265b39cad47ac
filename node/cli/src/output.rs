//! How the program speaks: results to standard output, the rest to standard error. Nothing else prints.
//!
//! What peers wrote may be shown, so control characters never reach the terminal.

use crate::{bar::Bar, status_line::status_line, table, user_error::UserError};
use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, BufRead, IsTerminal, Read, Write};

/// The most bytes of an answer.
const LINE_MAX: u64 = 4_096;

/// The format in which results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Table,
    Json,
}

/// A result that can be shown as a table.
pub(crate) trait Row {
    /// The names of the columns.
    fn head() -> &'static [&'static str];

    /// The cells, one for each column.
    fn cells(&self) -> Vec<String>;

    /// Name and value, one pair a line, when it is shown alone.
    fn lines(&self) -> Vec<(String, String)> {
        Self::head().iter().map(|name| name.to_lowercase().replace('_', " ")).zip(self.cells()).collect()
    }
}

/// The streams that everything is written to, and the format.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    format: Format,
    /// Whether a person watches standard error.
    watched: bool,
}

impl Output {
    /// The standard streams of this process.
    pub fn new(format: Format) -> Self {
        Self { format, watched: io::stderr().is_terminal() }
    }

    /// Shows the result: one thing.
    pub fn show<T: Row + Serialize>(&self, value: &T) -> Result<(), UserError> {
        match self.format {
            Format::Table => self.write(&table::pairs(&value.lines())),
            Format::Json => self.json(value),
        }
    }

    /// Shows the result: any number of things.
    pub fn show_all<T: Row + Serialize>(&self, values: &[T]) -> Result<(), UserError> {
        match self.format {
            Format::Table => self.write(&table::columns(T::head(), values.iter().map(T::cells))),
            Format::Json => self.json(&values),
        }
    }

    /// Shows a result of several parts: as the text for people, or as one value for programs.
    pub fn report(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), UserError> {
        match self.format {
            Format::Table => self.write(&text()),
            Format::Json => self.json(value),
        }
    }

    /// Writes the result as it is.
    pub fn write(&self, text: &str) -> Result<(), UserError> {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            // Whoever reads has enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(UserError::network(format!("standard output: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    fn json(&self, value: &impl Serialize) -> Result<(), UserError> {
        let text = serde_json::to_string_pretty(value).map_err(|e| UserError::network(format!("JSON: {e}")))?;
        self.write(&format!("{text}\n"))
    }

    /// Says what happens on the way.
    pub fn say(&self, text: &str) {
        status_line(&table::printable(text));
    }

    /// Tells the owner what to know, though the work goes on.
    pub fn warn(&self, text: &str) {
        status_line(&format!("warning: {}", table::printable(text)));
    }

    /// Why the work ended without a result.
    pub fn fail(&self, error: &UserError) {
        match (self.format, serde_json::to_string(error)) {
            (Format::Json, Ok(text)) => status_line(&text),
            _ => {
                status_line(&format!("error: {}", table::printable(&error.message)));
                if let Some(hint) = &error.hint {
                    status_line(&format!("  next: {}", table::printable(hint)));
                }
            }
        }
    }

    /// Asks a yes-or-no question; no, if there is nobody to ask.
    pub fn confirm(&self, question: &str) -> bool {
        if !self.watched || !io::stdin().is_terminal() {
            return false;
        }
        let answer = self.ask(&format!("{question} [y/N] ")).unwrap_or_default();
        matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
    }

    /// Whether results are written for people.
    pub fn is_table(&self) -> bool {
        self.format == Format::Table
    }

    /// Whether a person is there who reads and answers questions.
    pub fn is_answered(&self) -> bool {
        self.watched && self.format == Format::Table && io::stdin().is_terminal()
    }

    /// Shows a question and reads the line that is typed; `None` at the end of the input.
    pub fn ask(&self, question: &str) -> Option<String> {
        let mut err = io::stderr().lock();
        write!(err, "{}", table::printable(question)).and_then(|()| err.flush()).ok()?;
        let mut answer = String::new();
        let read = io::stdin().lock().take(LINE_MAX).read_line(&mut answer).ok()?;
        (read > 0).then_some(answer)
    }

    /// Shows how far something is: a bar if a person watches, else a line now and then.
    pub fn bar(&self) -> Bar {
        Bar::new(self.watched && self.format == Format::Table)
    }
}
