# Sourced by the scripts of this folder: where things are, and how to become root.
# shellcheck shell=bash

apple=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
repository=$(cd "$apple/../.." && pwd)
# One chroot can serve several work trees: each sets these to the same folder.
apple_root=${LACUNA_APPLE_ROOT:-$repository/target/apple-root}
ios_root=${LACUNA_IOS_ROOT:-$repository/target/ios-root}
# All that these scripts build, so that one `rm` takes it away.
out=$repository/target/apple

die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Runs a command as root, with sudo where the caller is not root.
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  command -v sudo >/dev/null || die "a chroot needs root, and there is no sudo"
  sudo -- "$@"
}
