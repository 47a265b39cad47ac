//! Signal names, as circom writes them (`.sym`): `label,wire,component,path` on each line, with wire −1 for
//! a signal the compiler has optimised away.
//!
//! Names serve people only. They are plain visible ASCII, so that printing one can't play with a terminal.

use super::limits::CircuitLimits;
use std::ops::Range;

/// Bytes of one signal's path.
const NAME_BYTES_MAX: usize = 4_096;
/// No wire has this number.
const GONE: u32 = u32::MAX;

/// Why a `.sym` file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SymError {
    /// The file has more bytes than the limit.
    #[error("a .sym file of {got} bytes; the limit is {limit}")]
    TooLarge {
        /// The length that was given, in bytes.
        got: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// A line that is not `label,wire,component,path`.
    #[error("line {line} of the .sym file is not `label,wire,component,path`: {reason}")]
    Line {
        /// The line of the file, from 1.
        line: usize,
        /// The rule that the line breaks.
        reason: &'static str,
    },
}

/// The names of a circuit's signals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sym {
    text: String,
    /// Wire (or [`GONE`]) and path, in the file's order.
    signals: Vec<(u32, Range<u32>)>,
    /// The first signal of each wire, by wire.
    by_wire: Vec<(u32, u32)>,
}

impl Sym {
    /// Reads a `.sym` file and checks it against the limits.
    pub fn parse(bytes: &[u8], limits: &CircuitLimits) -> Result<Self, SymError> {
        let limit = limits.file_bytes_max.min(u64::from(u32::MAX));
        if bytes.len() as u64 > limit {
            return Err(SymError::TooLarge { got: bytes.len() as u64, limit });
        }
        let mut sym = Self::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.is_empty() {
                sym.line(line).map_err(|reason| SymError::Line { line: index + 1, reason })?;
            }
        }
        let mut by_wire: Vec<(u32, u32)> = (0..).zip(&sym.signals).map(|(at, (wire, _))| (*wire, at)).collect();
        by_wire.retain(|(wire, _)| *wire != GONE);
        by_wire.sort_unstable();
        by_wire.dedup_by_key(|(wire, _)| *wire);
        sym.by_wire = by_wire;
        Ok(sym)
    }

    fn line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        if !line.iter().all(u8::is_ascii_graphic) {
            return Err("a character that is not visible ASCII");
        }
        let line = str::from_utf8(line).map_err(|_| "not ASCII")?;
        let mut fields = line.splitn(4, ',');
        let (Some(_label), Some(wire), Some(_component), Some(path)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err("fewer than four fields");
        };
        if path.is_empty() || path.len() > NAME_BYTES_MAX {
            return Err("a path of no or too many bytes");
        }
        let wire = match wire {
            "-1" => GONE,
            number => number.parse().ok().filter(|wire| *wire != GONE).ok_or("a wire that is no number")?,
        };
        // The whole text is shorter than the file, whose length fits.
        let start = self.text.len() as u32;
        self.text.push_str(path);
        self.signals.push((wire, start..self.text.len() as u32));
        Ok(())
    }

    /// The first name of a wire.
    pub fn name(&self, wire: u32) -> Option<&str> {
        let found = self.by_wire.binary_search_by_key(&wire, |(wire, _)| *wire).ok()?;
        let (_, path) = self.signals.get(self.by_wire.get(found)?.1 as usize)?;
        self.path(path)
    }

    /// Every signal's path and wire, if it has one, in the file's order.
    pub fn signals(&self) -> impl Iterator<Item = (&str, Option<u32>)> {
        self.signals.iter().filter_map(|(wire, path)| Some((self.path(path)?, (*wire != GONE).then_some(*wire))))
    }

    fn path(&self, range: &Range<u32>) -> Option<&str> {
        self.text.get(range.start as usize..range.end as usize)
    }
}
