//! How far something is: a bar on a terminal, plain lines elsewhere.

use crate::{status_line::status_line, table::printable};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The whole of a task, in thousandths.
const WHOLE: u64 = 1_000;
/// A plain line is written when the progress has grown by this much, in thousandths.
const STEP: u64 = 100;

/// A progress display. What it shows last stays visible.
pub(crate) struct Bar {
    bar: Option<ProgressBar>,
    text: String,
    permille: u64,
}

impl Bar {
    pub(crate) fn new(terminal: bool) -> Self {
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(WHOLE), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} [{elapsed_precise}] {wide_bar} {percent:>3} %  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(std::time::Duration::from_millis(200));
            bar
        });
        Self { bar, text: String::new(), permille: 0 }
    }

    /// Shows what is done now, and how much of the whole is done in thousandths if that is known.
    pub fn update(&mut self, permille: Option<u16>, text: &str) {
        let permille = permille.map_or(self.permille, |p| u64::from(p).min(WHOLE));
        let is_news = text != self.text || permille >= self.permille + STEP || permille < self.permille;
        match &self.bar {
            Some(bar) => {
                bar.set_position(permille);
                bar.set_message(printable(text));
                self.permille = permille;
            }
            None if is_news => {
                status_line(&format!("{:>3} %  {}", permille / 10, printable(text)));
                self.permille = permille;
            }
            None => {}
        }
        text.clone_into(&mut self.text);
    }

    /// A line that stays, above the bar.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(printable(text)),
            None => status_line(&printable(text)),
        }
    }

    /// Ends the display with a last line.
    pub fn finish(self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        status_line(&printable(text));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
