#!/usr/bin/env bash
# Puts the server and the library that the tests use into target/apple: built here, or taken from LACUNA_BIN (the `lacuna` command)
# and LACUNA_LIB (liblacuna_capi.so) where somebody has them already.
set -euo pipefail
. "$(cd "$(dirname "$0")" && pwd)/common.sh"
cd "$repository"
target=${CARGO_TARGET_DIR:-$repository/target}
wanted=()
# The development profile: its overflow checks and debug assertions are on, and ./test has built most of it already.
[ -n "${LACUNA_BIN:-}" ] || wanted+=(--package lacuna)
[ -n "${LACUNA_LIB:-}" ] || wanted+=(--package lacuna-capi)
if [ ${#wanted[@]} -gt 0 ]; then cargo build --locked "${wanted[@]}"; fi
binary=${LACUNA_BIN:-$target/debug/lacuna}
library=${LACUNA_LIB:-$target/debug/liblacuna_capi.so}
[ -x "$binary" ] || die "$binary: no such program"
[ -r "$library" ] || die "$library: no such library"
# Copies, as the chroot sees only the repository. Moved into place: a test that runs keeps what it has open.
mkdir -p "$out/lib" "$out/bin"
install_file() { cmp -s "$1" "$2" || { cp "$1" "$2.new" && mv "$2.new" "$2"; }; }
install_file "$library" "$out/lib/liblacuna_capi.so"
install_file "$binary" "$out/bin/lacuna"
