"""Is an archive what an iOS app could link: arm64 Mach-O objects, for the right platform, with every function of the C header?

usage: macho.py TARGET HEADER ARCHIVE
"""
import re
import struct
import sys

PLATFORMS = {"aarch64-apple-ios": 2, "aarch64-apple-ios-sim": 7}
MAGIC, CPU_ARM64 = b"\xcf\xfa\xed\xfe", 0x0100000C
SYMTAB, BUILD_VERSION, VERSION_MIN_IPHONEOS = 0x2, 0x32, 0x25


def members(path):
    data = open(path, "rb").read()
    if data[:8] != b"!<arch>\n":
        sys.exit(f"{path}: no archive")
    at = 8
    while at + 60 <= len(data):
        header = data[at : at + 60]
        size = int(header[48:58])
        name, body = header[:16].decode().strip(), data[at + 60 : at + 60 + size]
        if name.startswith("#1/"):  # BSD: the name stands before the body.
            length = int(name[3:])
            name, body = body[:length].rstrip(b"\0").decode(), body[length:]
        if name not in ("/", "//", "/SYM64/") and not name.startswith("__.SYMDEF"):
            yield name, body
        at += 60 + size + (size & 1)


def commands(body):
    count = struct.unpack("<I", body[16:20])[0]
    at = 32
    for _ in range(count):
        command, size = struct.unpack("<II", body[at : at + 8])
        yield command, body[at : at + size]
        at += size


def defined(body, command):
    symbols, count, strings, _ = struct.unpack("<IIII", command[8:24])
    for i in range(count):
        name, kind, _, _, _ = struct.unpack("<IBBHQ", body[symbols + 16 * i : symbols + 16 * i + 16])
        # External, and in a section: 0x1 is N_EXT, 0xe is N_SECT.
        if kind & 1 and kind & 0xE == 0xE:
            start = strings + name
            yield body[start : body.index(b"\0", start)].decode()


def functions(header):
    text = re.sub(r"//.*", "", open(header, encoding="utf-8").read())
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return set(re.findall(r"^[\w *]+?\b(lacuna_\w+)\(", text, flags=re.M))


def main():
    target, header, archive = sys.argv[1:]
    count, platforms, names = 0, set(), set()
    for name, body in members(archive):
        if body[:4] != MAGIC or struct.unpack("<I", body[4:8])[0] != CPU_ARM64:
            sys.exit(f"{archive}: {name} is no arm64 Mach-O object")
        count += 1
        for command, content in commands(body):
            if command == BUILD_VERSION:
                platforms.add(struct.unpack("<I", content[8:12])[0])
            elif command == VERSION_MIN_IPHONEOS:
                platforms.add(PLATFORMS["aarch64-apple-ios"])
            elif command == SYMTAB:
                names |= set(defined(body, content))
    wanted = functions(header)
    missing = sorted(name for name in wanted if "_" + name not in names)
    if not wanted or missing:
        sys.exit(f"{archive}: of {len(wanted)} functions of the header, missing: {' '.join(missing)}")
    # An object for a device may say nothing of its platform; one for the simulator must.
    if platforms - {PLATFORMS[target]} or (target.endswith("-sim") and not platforms):
        sys.exit(f"{archive}: is for platforms {sorted(platforms)}, not {PLATFORMS[target]}")
    print(f"{target}: {count} arm64 objects, all {len(wanted)} functions of {header.rsplit('/', 1)[-1]}")


main()
