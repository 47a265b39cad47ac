//! Tables as text: columns as wide as what stands in them, nothing cut off.

/// Rows under their columns' names.
pub(crate) fn columns(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head = head.iter().map(|name| (*name).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows.map(clean)).collect();
    aligned(&rows)
}

/// One pair of name and value a line.
pub(crate) fn pairs(lines: &[(String, String)]) -> String {
    let rows: Vec<_> = lines.iter().map(|(name, value)| clean(vec![name.clone(), value.clone()])).collect();
    aligned(&rows)
}

/// The text without what a terminal would obey: escapes, and marks that turn the writing direction.
pub(crate) fn printable(text: &str) -> String {
    let is_bidi = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let replace = |c: char| if (c.is_control() && c != '\n') || is_bidi(c) { '\u{fffd}' } else { c };
    text.chars().map(replace).collect()
}

fn clean(cells: Vec<String>) -> Vec<String> {
    cells.iter().map(|cell| printable(cell).replace('\n', " ")).collect()
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| rows.iter().filter_map(|row| row.get(i)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let rows = [vec!["a".to_owned(), "1".to_owned()], vec!["longer".to_owned(), String::new()]];
        assert_eq!(columns(&["NAME", "N"], rows.into_iter()), "NAME    N\na       1\nlonger\n");
        assert_eq!(pairs(&[("a b".into(), "c".into()), ("d".into(), "e".into())]), "a b  c\nd    e\n");
    }

    #[test]
    fn a_terminal_is_told_nothing_by_a_peer() {
        let hostile = "ok\u{1b}]0;title\u{7}\r\n\u{202e}gpj.exe";
        assert_eq!(printable(hostile), "ok\u{fffd}]0;title\u{fffd}\u{fffd}\n\u{fffd}gpj.exe");
        assert_eq!(columns(&["X"], std::iter::once(vec!["a\nb".to_owned()])), "X\na b\n");
    }
}
