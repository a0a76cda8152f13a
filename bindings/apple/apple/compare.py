"""Holds the Linux facade to what Apple's importer makes of our headers: prints every difference, in both directions, and exits
with 1 if there is any.

usage: compare.py IMPORTED FACADE   (both made by interface.py)

Raw values of enum cases are compared elsewhere (enum_values.py): an interface does not print the facade's.
"""
import re
import sys

import swift_interface

# The facade's own name for `EMError **`; Apple's has none.
ALIASES_IGNORED = {"EMErrorPointer"}
# NSObject has a description of type String. Our headers make it a String! of EMGroup, which an override in Swift cannot be.
DESCRIPTION_OURS = "var description: String! { get }"


def has_result(member):
    found = re.match(r"(?:static )?func [^(]+\(", member)
    return bool(found) and "->" in member[swift_interface.close_of(member, found.end() - 1) :] and not member.endswith("-> Void")


def case_name(member):
    return re.sub(r" = .*", "", member)


def inherited(types, name):
    """All that the ancestors of a class have."""
    seen = set()
    for parent in types[name].supers if name in types else ():
        if parent in types:
            seen |= set(types[parent].members) | set(types[parent].supplied) | inherited(types, parent)
    return seen


def compare_protocol(name, want, have):
    for member, marks in want.members.items():
        is_async = " async" in member
        required, supplied = member in have.members, member in have.supplied
        if not required and not supplied:
            yield f"{name}: missing in the facade: {member}"
        elif marks["optional"] and not supplied:
            yield f"{name}: optional, but without a default in an extension: {member}"
        elif marks["optional"] and not required:
            yield f"{name}: only in an extension, so a conforming type is not asked: {member}"
        elif not marks["optional"] and supplied and not is_async:
            yield f"{name}: required, but the facade has a default: {member}"
    for member in sorted((set(have.members) | set(have.supplied)) - set(want.members)):
        yield f"{name}: only in the facade: {member}"


def compare_members(name, want, have, wanted, had):
    wanted_members = {**want.members, **want.supplied}
    had_members = {**have.members, **have.supplied}
    if want.kind.startswith("enum"):
        wanted_members = {case_name(member): marks for member, marks in wanted_members.items()}
        had_members = {case_name(member): marks for member, marks in had_members.items()}
    for member in sorted(wanted_members):
        if member not in had_members and member != DESCRIPTION_OURS:
            yield f"{name}: missing in the facade: {member}"
    for member in sorted(had_members):
        if member in wanted_members:
            continue
        if member == "init()" or member in inherited(wanted, name):
            continue  # init() is inherited from NSObject, or forbidden: creatable.py tells. An override is the ancestor's.
        yield f"{name}: only in the facade: {member}"


def differences(imported, facade):
    (wanted, wanted_aliases), (had, had_aliases) = swift_interface.read(imported), swift_interface.read(facade)
    if not any(type_.members for type_ in wanted.values()):
        yield "the imported interface is empty"
    for name in sorted(set(wanted) | set(had)):
        want, have = wanted.get(name), had.get(name)
        if not have:
            yield f"{name}: missing in the facade: the whole {want.kind}"
        elif not want:
            yield f"{name}: only in the facade: the whole {have.kind}"
        else:
            if want.kind != have.kind:
                yield f"{name}: {want.kind} on Apple platforms, {have.kind} in the facade"
            for supertype in sorted(want.supers ^ have.supers):
                yield f"{name}: : {supertype} " + ("missing in the facade" if supertype in want.supers else "only in the facade")
            if want.kind == "protocol":
                yield from compare_protocol(name, want, have)
            else:
                yield from compare_members(name, want, have, wanted, had)
            for member, marks in {**have.members, **have.supplied}.items():
                # The importer makes every result discardable: an app would get warnings here that it has nowhere else.
                if has_result(member) and not marks["discardable"] and member not in have.members.keys() & have.supplied.keys():
                    yield f"{name}: not @discardableResult: {member}"
    for name in sorted((set(wanted_aliases) ^ set(had_aliases)) - ALIASES_IGNORED):
        yield f"typealias {name} " + ("missing in the facade" if name in wanted_aliases else "only in the facade")
    for name in sorted(set(wanted_aliases) & set(had_aliases)):
        if wanted_aliases[name] != had_aliases[name]:
            yield f"typealias {name}: {wanted_aliases[name]} on Apple platforms, {had_aliases[name]} in the facade"


def main():
    found = list(differences(sys.argv[1], sys.argv[2]))
    for line in found:
        print(line)
    print(f"{len(found)} differences between Apple's importer and the facade")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
