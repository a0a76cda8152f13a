//! The table: a row per message, a column per place that may hold it.

use crate::output::Paint;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TEXT_WIDTH: usize = 38;
const CELL_WIDTH: usize = 8;

/// A place that holds messages: a device, or a user's history on the server.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Whose.
    pub(super) owner: &'static str,
    /// Which.
    pub(super) place: &'static str,
    /// What it holds.
    pub(super) held: BTreeSet<u64>,
    /// What it should hold.
    pub(super) expected: BTreeSet<u64>,
}

/// A message of the story.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Its id.
    pub(super) id: u64,
    /// Who sent it.
    pub(super) from: &'static str,
    /// What it says.
    pub(super) text: &'static str,
}

/// Who has what.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rows: Vec<Row>,
    pub(super) columns: Vec<Column>,
}

impl Table {
    /// Whether every place holds exactly what it should.
    pub(super) fn passed(&self) -> bool {
        self.columns
            .iter()
            .all(|column| column.held == column.expected)
    }

    /// The table as lines. Widths count characters, and every character used is one cell wide.
    pub(super) fn draw(&self, paint: Paint) -> String {
        let owners = self.header(|column, first| if first { column.owner } else { "" });
        let places = self.header(|column, _| column.place);
        let mut lines = vec![paint.dim(&owners), paint.dim(&places)];
        for (index, row) in self.rows.iter().enumerate() {
            let text: String = row.text.chars().take(TEXT_WIDTH).collect();
            let mut line = format!("   {:>2} {:<5} {text:<TEXT_WIDTH$}", index + 1, row.from);
            let mut owner = "";
            for column in &self.columns {
                line.push_str(separator(&mut owner, column));
                line.push_str(&cell(column, row.id, paint));
            }
            lines.push(line.trim_end().to_owned());
        }
        lines.join("\n")
    }

    /// The rows with the places that hold them.
    pub(super) fn json(&self) -> Value {
        let places = |row: &Row| -> Vec<String> {
            let holding = self
                .columns
                .iter()
                .filter(|column| column.held.contains(&row.id));
            holding
                .map(|column| format!("{}/{}", column.owner, column.place))
                .collect()
        };
        let rows = self.rows.iter().map(|row| json!({"id": row.id.to_string(), "from": row.from, "text": row.text, "seen_by": places(row)}));
        rows.collect()
    }

    /// A line of names above the columns; the name may depend on whether the column is its owner's first.
    fn header(&self, name: impl Fn(&Column, bool) -> &'static str) -> String {
        let mut line = " ".repeat(12 + TEXT_WIDTH);
        let mut owner = "";
        for column in &self.columns {
            let first = owner != column.owner;
            line.push_str(separator(&mut owner, column));
            let name = name(column, first);
            line.push_str(name);
            line.push_str(&" ".repeat(CELL_WIDTH.saturating_sub(name.len())));
        }
        line.trim_end().to_owned()
    }
}

/// A rule where the owner changes.
fn separator(owner: &mut &'static str, column: &Column) -> &'static str {
    let changed = *owner != column.owner;
    *owner = column.owner;
    if changed { "| " } else { "" }
}

fn cell(column: &Column, id: u64, paint: Paint) -> String {
    let (held, expected) = (column.held.contains(&id), column.expected.contains(&id));
    let mark = if held { "\u{25cf}" } else { "\u{b7}" };
    let padding = " ".repeat(CELL_WIDTH - 4);
    if held != expected {
        return format!("  {}{padding}", paint.bad(&format!("{mark}!")));
    }
    let mark = if held {
        paint.good(mark)
    } else {
        paint.dim(mark)
    };
    format!("  {mark} {padding}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(owner: &'static str, place: &'static str, held: &[u64], expected: &[u64]) -> Column {
        Column {
            owner,
            place,
            held: held.iter().copied().collect(),
            expected: expected.iter().copied().collect(),
        }
    }

    #[test]
    fn a_gap_and_a_surprise_are_drawn() {
        let rows = vec![
            Row {
                id: 10,
                from: "bob",
                text: "hello",
            },
            Row {
                id: 20,
                from: "alice",
                text: "bye",
            },
        ];
        let columns = vec![
            column("alice", "phone", &[20], &[20]),
            column("alice", "tablet", &[10, 20], &[20]),
            column("bob", "phone", &[10, 20], &[10, 20]),
        ];
        let table = Table { rows, columns };
        assert!(!table.passed());
        let drawn = table.draw(Paint::PLAIN);
        let lines: Vec<&str> = drawn.lines().collect();
        assert_eq!(lines[1].trim_start(), "| phone   tablet  | phone");
        assert_eq!(lines[0].find("alice"), lines[1].find("phone"));
        assert_eq!(
            lines[2].split_once("hello").unwrap().1.trim(),
            "|   \u{b7}       \u{25cf}!    |   \u{25cf}"
        );
        assert_eq!(
            lines[3].split_once("bye").unwrap().1.trim(),
            "|   \u{25cf}       \u{25cf}     |   \u{25cf}"
        );
        assert_eq!(
            table.json()[0]["seen_by"],
            json!(["alice/tablet", "bob/phone"])
        );
    }
}
