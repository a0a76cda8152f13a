//! The short form of the simulator, a few seconds: `./test` runs the binary `sim` as well, for more than a million steps.

use lacuna_testing::sim::{Run, run_many};

#[test]
fn no_law_is_broken() {
    let report = run_many(&Run {
        from: 0,
        seeds: 24,
        acts: 500,
        threads: 2,
        only: Vec::new(),
        traced: false,
        tries: 400,
    });
    if let Some(violation) = report.violation {
        let trace = violation.trace.join("\n");
        panic!("{}\n{trace}\n{}", violation.text, violation.command());
    }
    assert!(report.steps > 30_000, "{} steps are no run", report.steps);
    let faults = report.faults.keys();
    assert!(faults.len() >= 8, "{:?}", report.faults);
}

/// A run is a function of its seed: it can be repeated.
#[test]
fn a_run_repeats() {
    let run = || {
        run_many(&Run {
            from: 3,
            seeds: 1,
            acts: 300,
            threads: 1,
            only: Vec::new(),
            traced: true,
            tries: 0,
        })
        .trace
    };
    let first = run();
    assert!(!first.is_empty());
    assert_eq!(first, run());
}
