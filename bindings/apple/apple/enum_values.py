"""Writes a Swift program that fails if an enum of the facade has other raw values than Apple's importer gives it, or more cases.

usage: enum_values.py IMPORTED > main.swift
"""
import re
import sys

enums, owner = {}, None
for line in open(sys.argv[1], encoding="utf-8"):
    head = re.match(r"public enum (\w+) : \w+", line)
    if head:
        owner = head.group(1)
    elif line.startswith("}"):
        owner = None
    elif owner:
        case = re.match(r"\s+case (\S+) = (-?\d+)", line)
        if case:
            enums.setdefault(owner, []).append((case.group(1), int(case.group(2))))
if not enums:
    sys.exit("the imported interface has no enums")
print("import Lacuna\nvar wrong = 0")
for name, cases in enums.items():
    for case, value in cases:
        print(f'if {name}.{case}.rawValue != {value} {{ wrong += 1; print("{name}.{case} is \\({name}.{case}.rawValue), not {value}") }}')
print('if wrong > 0 { fatalError("\\(wrong) raw values differ") }')
print(f'print("{sum(map(len, enums.values()))} raw values are the same")')
