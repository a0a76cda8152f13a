//! What a scenario found: rows of named values.

use crate::output;
use serde_json::{Map, Value, json};

/// A named value of a row.
pub(super) type Cell = (&'static str, Value);

/// The result of a scenario.
#[derive(Debug)]
pub(super) struct Report {
    scenario: &'static str,
    settings: Vec<Cell>,
    rows: Vec<Vec<Cell>>,
    /// What was not as it must be: lost messages, wrong pages. A number without this is worth nothing.
    faults: Vec<String>,
}

impl Report {
    /// An empty report of a scenario that runs with these settings.
    pub(super) fn new(scenario: &'static str, settings: Vec<Cell>) -> Self {
        Self {
            scenario,
            settings,
            rows: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Adds a row. All rows of a report have the same columns.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Notes that something must be so. If it is not, the scenario failed.
    pub(super) fn check(&mut self, holds: bool, what: impl Into<String>) {
        if !holds {
            self.faults.push(what.into());
        }
    }

    /// Whether everything was as it must be.
    pub(super) fn passed(&self) -> bool {
        self.faults.is_empty()
    }

    /// Prints JSON to stdout and a table to stderr.
    pub(super) fn print(&self) {
        for line in self.table() {
            output::note(&line);
        }
        output::line(&self.json().to_string());
    }

    fn json(&self) -> Value {
        let object = |cells: &Vec<Cell>| -> Value {
            let cells = cells
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()));
            Value::Object(cells.collect::<Map<_, _>>())
        };
        json!({
            "scenario": self.scenario,
            "settings": object(&self.settings),
            "rows": self.rows.iter().map(object).collect::<Vec<_>>(),
            "passed": self.passed(),
            "faults": self.faults,
        })
    }

    fn table(&self) -> Vec<String> {
        let settings: Vec<String> = self
            .settings
            .iter()
            .map(|(name, value)| format!("{name} {}", text(value)))
            .collect();
        let mut lines = vec![format!("{}: {}", self.scenario, settings.join(", "))];
        let Some(first) = self.rows.first() else {
            return lines;
        };
        let mut columns: Vec<Vec<String>> = first
            .iter()
            .map(|(name, _)| vec![(*name).to_owned()])
            .collect();
        for row in &self.rows {
            for (column, (_, value)) in columns.iter_mut().zip(row) {
                column.push(text(value));
            }
        }
        let widths: Vec<usize> = columns
            .iter()
            .map(|column| column.iter().map(String::len).max().unwrap_or(0))
            .collect();
        for line in 0..=self.rows.len() {
            let cells = columns
                .iter()
                .zip(&widths)
                .filter_map(|(column, width)| Some(format!("{:>width$}", column.get(line)?)));
            lines.push(format!("  {}", cells.collect::<Vec<_>>().join("  ")));
        }
        lines.extend(self.faults.iter().map(|fault| format!("  FAULT: {fault}")));
        lines
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number with three decimals at the most.
pub(super) fn rounded(value: f64) -> Value {
    json!((value * 1_000.0).round() / 1_000.0)
}

/// How many a second.
pub(super) fn per_second(count: usize, seconds: f64) -> Value {
    rounded(float(count) / seconds.max(1e-9))
}

/// A count as a float; counts here are far below 2^32.
pub(super) fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_table_and_json() {
        let mut report = Report::new("page", vec![("rows", json!(50))]);
        report.row(vec![("deleted", json!(0)), ("p50_ms", rounded(0.123_456))]);
        report.row(vec![("deleted", json!(10_000)), ("p50_ms", rounded(2.0))]);
        assert_eq!(
            report.table(),
            [
                "page: rows 50",
                "  deleted  p50_ms",
                "        0   0.123",
                "    10000     2.0"
            ]
        );
        assert!(report.passed());
        report.check(false, "a page was short");
        assert!(!report.passed());
        assert_eq!(report.json()["rows"][1]["deleted"], 10_000);
        assert_eq!(report.json()["faults"][0], "a page was short");
    }

    #[test]
    fn rates_survive_no_time() {
        assert_eq!(per_second(10, 2.0), json!(5.0));
        assert!(per_second(10, 0.0).as_f64().unwrap().is_finite());
    }
}
