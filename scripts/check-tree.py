#!/usr/bin/env python3
"""What no file of the repository may hold: paths of one machine, hosts of one network, traps, endless files.

  check-tree.py              check the repository
  check-tree.py --self-test  check that every kind of breach is found

Standard library only. Files longer than LONGEST lines need a line in scripts/long-files.txt: path, white space, reason.
"""

import re
import subprocess
import sys
from pathlib import Path

LONGEST = 500
COUNTED = {".swift", ".c", ".h", ".py", ".sh", ""}
# Files that speak of all this by right: the licence's text and the rules themselves.
EXEMPT = {"LICENSE", "scripts/check-tree.py"}

MACHINE = re.compile(
    r"(?<![\w.~-])/(?:home|root|work|Users)/|/opt/swift|/usr/local/swift"
    r"|\bregistry\.[\w-]+\.|\bpypi\.org|pythonhosted\.org|deb\.debian\.org|--(?:extra-)?index-url|--find-links"
)
TEMPORARY = re.compile(r"(?<![\w.~-])/tmp\b")
TRAP = re.compile(r"\btry!|\bas!|\bfatalError\(|\bpreconditionFailure\(|\bunsafeBitCast\(")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b")


def check_text(name, text, reasons):
    """Breaches in one file, each a line for people."""
    if name in EXEMPT:
        return
    lines = text.splitlines()
    is_test, is_source = name.startswith("Tests/"), name.startswith("Sources/")
    for number, line in enumerate(lines, start=1):
        place = f"{name}:{number}"
        if found := MACHINE.search(line):
            yield f"{place}: {found[0]} belongs to one machine or network"
        if not is_test and (found := TEMPORARY.search(line)):
            yield f"{place}: a fixed temporary path; ask for a directory, or use the one of the caller"
        if found := UNFINISHED.search(line):
            yield f"{place}: {found[0]} marks unfinished work"
        if is_source and (found := TRAP.search(line.split("//", 1)[0])):
            yield f"{place}: {found[0]} stops the process; report an error instead"
    if Path(name).suffix in COUNTED and len(lines) > LONGEST and name not in reasons:
        yield f"{name}: {len(lines)} lines; split it, or give the reason in scripts/long-files.txt"


def read_reasons(root):
    """The files that may be long, from scripts/long-files.txt."""
    lines = (root / "scripts/long-files.txt").read_text(encoding="utf-8").splitlines()
    return {words[0]: words[1:] for line in lines if (words := line.split()) and not line.startswith("#")}


def check(root):
    """All breaches in the files that git knows or would take."""
    reasons = read_reasons(root)
    for name, reason in reasons.items():
        path = root / name
        if not reason:
            yield f"scripts/long-files.txt: {name} stands there without a reason"
        elif not path.is_file() or len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST:
            yield f"scripts/long-files.txt: {name} is no longer a long file"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    for name in sorted(filter(None, listed.split("\0"))):
        path = root / name
        if not path.is_file():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # A picture or another binary file.
        yield from check_text(name, text, reasons)


# Self-test: file, text, how many breaches it holds.
CASES = [
    ("Sources/A/Good.swift", "// never try! here\nlet path = state + \"/home/x\"\nlet a = b as? C\n", 1),
    ("Sources/A/Trap.swift", "let a = try! b()\nlet c = d as! E\nfatalError(\"x\")\n", 3),
    ("Sources/A/Path.swift", 'let a = "/tmp/x"\nlet b = "/var/tmp/x"\n', 1),
    ("Tests/A/Path.swift", 'let a = "/tmp/x"\n', 0),
    ("dev", "swift=/opt/swift/usr/bin/swift\n", 1),
    ("docs/a.md", "pip install --index-url x\n", 1),
    ("docs/b.md", "ProtectHome and /usr/libexec/bombyx, ~/work/x\n", 0),
    ("Sources/A/Open.swift", "// TODO\n", 1),
    ("Sources/A/Long.swift", "\n" * (LONGEST + 1), 1),
    ("Sources/A/Reason.swift", "\n" * (LONGEST + 1), 0),
    ("recipes/long.toml", "\n" * (LONGEST + 1), 0),
]


def self_test():
    """What the checker misses or finds too much, each a line for people."""
    for name, text, expected in CASES:
        found = list(check_text(name, text, {"Sources/A/Reason.swift": ["a", "table"]}))
        if len(found) != expected:
            yield f"{name}: {len(found)} breaches found instead of {expected}: {found}"


def main():
    problems = list(self_test() if "--self-test" in sys.argv[1:] else check(Path(__file__).resolve().parent.parent))
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
