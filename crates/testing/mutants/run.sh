#!/bin/sh
# Puts each of these bugs into a copy of the sources, and says how soon the simulator finds it. The copy and its build stay in
# $SCRATCH, so that the next run compiles only what changes. Exits with 1 if one is not found in time.
set -eu

root=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
scratch=${SCRATCH:-/tmp/lacuna-mutants}
seconds=${SECONDS_MAX:-60}
failed=0

rm -rf "$scratch/src" # What the sources no longer have must not stay.
mkdir -p "$scratch/src"
# New times for all: what was built last may hold one of the bugs.
(cd "$root" && git ls-files -z | tar --create --null --files-from=- --file=-) | tar --extract --touch --file=- --directory="$scratch/src"
cd "$scratch/src"
for patch in "$root"/crates/testing/mutants/*.patch; do
    name=$(basename "$patch" .patch)
    patch --quiet --strip=1 < "$patch"
    CARGO_TARGET_DIR="$scratch/target" cargo build --quiet --package lacuna-testing --bin sim
    patch --quiet --strip=1 --reverse < "$patch"
    # Unchanged files are as old as in the repository: the build has to see that these went back.
    sed -n 's|^+++ b/||p' "$patch" | xargs touch
    start=$(date +%s.%N)
    if timeout "$seconds" "$scratch/target/debug/sim" --seeds 1000000 --tries 0 > "$scratch/$name.txt"; then
        echo "$name: not found"
        failed=1
        continue
    fi
    end=$(date +%s.%N)
    if ! grep --quiet 'breaks a law' "$scratch/$name.txt"; then
        echo "$name: not found within $seconds s"
        failed=1
        continue
    fi
    sed -n "s/^seed \([0-9]*\) breaks a law:/$name: seed \1/p; s/^found after \([0-9]* steps\).*/  after \1 of it/p" "$scratch/$name.txt"
    sed -n '/breaks a law/{n;p;}' "$scratch/$name.txt" | cut -c 1-200
    grep --extended-regexp '^[0-9]+ steps' "$scratch/$name.txt"
    echo "$start $end" | awk '{ printf "  %.1f s\n", $2 - $1 }'
done
exit "$failed"
