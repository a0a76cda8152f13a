# Sourced by the scripts that make a chroot. Needs common.sh.
# shellcheck shell=bash

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror that this machine takes SUITE's COMPONENT main from. apt itself reads its sources, in either of their formats.
# LACUNA_DEBIAN_MIRROR is for machines whose own sources are not Debian's.
mirror_of() {
  local suite=$1 found
  if [ -n "${LACUNA_DEBIAN_MIRROR:-}" ]; then printf '%s\n' "$LACUNA_DEBIAN_MIRROR"; return; fi
  # shellcheck disable=SC2016  # apt fills in the names, not the shell
  found=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v suite="$suite" '$1 == suite && $2 == "main" { print $3; exit }')
  [ -n "$found" ] || die "apt's sources name no mirror of $suite; set LACUNA_DEBIAN_MIRROR to one"
  printf '%s\n' "$found"
}

# The suite of this machine: its mirror of that suite has the others, too.
host_suite() { . /etc/os-release && printf '%s\n' "${VERSION_CODENAME:?this machine names no suite}"; }

# Prints a folder to put before PATH in which mmdebstrap is found; unpacks the package into SCRATCH if it is not installed.
mmdebstrap_folder() {
  local scratch=$1
  if command -v mmdebstrap >/dev/null; then dirname "$(command -v mmdebstrap)"; return; fi
  (
    cd "$scratch"
    # A machine whose lists were never read knows no package.
    apt-get download -qq mmdebstrap 2>/dev/null ||
      { as_root apt-get update -qq && apt-get download -qq mmdebstrap; } ||
      die "mmdebstrap is neither installed nor to be had from apt"
    dpkg -x mmdebstrap_*.deb .
  )
  printf '%s\n' "$scratch/usr/bin"
}

# make_chroot FOLDER STAMP SUITE PACKAGES EXCLUDES SOURCE...
# Makes FOLDER unless its stamp says that it is what STAMP asks for. It is made beside its place and then moved there, so an
# interrupted run leaves nothing that looks whole; a lock keeps parallel runs from making it twice.
make_chroot() (
  local folder=$1 stamp=$2 suite=$3 packages=$4 excludes=$5 part=$1.part scratch path exclude dpkg=()
  shift 5
  mkdir -p "$(dirname "$folder")"
  exec 9>"$folder.lock"
  flock 9
  if [ "$(cat "$folder/.ready" 2>/dev/null)" = "$stamp" ]; then return; fi
  [ -r "$keyring" ] || die "$keyring is missing: install debian-archive-keyring"
  printf 'making %s: Debian %s, about two minutes\n' "$folder" "$suite"
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  path=$(mmdebstrap_folder "$scratch"):$PATH
  # `read` does not match the patterns against this machine's files, as an unquoted word would be.
  read -rd '' -a excludes <<<"$excludes" || true
  for exclude in "${excludes[@]}"; do dpkg+=("--dpkgopt=path-exclude=$exclude"); done
  as_root rm -rf --one-file-system "$folder" "$part"
  as_root env PATH="$path" mmdebstrap --mode=root --variant=minbase --keyring="$keyring" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' "${dpkg[@]}" \
    --include="$packages" "$suite" "$part" "$@" </dev/null >"$folder.log" 2>&1 ||
    { tail -n 20 "$folder.log" >&2; die "making $folder failed: all of the output is in $folder.log"; }
  # The mirror's name is the machine's affair: it stays out of the tree.
  as_root rm -rf "$part/etc/apt/sources.list" "$part/etc/apt/sources.list.d" "$part/var/lib/apt/lists"
  as_root sh -c 'printf "%s\n" "$1" > "$2/.ready" && mv "$2" "$3"' sh "$stamp" "$part" "$folder"
)

# A stamp: changes with the words and with the files given after `--`.
stamp_of() {
  local words=()
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  { printf '%s\n' "${words[@]}"; cat "$@"; } | sha256sum | cut -d' ' -f1
}
