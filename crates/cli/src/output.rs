//! The one place that writes to the terminal: data to stdout, everything else to stderr.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// The exit code of a command that Ctrl-C ended.
pub(crate) const INTERRUPTED: u8 = 130;
/// The exit code of a command line that makes no sense.
const USAGE: u8 = 2;

/// Writes a line of data to stdout. A reader that went away is no error.
pub(crate) fn line(line: &str) {
    let mut stdout = std::io::stdout().lock();
    drop(writeln!(stdout, "{line}").and_then(|()| stdout.flush()));
}

/// Writes a line for people to stderr.
pub(crate) fn note(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// Says on stderr why the command failed, with its causes.
pub(crate) fn failed(error: &anyhow::Error) -> ExitCode {
    note(&format!("lacuna: {error:#}"));
    if error.is::<Usage>() {
        return ExitCode::from(USAGE);
    }
    ExitCode::FAILURE
}

/// The command line makes no sense, in a way that its parser cannot see.
#[derive(Debug)]
pub(crate) struct Usage(String);

impl Usage {
    /// With words that say what to do instead.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// A progress bar on stderr, if that is a terminal; else nothing is shown. Its length is not known.
pub(crate) fn progress(what: &'static str) -> indicatif::ProgressBar {
    if std::io::stderr().is_terminal() {
        indicatif::ProgressBar::new_spinner().with_message(what)
    } else {
        indicatif::ProgressBar::hidden()
    }
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colours if stdout is a terminal and `NO_COLOR` is unset or empty (<https://no-color.org>).
    pub(crate) fn for_stdout() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            on: !refused && std::io::stdout().is_terminal(),
        }
    }

    /// Never a colour.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { on: false };

    /// Bold.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Dim, for what may be skipped.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// Green, for what is as it should be.
    pub(crate) fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// Red, for what is not.
    pub(crate) fn bad(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.on {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_wrap_the_text_or_leave_it() {
        assert_eq!(Paint::PLAIN.bold("x"), "x");
        assert_eq!(Paint { on: true }.good("x"), "\x1b[32mx\x1b[0m");
    }
}
