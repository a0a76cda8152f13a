"""Reads a Swift interface, as interface.py prints it, into types and their members, each in one spelling.

NORMALISATIONS is the whole list of what the two sides may spell differently, with the reason. All else is a difference.
"""
import re
from dataclasses import dataclass, field

NORMALISATIONS = [
    # (pattern, replacement, reason)
    (r"\b(?:Lacuna|Foundation|Swift|Dispatch|_Concurrency)\.", "", "one side qualifies names with their module"),
    (r"`(\w+)`", r"\1", "backticks only quote a name that is a keyword"),
    (r"\b(?:open|public|final|override|convenience|required|dynamic|lazy|weak|unowned\(unsafe\)|nonisolated) ", "",
     "how a class is made to be subclassed; the importer opens everything"),
    (r"@(?:Sendable|escaping|objc|available\([^)]*\)) ?", "", "the importer gives completions @Sendable without printing it"),
    (r"\bany (?=\w)", "", "`any` is optional in the language version"),
    (r"\bNSTimeInterval\b", "TimeInterval", "TimeInterval is its Swift name; the stub has no overlay for it"),
    (r"\bdispatch_queue_t\b", "DispatchQueue", "DispatchQueue is its Swift name"),
    (r"\b(?:AutoreleasingUnsafeMutablePointer|UnsafeMutablePointer)<EMError\?>|\bEMErrorPointer\b", "EMErrorPointer",
     "Linux has no AutoreleasingUnsafeMutablePointer; &err and nil pass to both"),
    (r" = nil\b", "", "a default of a completion would take the place of the async form on Linux"),
    (r"\bclass (?=func|var)", "static ", "`class` only says that it can be overridden"),
    (r"\bCInt\b", "Int32", "the same type"),
    (r" ?\{ (?:get set|set get) \}", "", "the same as a stored property"),
]

# Members that Swift itself, or NSObject, gives to every type of the kind, so that only one side prints them.
IMPLIED = re.compile(
    r"init\(rawValue: |init\?\(rawValue: |var rawValue: |typealias RawValue = |func hash\(into|static func == |var hashValue: |"
    r"func isEqual\(|var hash: Int|deinit|var description: String \{ get \}|typealias AllCases|typealias ArrayLiteralElement|func encode\(|init\(from:"
)
# A class's being an NSObject, or a type's being safe to send, is not part of a call.
SUPERS_IGNORED = {"NSObject", "NSObjectProtocol", "AnyObject", "Sendable", "@unchecked Sendable", "Equatable", "Hashable", "RawRepresentable"}


@dataclass
class Type:
    kind: str = ""
    supers: set = field(default_factory=set)
    # Spelling of a member: how often it was seen is not of interest, its marks are.
    members: dict = field(default_factory=dict)
    # Of a protocol: members that an extension supplies, so that a conforming type may leave them out.
    supplied: dict = field(default_factory=dict)


def split_top(text):
    """Splits at commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        if char in "([{<":
            depth += 1
        elif char in ")]}" or (char == ">" and text[i - 1] != "-"):
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part.strip() for part in parts + [text[start:]] if part.strip()]


def close_of(text, start):
    """The index behind the bracket that closes the one at start."""
    depth = 0
    for i in range(start, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i + 1
    raise ValueError(text)


def without_inner_names(member):
    """A parameter's inner name is not part of a call: `with aType: T` is `with: T`."""
    found = re.match(r"((?:static )?(?:func [^(]+|init[?!]?))\(", member)
    if not found:
        return member
    end = close_of(member, found.end() - 1)
    parameters = []
    for parameter in split_top(member[found.end() : end - 1]):
        names, type_ = parameter.split(":", 1)
        parameters.append(f"{names.split()[0]}: {type_.strip()}")
    return f"{found.group(1)}({', '.join(parameters)}){member[end:]}"


def normal(line, owner):
    for pattern, replacement, _ in NORMALISATIONS:
        line = re.sub(pattern, replacement, line)
    line = re.sub(r"\bSelf\b", owner, line)
    return without_inner_names(re.sub(r"\s+", " ", line).strip())


def member_of(line, owner):
    """The member in one spelling, and whether it is optional; None if it is implied."""
    optional = bool(re.search(r"\boptional ", line))
    line = re.sub(r"\boptional ", "", line)
    hidden_setter = bool(re.search(r"\b(?:private|fileprivate|internal)\(set\) ", line))
    line = re.sub(r"\b(?:private|fileprivate|internal|public)\(set\) ", "", line)
    if re.search(r"\blet \w+:", line):
        line, hidden_setter = re.sub(r"\blet ", "var ", line), True
    if hidden_setter and "{" not in line:
        line += " { get }"
    line = normal(line, owner)
    if IMPLIED.match(line):
        return None
    return line, optional


HEAD = re.compile(r"(?:@\w+ )*(?:open |public |final |indirect )*(class|protocol|enum|struct|extension) ([\w.]+)(<[^{]*?>)?\s*(?::\s*([^{]*?))?\s*(?:where [^{]*)?\{")


def read(path):
    """name -> Type, and the type aliases of the top level."""
    types, aliases, owner, in_extension, discardable = {}, {}, None, False, False
    for line in open(path, encoding="utf-8"):
        line = re.sub(r"\s+", " ", re.sub(r"(?:^|\s)//.*", "", line)).strip()
        head = HEAD.match(line)
        if head:
            kind, owner = head.group(1), head.group(2).split(".")[-1]
            in_extension = kind == "extension"
            type_ = types.setdefault(owner, Type())
            if not in_extension:
                type_.kind = kind + (head.group(3) or "").split(" where ")[0]
            supers = {normal(name, owner) for name in split_top((head.group(4) or "").split(" where ")[0])}
            type_.supers |= supers - SUPERS_IGNORED
            if line.endswith("}"):
                owner = None
        elif line == "}":
            owner = None
        elif line.startswith("@") and not re.search(r"\b(func|var|init|case|typealias|subscript)\b", line):
            discardable = discardable or "@discardableResult" in line
        elif re.search(r"\btypealias\b", line) and owner is None:
            name, value = re.search(r"typealias (\S+) = (.*)", line).groups()
            aliases[name] = normal(value, "")
        elif owner and re.search(r"\b(func|var|let|init|case|typealias|subscript)\b", line):
            discardable = discardable or "@discardableResult" in line
            found = member_of(line.replace("@discardableResult ", ""), owner)
            if found:
                into = types[owner].supplied if in_extension else types[owner].members
                into[found[0]] = {"optional": found[1], "discardable": discardable}
            discardable = False
    return types, aliases
