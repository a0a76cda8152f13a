"""Writes the async forms of the Linux facade: one for each that Apple's importer derives from a method with a completion.

usage: async.py IMPORTED FOLDER   (IMPORTED made by interface.py): FOLDER/Owner+Async.swift for each class and protocol that has any

In the imported interface an async form follows its completion form, so the two are known to belong together, whatever the importer
made of the name: getX(completion:) becomes x() async.
"""
import re
import sys

import swift_interface

COLUMNS_MAX = 150

HEADER = """\
// Written by apple/async from the headers. Do not edit: `linux/inroot apple/async` writes it anew.
//
// Swift on Apple platforms derives these from the methods with a completion by itself.

import Foundation
"""


def declaration(line):
    """A func line's name, its parameters as (label, inner name, type), and what follows them."""
    found = re.match(r"(?:open |public |optional |class )*func ([^(]+)\(", line)
    end = swift_interface.close_of(line, found.end() - 1)
    parameters = []
    for parameter in swift_interface.split_top(line[found.end() : end - 1]):
        names, type_ = parameter.split(":", 1)
        label, *inner = names.split()
        type_ = type_.strip().replace("NSTimeInterval", "TimeInterval").replace("dispatch_queue_t", "DispatchQueue")
        parameters.append((label, (inner or [label])[0], type_))
    return found.group(1), parameters, line[end:].strip()


def spelled(parameter):
    label, inner, type_ = parameter
    return f"{inner}: {type_}" if label == inner else f"{label} {inner}: {type_}"


def argument(label, value):
    return value if label == "_" else f"{label}: {value}"


def async_form(completion, line):
    name, parameters, after = declaration(line)
    of_name, of_parameters, _ = declaration(completion)
    if [p[2] for p in of_parameters[: len(parameters)]] != [p[2] for p in parameters] or len(of_parameters) != len(parameters) + 1:
        sys.exit(f"not the completion form of its neighbour: {completion}\n{line}")
    # (String?, EMError?) -> Void, optional or not: as many values as it has parameters.
    block = re.search(r"\(\((.*)\) -> Void\)", of_parameters[-1][2]) or re.match(r"@escaping \((.*)\) -> Void", of_parameters[-1][2])
    count = len(swift_interface.split_top(block.group(1)))
    value = {0: "()", 1: "$0"}.get(count) or "(" + ", ".join(f"${i}" for i in range(count)) + ")"
    arguments = [argument(label, inner) for label, inner, _ in of_parameters[:-1]]
    arguments.append(argument(of_parameters[-1][0], f"{{ continuation.resume(returning: {value}) }}"))
    discardable = "    @discardableResult\n" if "->" in after else ""
    result = re.sub(r"^async(?: throws)? ?", "", after)
    head = called(f"    public func {name}", list(map(spelled, parameters)), f" async {result} {{".replace("  {", " {"))
    call = called(f"            {of_name}", arguments, "")
    return f"{discardable}{head}\n        await withCheckedContinuation {{ continuation in\n{call}\n        }}\n    }}\n"


def called(start, arguments, end):
    """One line if it fits, else a line an argument."""
    line = f"{start}({', '.join(arguments)}){end}"
    if len(line) <= COLUMNS_MAX:
        return line
    indent = " " * (len(start) - len(start.lstrip()))
    return f"{start}(\n" + ",\n".join(f"{indent}    {one}" for one in arguments) + f"\n{indent}){end}"


def forms(path):
    """Owner -> the async forms of it."""
    found, owner, before = {}, None, None
    for line in open(path, encoding="utf-8"):
        line = re.sub(r"\s+", " ", re.sub(r"(?:^|\s)//.*", "", line)).strip()
        head = swift_interface.HEAD.match(line)
        if head:
            owner = head.group(2)
        elif re.match(r"(?:open |public |optional |class )*func ", line):
            if re.search(r"\) async\b", line):
                if " throws" in line:
                    sys.exit(f"none of ours throws: {line}")
                found.setdefault(owner, []).append(async_form(before, line))
            before = line
    return found


def main():
    found = forms(sys.argv[1])
    if not found:
        sys.exit("the imported interface has no async forms")
    for owner, members in found.items():
        with open(f"{sys.argv[2]}/{owner}+Async.swift", "w", encoding="utf-8") as file:
            file.write(HEADER + f"\nextension {owner} {{\n" + "\n".join(members) + "}\n")


main()
