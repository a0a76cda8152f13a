//! Runs: one for each seed, some of them at once; and what is left of a run that breaks a law.

use super::acts::Act;
use super::rng::Rng;
use super::world::{Setting, World};
use anyhow::{Result, anyhow};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One seed in so many runs the embedded store with the memory store beside it.
const TWIN_EVERY: u64 = 8;

/// What to run.
#[derive(Clone, Debug)]
pub struct Run {
    /// The first seed.
    pub from: u64,
    /// How many seeds.
    pub seeds: u64,
    /// Acts for each seed.
    pub acts: usize,
    /// Runs at the same time.
    pub threads: usize,
    /// Which acts of the run happen; all, if there are none.
    pub only: Vec<usize>,
    /// Whether the trace is kept.
    pub traced: bool,
    /// How often it is tried to cut a broken run down; each time is a run of its own.
    pub tries: usize,
}

/// A law that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The seed.
    pub seed: u64,
    /// What is wrong.
    pub text: String,
    /// The acts that are needed for it, by number.
    pub only: Vec<usize>,
    /// Acts of the whole run.
    pub acts: usize,
    /// Steps until it was found.
    pub steps: u64,
    /// What happened, in the short run.
    pub trace: Vec<String>,
}

impl Violation {
    /// The command that repeats it.
    #[must_use]
    pub fn command(&self) -> String {
        format!(
            "cargo run -p lacuna-testing --bin sim -- --seed {} --steps {} --only {}",
            self.seed,
            self.acts,
            spans(&self.only)
        )
    }
}

/// Numbers as in 3,5,8-11.
fn spans(numbers: &[usize]) -> String {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match spans.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => spans.push((*number, *number)),
        }
    }
    let text = |(first, last): &(usize, usize)| {
        if first == last {
            first.to_string()
        } else {
            format!("{first}-{last}")
        }
    };
    spans.iter().map(text).collect::<Vec<_>>().join(",")
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Seeds that were run.
    pub seeds: u64,
    /// Steps of all runs.
    pub steps: u64,
    /// Faults by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// The first law that was broken.
    pub violation: Option<Violation>,
    /// The trace of the last run, if it was kept.
    pub trace: Vec<String>,
}

/// The end of one run.
struct Ended {
    steps: u64,
    counts: BTreeMap<&'static str, u64>,
    trace: Vec<String>,
    failed: Option<String>,
}

/// Runs seeds until all are done or a law is broken.
#[must_use]
pub fn run_many(run: &Run) -> Report {
    let (next, broken) = (AtomicU64::new(run.from), AtomicBool::new(false));
    let report = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        for _ in 0..run.threads.max(1) {
            scope.spawn(|| {
                while !broken.load(Ordering::SeqCst) {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= run.from + run.seeds {
                        return;
                    }
                    let only = (!run.only.is_empty()).then_some(run.only.as_slice());
                    let ended = one(seed, run.acts, only, run.traced);
                    let violation = ended.failed.clone().map(|text| {
                        broken.store(true, Ordering::SeqCst);
                        shrink(seed, run, text, ended.steps)
                    });
                    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                    report.seeds += 1;
                    report.steps += ended.steps;
                    for (what, count) in ended.counts {
                        *report.faults.entry(what).or_default() += count;
                    }
                    report.trace = ended.trace;
                    let first =
                        |old: &Violation| violation.as_ref().is_some_and(|new| new.seed < old.seed);
                    if report.violation.as_ref().is_none_or(first) && violation.is_some() {
                        report.violation = violation;
                    }
                }
            });
        }
    });
    report.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn acts_of(seed: u64, acts: usize) -> (Setting, Vec<Act>) {
    let mut rng = Rng::new(seed);
    let setting = Setting {
        twin: seed.is_multiple_of(TWIN_EVERY),
        retention_days: if rng.one_in(2) { 2 } else { 0 },
        mailbox_max: if rng.one_in(2) { 4 } else { 256 },
        page_max: 1 + rng.index(6),
        token_seconds: if rng.one_in(2) { 36 * 3600 } else { 0 },
        traced: false,
    };
    let mut list: Vec<Act> = (0..acts).map(|_| Act::any(&mut rng)).collect();
    list.push(Act::Settle(rng.next()));
    (setting, list)
}

fn one(seed: u64, acts: usize, only: Option<&[usize]>, traced: bool) -> Ended {
    let (setting, list) = acts_of(seed, acts);
    let chosen = list.iter().enumerate();
    let chosen = chosen.filter(|(nth, _)| only.is_none_or(|only| only.contains(nth)));
    let acts: Vec<Act> = chosen.map(|(_, act)| *act).collect();
    play(Setting { traced, ..setting }, &acts)
}

fn play(setting: Setting, acts: &[Act]) -> Ended {
    let mut world = None;
    let played = catch_unwind(AssertUnwindSafe(|| -> Result<()> {
        let world = world.insert(World::new(setting)?);
        for act in acts {
            world.happen(*act)?;
        }
        Ok(())
    }));
    let played = played.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(anyhow!("panicked: {}", text.unwrap_or_default()))
    });
    let failed = played.err().map(|error| format!("{error:#}"));
    let Some(mut world) = world else {
        return Ended {
            steps: 0,
            counts: BTreeMap::new(),
            trace: Vec::new(),
            failed,
        };
    };
    Ended {
        steps: world.steps,
        counts: std::mem::take(&mut world.counts),
        trace: world.trace.take().unwrap_or_default(),
        failed,
    }
}

/// Leaves out acts as long as what is left still breaks something: large parts first, then smaller ones (Zeller's ddmin).
fn shrink(seed: u64, run: &Run, text: String, steps: u64) -> Violation {
    let whole = run.acts + 1;
    let mut kept: Vec<usize> = if run.only.is_empty() {
        (0..whole).collect()
    } else {
        run.only.clone()
    };
    let (mut part, mut tries, mut text) = (kept.len().div_ceil(2), 0, text);
    while part > 0 && tries < run.tries {
        let mut start = 0;
        while start < kept.len() && tries < run.tries {
            let end = (start + part).min(kept.len());
            let fewer: Vec<usize> = kept[..start].iter().chain(&kept[end..]).copied().collect();
            tries += 1;
            match one(seed, run.acts, Some(&fewer), false).failed {
                Some(other) => (kept, text) = (fewer, other),
                None => start = end,
            }
        }
        part /= 2;
    }
    let last = one(seed, run.acts, Some(&kept), true);
    Violation {
        seed,
        text,
        only: kept,
        acts: run.acts,
        steps,
        trace: last.trace,
    }
}
