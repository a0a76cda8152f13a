"""Which classes can be made with `Type()`? One Swift file asks, once of Apple's importer and once of the facade.

usage: creatable.py source IMPORTED > ask.swift;   creatable.py compare IMPORTED LOG FACADE-LOG

NSObject gives every Objective-C class an init() unless its header forbids it. An interface prints neither.
"""
import re
import sys


def classes(path):
    return [
        found.group(1)
        for found in (re.match(r"open class (\w+)(<)?", line) for line in open(path, encoding="utf-8"))
        if found and not found.group(2)
    ]


def refused(path):
    return {int(number) for number in re.findall(r"ask\.swift:(\d+):\d+: error:", open(path, encoding="utf-8").read())}


names = classes(sys.argv[2])
if sys.argv[1] == "source":
    print("import Lacuna")
    print("\n".join(f"func make{name}() {{ _ = {name}() }}" for name in names))
else:
    wanted, had = refused(sys.argv[3]), refused(sys.argv[4])
    for line in sorted(wanted ^ had):
        print(f"{names[line - 2]}(): " + ("only in the facade" if line in wanted else "refused by the facade, but not on Apple platforms"))
    if not names or wanted ^ had:
        sys.exit(1)
    print(f"{len(names)} classes can be made, or not, on both sides")
