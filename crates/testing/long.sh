#!/bin/sh
# The long form of the verification (docs/verification.md): what `./test` runs in short, for hours. Needs what `./test` needs;
# fuzzing needs cargo-fuzz and mutants need cargo-mutants besides. What is not installed is said and left out, and counts as a
# failure at the end: nobody should take half of it for all of it. A part by itself: `crates/testing/long.sh crashes`. The part
# `short` is the short form of crash, disk and fuzz tests, as `./test` has it, with the time it takes.
set -u

root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
seeds=${SEEDS:-10000}
minutes=${FUZZ_MINUTES:-10}
rounds=${CRASH_ROUNDS:-200}
acts=${POWER_ACTS:-2000}
found=${FOUND:-/tmp/lacuna-found}
parts=${*:-simulator bugs scenarios power crashes fuzzing mutants}
log=$(mktemp)

cd "$root" || exit 2

# Runs a command, and notes how it ended and how long it took.
run() {
    name=$1
    shift
    printf '\n== %s: %s\n' "$name" "$*"
    start=$(date +%s)
    if "$@"; then end=passed; else end=FAILED; fi
    echo "$end  $name, $(($(date +%s) - start)) s" >> "$log"
}

missing() {
    printf '\n== %s: %s\n' "$1" "$2"
    echo "MISSING $1: $2" >> "$log"
}

# Whether a subcommand of cargo is installed.
has() {
    cargo "$1" --version > /dev/null 2>&1
}

simulator() {
    run "the simulator" cargo run --quiet --package lacuna-testing --bin sim --locked -- --seeds "$seeds"
}

bugs() {
    run "five bugs" crates/testing/mutants/run.sh
}

scenarios() {
    run "scenarios in full size" cargo test --quiet --package lacuna-testing --test it --locked -- --ignored --test-threads 1
}

power() {
    run "power cuts" env LACUNA_POWER_ACTS="$acts" LACUNA_POWER_SEED="$(date +%s)" \
        cargo test --quiet --package lacuna-sqlite --test it --locked power -- --nocapture
    run "power cuts of a server" cargo test --quiet --package lacuna --test it --locked power -- --nocapture
}

crashes() {
    run "crashes" env LACUNA_CRASH_ROUNDS="$rounds" LACUNA_CRASH_SEED="$(date +%s)" \
        cargo test --quiet --package lacuna --test it --locked killed -- --nocapture
    run "full disks and clocks" cargo test --quiet --package lacuna --test it --locked -- disk clock --nocapture
}

short() {
    run "inputs of fuzzers" cargo test --quiet --package lacuna-domain --package lacuna-proto --package lacuna-server \
        --package lacuna-sdk --locked fuzzing
    run "power cuts" cargo test --quiet --package lacuna-sqlite --test it --locked power
    run "crashes and disks" cargo test --quiet --package lacuna --test it --locked -- killed crash disk clock power erased
    run "crashes of a client" cargo test --quiet --package lacuna-sdk --test it --locked -- crash damage
}

fuzzing() {
    if ! has fuzz; then
        missing fuzzing "cargo-fuzz is not installed: cargo install cargo-fuzz --locked"
        return
    fi
    mkdir -p "$found"
    for target in bodies frames rest seq_set session sync; do
        mkdir -p "$found/$target"
        # The stable compiler lets libFuzzer instrument only so.
        run "fuzzing $target" env RUSTC_BOOTSTRAP=1 cargo fuzz run --dev "$target" "$found/$target" "fuzz/corpus/$target" -- \
            -max_total_time="$((minutes * 60))" -max_len=600
    done
}

mutants() {
    if ! has mutants; then
        missing mutants "cargo-mutants is not installed: cargo install cargo-mutants --locked"
        return
    fi
    # What no test can notice is explained in the packages' mutants.md, and left out by .cargo/mutants.toml.
    run "mutants of the rules" cargo mutants --package lacuna-domain --output "$found/domain"
    run "mutants of the memory store" cargo mutants --package lacuna-store --features contract --file 'crates/store/src/memory/*.rs' \
        --output "$found/store" -- --test it memory::
}

for part in $parts; do
    case $part in
        simulator | bugs | scenarios | power | crashes | fuzzing | mutants | short) $part ;;
        *)
            echo "usage: long.sh [simulator] [bugs] [scenarios] [power] [crashes] [fuzzing] [mutants] [short]" >&2
            exit 2
            ;;
    esac
done

printf '\n== summary\n'
cat "$log"
if grep --quiet --invert-match '^passed' "$log"; then failed=1; else failed=0; fi
rm "$log"
exit "$failed"
