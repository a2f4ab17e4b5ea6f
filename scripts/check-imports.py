#!/usr/bin/env python3
"""The import rule: a module imports only modules below it in Package.swift, and the core stays pure.

  check-imports.py              check the repository
  check-imports.py --self-test  check that every kind of breach is found

Standard library only.
"""

import re
import sys
import tempfile
from pathlib import Path

# Folders of Sources that are pure functions of time and inputs, and the only imports each may have.
PURE = {"Climate": {"RealModule"}, "Controller": {"RealModule", "Climate"}, "Guardian/Core": set()}
# Modules whose memory and wakeups Foundation would multiply.
WITHOUT_FOUNDATION = {"Climate", "Controller", "Drivers", "Guardian", "Platform", "TOML"}
FOUNDATION = {"Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch"}
# What makes a result depend on more than its inputs, and needs no import.
IMPURE = re.compile(
    r"\bTask\b|\basync\b|\bawait\b|\bContinuousClock\b|\bSuspendingClock\b"
    r"|\.random\(|\brandomElement\(|\bshuffled?\(|\bSystemRandomNumberGenerator\b"
)

TARGET = re.compile(r'(?:\b(?:executable|module)|\.(?:target|systemLibrary))\(\s*(?:name:\s*)?"([^"]+)"')
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+|(?:public|package|internal|fileprivate|private)\s+)*"
    r"import\s+(?:(?:typealias|struct|class|enum|protocol|let|var|func)\s+)?(\w+)"
)


def read_targets(manifest):
    """The modules in the order of the manifest, each with the names its definition mentions."""
    text = manifest.read_text(encoding="utf-8")
    targets = {}
    for match in TARGET.finditer(text):
        end, depth = match.end(), 1
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        targets[match[1]] = set(re.findall(r'"([^"]+)"', text[match.end() : end]))
    return targets


def code_of(line):
    """The line without its comment."""
    return line.split("//", 1)[0]


def check_file(path, name, targets, order):
    """Breaches in one file of the module `name`, as (line number, text)."""
    inside = path.as_posix()
    pure = next((folder for folder in PURE if f"/Sources/{folder}/" in inside), None)
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        code = code_of(line)
        if pure and (impure := IMPURE.search(code)):
            yield number, f"{pure} is pure and may not use {impure[0].strip('.(')}"
        match = IMPORT.match(code)
        if not match:
            continue
        imported = match[1]
        if pure and imported not in PURE[pure]:
            yield number, f"{pure} is pure and may not import {imported}"
        elif name in WITHOUT_FOUNDATION and imported in FOUNDATION:
            yield number, f"{name} may not import {imported}"
        elif imported in order and order[imported] <= order[name]:
            yield number, f"{name} may not import {imported}: it does not stand below it in Package.swift"
        elif imported in order and imported not in targets[name]:
            yield number, f"{name} imports {imported}, which is not among its dependencies in Package.swift"


def check(root):
    """All breaches under a root, each a line for people."""
    targets = read_targets(root / "Package.swift")
    order = {name: index for index, name in enumerate(targets)}
    for folder in sorted(path for path in (root / "Sources").iterdir() if path.is_dir()):
        if folder.name not in order:
            yield f"Sources/{folder.name}: is no target of Package.swift"
            continue
        for path in sorted(folder.rglob("*.swift")):
            for number, problem in check_file(path, folder.name, targets, order):
                yield f"{path.relative_to(root)}:{number}: {problem}"


# Self-test: the file, what stands in it, and what must be said about it (None: nothing).
MANIFEST = """
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies)
}
let package = Package(name: "t", targets: [
    executable("tool", ["Drivers", argumentParser]),
    module(
      "Drivers", ["Climate", "CBus"]),
    module("Guardian", ["CGPIO"]),
    module("Controller", ["Climate", realModule]),
    module("Climate", [realModule]),
    .target(name: "CGPIO", dependencies: []),
    .systemLibrary(name: "CBus"),
    .testTarget(name: "Tests"),
])
"""
CASES = [
    ("Drivers/Good.swift", "import CBus\npublic import Climate\nimport Glibc\n", None),
    ("Controller/Good.swift", "// await no Task\n@_spi(X) import struct Climate.Instant\nimport RealModule\n", None),
    ("tool/Good.swift", "import ArgumentParser\nimport Drivers\nimport Foundation\n", None),
    ("Climate/Up.swift", "\nimport Controller\n", "Climate/Up.swift:2: Climate is pure and may not import Controller"),
    ("Drivers/Up.swift", "import tool\n", "may not import tool: it does not stand below"),
    ("Guardian/Self.swift", "import Guardian\n", "may not import Guardian: it does not stand below"),
    ("Guardian/Undeclared.swift", "import CBus\n", "which is not among its dependencies"),
    ("Drivers/Fat.swift", "@preconcurrency internal import Foundation\n", "Drivers may not import Foundation"),
    ("Controller/Clock.swift", "import Glibc\n", "Controller is pure and may not import Glibc"),
    ("Guardian/Core/Lines.swift", "  import CGPIO\n", "Guardian/Core is pure and may not import CGPIO"),
    ("Controller/Wait.swift", "let x = await y\n", "Controller is pure and may not use await"),
    ("Climate/Dice.swift", "let x = Int.random(in: 1...6)\n", "Climate is pure and may not use random"),
    ("Stray/File.swift", "", "Sources/Stray: is no target"),
]


def self_test():
    """What the checker misses or finds too much, each a line for people."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "Package.swift").write_text(MANIFEST, encoding="utf-8")
        for name, text, _ in CASES:
            path = root / "Sources" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = list(check(root))
    for name, _, expected in CASES:
        if expected is None:
            yield from (f"wrongly found: {line}" for line in found if name in line)
        elif not any(expected in line for line in found):
            yield f"not found: {name}: {expected}"
    breaches = sum(expected is not None for _, _, expected in CASES)
    if len(found) != breaches:
        yield f"{len(found)} breaches found instead of {breaches}: {found}"


def main():
    problems = list(self_test() if "--self-test" in sys.argv[1:] else check(Path(__file__).resolve().parent.parent))
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
