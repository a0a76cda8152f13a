//! Runs the simulator: `cargo run -p lacuna-testing --bin sim -- --seeds 1000`.
#![expect(clippy::print_stdout, reason = "what it finds is what it is run for")]

use clap::Parser;
use lacuna_testing::sim::{Report, Run, Violation, run_many};
use std::process::ExitCode;

/// Clients, a server and faults, from one seed. Exits with 1 if a law is broken.
#[derive(Debug, Parser)]
#[command(name = "sim")]
struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Acts for each seed; an act is one step or more.
    #[arg(long, default_value_t = 400)]
    steps: usize,
    /// Runs this seed alone, with a trace.
    #[arg(long)]
    seed: Option<u64>,
    /// With a seed: only these acts happen, as in 3,5,8-11.
    #[arg(long, default_value = "")]
    only: String,
    /// Runs at the same time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// How often it is tried to cut a broken run down.
    #[arg(long, default_value_t = 400)]
    tries: usize,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(only) = numbers(&args.only) else {
        println!("--only takes numbers and spans, as in 3,5,8-11");
        return ExitCode::from(2);
    };
    std::panic::set_hook(Box::new(|_| {}));
    let report = run_many(&Run {
        from: args.seed.unwrap_or(args.from),
        seeds: if args.seed.is_some() { 1 } else { args.seeds },
        acts: args.steps,
        threads: args.threads,
        only,
        traced: args.seed.is_some(),
        tries: args.tries,
    });
    print(&report, args.seed.is_some());
    ExitCode::from(u8::from(report.violation.is_some()))
}

fn print(report: &Report, traced: bool) {
    if traced && report.violation.is_none() {
        for line in &report.trace {
            println!("{line}");
        }
    }
    println!("{} steps, {} seeds", report.steps, report.seeds);
    for (what, count) in &report.faults {
        println!("{count:>9}  {what}");
    }
    match &report.violation {
        None => println!("0 violations"),
        Some(violation) => explain(violation),
    }
}

fn explain(violation: &Violation) {
    println!("\nseed {} breaks a law:", violation.seed);
    println!("{}\n", violation.text);
    for line in &violation.trace {
        println!("{line}");
    }
    println!("\nfound after {} steps; to repeat it:", violation.steps);
    println!("{}", violation.command());
}

fn numbers(text: &str) -> Option<Vec<usize>> {
    let mut numbers = Vec::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        numbers.extend(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?);
    }
    Some(numbers)
}
