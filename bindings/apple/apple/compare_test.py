"""Does compare.py see what it is there to see? Takes the imported interface as its own facade, which must not differ, and then one
change at a time, which must.

usage: compare_test.py IMPORTED
"""
import pathlib
import re
import sys
import tempfile

import compare

OPTIONAL = re.compile(r"^    optional (func .*)$", re.M)


def as_facade(text):
    """The same interface, as the facade would have it."""

    def defaults(found):
        body = found.group(3)
        supplied = "".join(f"    public {one}\n" for one in OPTIONAL.findall(body))
        requirements = "".join(line + "\n" for line in OPTIONAL.sub(r"    \1", body).splitlines() if ") async" not in line)
        supplied += "".join(f"    public {line.strip()}\n" for line in body.splitlines() if ") async" in line)
        return f"public protocol {found.group(1)}{found.group(2)} {{\n{requirements}}}\nextension {found.group(1)} {{\n{supplied}}}\n"

    text = re.sub(r"^ *//.*\n", "", text, flags=re.M)
    text = re.sub(r"^public protocol (\w+)([^{]*?) \{\n(.*?)^\}\n", defaults, text, flags=re.M | re.S)
    text = re.sub(r"^( +)((?:open |public |class )*func .*->)", r"\1@discardableResult\n\1\2", text, flags=re.M)
    return text.replace("UnsafeMutablePointer<EMError?>", "Lacuna.EMErrorPointer").replace(" = nil)", ")").replace("NSTimeInterval", "TimeInterval")


# What is changed, and into what; the first place that fits.
MUTANTS = {
    "renamed label": (r"deleteMessage\(withId ", "deleteMessage(id "),
    "missing method": (r"    open func lastReceivedMessage.*\n", ""),
    "further method": (r"(    open func removeMessagesStart)", r"    open func removeMore()\n\1"),
    "other type": (r"count aCount: Int32", "count aCount: Int"),
    "nullability of a parameter": (r"fromId aMessageId: String\?", "fromId aMessageId: String"),
    "nullability of a result": (r"lastReceivedMessage\(\) -> EMChatMessage\?", "lastReceivedMessage() -> EMChatMessage"),
    "nullability of a property": (r"open var restServer: String\?", "open var restServer: String!"),
    "read-only property": (r"open var displayName: String!", "open var displayName: String! { get }"),
    "writable property": (r"open var isPinned: Bool \{ get \}", "open var isPinned: Bool"),
    "missing property": (r"    open var unreadMessagesCount.*\n", ""),
    "missing enum case": (r"    case userNotLogin.*\n", ""),
    "further enum case": (r"(    case userNotLogin)", r"    case userElsewhere\n\1"),
    "missing async form": (r"    @discardableResult\n    open func removeMessages\(.*async.*\n", ""),
    "missing async form of a protocol": (r"    public func send\(.*async.*\n", ""),
    "async that throws": (r"(open func removeMessages\(.*) async ->", r"\1 async throws ->"),
    "other superclass": (r"class EMImageMessageBody : EMFileMessageBody", "class EMImageMessageBody : EMMessageBody"),
    "class as struct": (r"open class EMError :", "public struct EMError :"),
    "missing class": (r"^open class EMCursorResult[^}]*\}\n", ""),
    "missing initialiser": (r"    public init\(text .*\n", ""),
    "initialiser that fails": (r"    public init\(text ", "    public init?(text "),
    "optional without a default": (r"    public func multiDevicesMessageBeRemoved.*\n", ""),
    "optional that is no requirement": (r"(?<=\n)    func multiDevicesMessageBeRemoved.*\n", ""),
    "method of the class instead of the object": (r"open class func shared", "open func shared"),
    "result that is not discardable": (r"    @discardableResult\n(    open func removeMessagesStart)", r"\1"),
    "raw type": (r"public enum EMErrorCode : Int", "public enum EMErrorCode : UInt"),
}


def main():
    imported = sys.argv[1]
    facade = as_facade(pathlib.Path(imported).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "facade.txt")

        def found(text):
            path.write_text(text, encoding="utf-8")
            return list(compare.differences(imported, path))

        same = found(facade)
        if same:
            sys.exit("compare.py sees differences where there are none:\n" + "\n".join(same[:20]))
        for name, (pattern, replacement) in MUTANTS.items():
            mutant, count = re.subn(pattern, replacement, facade, count=1, flags=re.M)
            if count == 0:
                sys.exit(f"mutant '{name}': nothing to change")
            if not found(mutant):
                sys.exit(f"mutant '{name}' went unseen")
    print(f"compare.py: sees {len(MUTANTS)} of {len(MUTANTS)} mutants, and nothing where nothing is")


main()
