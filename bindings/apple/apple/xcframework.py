"""Writes or checks the Info.plist of an XCFramework of static libraries.

usage: xcframework.py write|check FOLDER

What it should say: Apple's "Creating a multiplatform binary framework bundle", and what `xcodebuild -create-xcframework` writes.
"""
import pathlib
import plistlib
import re
import sys

LIBRARY = "liblacuna_capi.a"
MACHINES = {0x0100000C: "arm64", 0x01000007: "x86_64"}


def library(identifier):
    """The entry of a folder such as ios-arm64_x86_64-simulator."""
    platform, architectures, *variant = re.fullmatch(r"(\w+?)-((?:arm64|x86_64)(?:_(?:arm64|x86_64))*)(?:-(\w+))?", identifier).groups()
    entry = {
        "BinaryPath": LIBRARY,
        "HeadersPath": "Headers",
        "LibraryIdentifier": identifier,
        "LibraryPath": LIBRARY,
        "SupportedArchitectures": re.findall(r"arm64|x86_64", architectures),
        "SupportedPlatform": platform,
    }
    if variant[0]:
        entry["SupportedPlatformVariant"] = variant[0]
    return entry


def write(folder):
    identifiers = sorted(path.name for path in folder.iterdir() if path.is_dir())
    content = {
        "AvailableLibraries": [library(identifier) for identifier in identifiers],
        "CFBundlePackageType": "XFWK",
        "XCFrameworkFormatVersion": "1.0",
    }
    (folder / "Info.plist").write_bytes(plistlib.dumps(content))


def architectures(path):
    """Of a universal archive those that its header lists; of a plain one, that of its first Mach-O object."""
    data = path.read_bytes()[: 1 << 20]
    if data[:4] == b"\xca\xfe\xba\xbe":
        count = int.from_bytes(data[4:8], "big")
        return {MACHINES.get(int.from_bytes(data[8 + 20 * i : 12 + 20 * i], "big")) for i in range(count)}
    at = path.read_bytes().find(b"\xcf\xfa\xed\xfe")
    with path.open("rb") as file:
        file.seek(at + 4)
        return {MACHINES.get(int.from_bytes(file.read(4), "little"))}


def problems(folder):
    content = plistlib.loads((folder / "Info.plist").read_bytes())
    if content.get("CFBundlePackageType") != "XFWK" or content.get("XCFrameworkFormatVersion") != "1.0":
        yield "Info.plist is not of an XCFramework"
    listed = content.get("AvailableLibraries", [])
    for entry in listed:
        place = folder / entry["LibraryIdentifier"]
        if entry != {**library(entry["LibraryIdentifier"]), "SupportedArchitectures": entry["SupportedArchitectures"]}:
            yield f"{place.name}: its name and its entry do not agree"
        binary = place / entry["LibraryPath"]
        if not binary.is_file():
            yield f"{binary}: missing"
        elif architectures(binary) != set(entry["SupportedArchitectures"]):
            yield f"{binary}: is for {architectures(binary)}, listed for {entry['SupportedArchitectures']}"
        headers = place / entry["HeadersPath"]
        for name in ["lacuna_c.h", "module.modulemap"]:
            if not (headers / name).is_file():
                yield f"{headers / name}: missing"
        if (headers / "module.modulemap").is_file() and "module CLacuna" not in (headers / "module.modulemap").read_text():
            yield f"{headers}: the module is not CLacuna"
    found = {path.name for path in folder.iterdir() if path.is_dir()}
    if found != {entry["LibraryIdentifier"] for entry in listed}:
        yield f"folders {sorted(found)} are not those that Info.plist lists"
    kinds = {(entry["SupportedPlatform"], entry.get("SupportedPlatformVariant")) for entry in listed}
    if not {("ios", None), ("ios", "simulator")} <= kinds:
        yield f"no library for devices or none for simulators: {kinds}"


def main():
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "write":
        write(folder)
        return
    found = list(problems(folder))
    print("\n".join(found) if found else f"{folder.name}: as it should be")
    sys.exit(1 if found else 0)


main()
