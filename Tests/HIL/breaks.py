#!/usr/bin/env python3
"""Breaks the product on purpose, in one way after the other, and sees that the tests meant for it go red.

  breaks.py [--list] [NAME...] [-- OPTIONS OF swift build...]

A break is one change to one file, made in a copy of the tree. The programs that it concerns are built there; all else is what `./dev hil` tests. Each
break names the tests that must be red, with a word of what they must say, and one that must stay green: so that red means this fault was
noticed, and not that nothing worked. Standard library only; `./dev hil-breaks` builds what it needs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build/hil/broken"
IMAGE = ROOT / ".build/hil/amd64"
RELEASE = ROOT / ".build/release"
PROGRAMS = ("bombyx", "bombyxd", "bombyx-guardian")


@dataclass
class Break:
    """What is broken, and who must notice."""

    name: str
    what: str
    program: str
    file: str
    old: str
    new: str
    red: dict
    green: str


def without(check_name, name, what, red, green):
    """The guardian without one of its checks."""
    return Break(name, what, "bombyx-guardian", "Sources/Guardian/Core/GuardianCheck.swift",
                 "var isMade: Bool { true }", f"var isMade: Bool {{ self != .{check_name} }}", red, green)  # fmt: skip


BREAKS = [
    Break(
        "stop-without-failsafe", "SIGTERM of the guardian no longer drives failsafe", "bombyx-guardian",
        "Sources/Guardian/Shell/GuardianService.swift", "    manager.stopping()\n    driveFailsafe()\n", "    manager.stopping()\n",
        {"guardian-asked-to-stop": "heater did not go off"}, "guardian-killed-lines-fall"),
    Break(
        "idle-post-stop", "the post-stop helper does nothing", "bombyx-guardian",
        "Sources/Guardian/Shell/FailsafeHelper.swift",
        "    let lines = try OutputLines(table: table, initial: initial)\n"
        "    guard lines.set(initial), lines.readBack() == initial else {\n",
        "    guard table.outputs.count < 1_000 || initial == 0 else {\n",
        {"guardian-killed-lines-stay": "heater"}, "guardian-asked-to-stop"),
    # Without the check itself the guardian would wait for a deadline that is past, and leave the processor to nobody.
    Break(
        "endless-lease", "a lease does not end when no frame comes", "bombyx-guardian", "Sources/Guardian/Core/GuardianCore.swift",
        "public static let leaseDuration: Int64 = 3_000\n", "public static let leaseDuration: Int64 = 3_000_000\n",
        {"guardian-ends-a-silent-lease": "heater", "controller-stopped": "heater"}, "controller-killed"),
    without("maximumOn", "endless-heat", "the guardian does not end the time on",
            {"guardian-ends-max-on": "heater was on"}, "max-on-at-the-line"),
    without("interlock", "no-interlock", "the guardian allows both outputs of an interlock",
            {"guardian-keeps-interlock": "both were on"}, "interlock-at-the-line"),
    without("minimumOff", "no-rest", "the guardian allows a start before the rest is over",
            {"guardian-keeps-rest": "rested for"}, "guardian-ends-max-on"),
    without("evidence", "blind-heat", "the guardian heats without a temperature",
            {"guardian-wants-evidence": "it heats at no temperature"}, "guardian-keeps-interlock"),
    Break(
        "unchecked-answer", "a driver takes words whose checksum is wrong", "bombyxd", "Sources/Drivers/SensirionWords.swift",
        "guard CRC8.of(word.dropLast()) == word[word.startIndex + 2] else", "guard word.count == 3 else",
        {"wrong-checksum": "heater"}, "one-probe-lost"),
    Break(
        "unsynchronised-log", "SQLite does not wait for the disk: synchronous = OFF", "bombyxd", "Sources/Journal/LogFile.swift",
        "  var synchronous = Synchronous.full\n", "  var synchronous = Synchronous.off\n",
        {"power-cuts-behind-promises": "logs were damaged"}, "damaged-log"),
    Break(
        "forgetful-upgrade", "the samples of an earlier version are lost when its log is brought up to date", "bombyxd",
        "Sources/Journal/Schema.swift", "    migrator.registerMigration(blocksMigration) { try $0.execute(sql: blocks) }\n",
        "    migrator.registerMigration(blocksMigration) { try $0.execute(sql: blocks + \";DELETE FROM samples\") }\n",
        {"upgrade-keeps-everything": "samples of the earlier version can be read"}, "damaged-log"),
    Break(
        "no-way-back", "the configuration before the present one is not kept", "bombyx", "Sources/bombyx/Commands/Check.swift",
        "      try TextFile.replace(installed + \".previous\", with:", "      try TextFile.replace(installed + \".next\", with:",
        {"refused-configuration": "bombyx.toml.previous"}, "one-file-many-sheds"),
    Break(
        "orphaned-loop", "an output that is still used may be deleted", "bombyx", "Sources/Configuration/Compiler.swift",
        "        faults.unknown((\"output\", \"输出\"), name.text, at: name.location, among: document.outputs.map(\\.name))\n", "",
        {"one-file-many-sheds": "a used output was deleted"}, "refused-configuration"),
]  # fmt: skip


def copy_tree():
    """Brings the copy up to the tree, without touching what is the same: a build then begins where the last one ended."""
    tree = FOLDER / "tree"
    names = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, check=True,
                           capture_output=True, text=True).stdout.split("\0")  # fmt: skip
    wanted = {name for name in names if name and (ROOT / name).is_file()}
    if (ROOT / "Package.resolved").exists():
        wanted.add("Package.resolved")
    for name in wanted:
        source, target = ROOT / name, tree / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    for folder, folders, files in os.walk(tree):
        folders[:] = [name for name in folders if name != ".build"]
        for name in files:
            path = Path(folder) / name
            if str(path.relative_to(tree)) not in wanted:
                path.unlink()
    return tree


def apply(broken, tree):
    path = tree / broken.file
    text = path.read_text(encoding="utf-8")
    if text.count(broken.old) != 1:
        raise SystemExit(f"{broken.name}: {broken.file} has {text.count(broken.old)} places for the change: adapt Tests/HIL/breaks.py")
    path.write_text(text.replace(broken.old, broken.new), encoding="utf-8")


def make_guest(broken, tree, options):
    """The guest of `./dev hil` with one program exchanged."""
    command = ["swift", "build", "-c", "release", *options, "--product", broken.program]
    subprocess.run(command, cwd=tree, check=True, stdout=sys.stderr)
    programs, image = FOLDER / "programs", FOLDER / "amd64"
    for folder in (programs, image):
        folder.mkdir(exist_ok=True)
    for name in PROGRAMS:
        shutil.copy((tree / ".build/release" if name == broken.program else RELEASE) / name, programs / name)
    shutil.copy(IMAGE / "vmlinux", image / "vmlinux")
    subprocess.run([sys.executable, ROOT / "Tests/HIL/Guest/product.py", "--binaries", programs, "--libraries", "/lib/x86_64-linux-gnu",
                    "--also", IMAGE / "util-linux/usr/bin/chrt", "--output", image / "product.cpio"], check=True)  # fmt: skip
    (image / "initrd.cpio").write_bytes((IMAGE / "root.cpio").read_bytes() + (image / "product.cpio").read_bytes())
    return image


def outcome(broken, image):
    """Runs the tests of a break. Returns what is wrong, and a line for each test."""
    report = FOLDER / "report" / broken.name
    report.parent.mkdir(exist_ok=True)
    tests = [*broken.red, broken.green]
    subprocess.run([RELEASE / "hardware-in-loop", "--image", image, "--output", report, *tests], cwd=ROOT, stdout=sys.stderr)
    cases = {case.get("name"): case for case in xml.etree.ElementTree.parse(report / "junit.xml").iter("testcase")}
    if sorted(cases) != sorted(tests):
        return [f"ran {sorted(cases)} instead of {sorted(tests)}"], []
    wrong, lines = [], []
    for name, word in broken.red.items():
        failure = cases[name].find("failure")
        said = "" if failure is None else failure.text.splitlines()[0]
        lines.append(f"{name}: {'GREEN' if failure is None else 'red, ' + said}")
        if failure is None or word not in failure.text:
            wrong.append(f"{name} did not notice")
    isGreen = cases[broken.green].find("failure") is None
    lines.append(f"{broken.green}: {'green, as it must' if isGreen else 'RED'}")
    if not isGreen:
        wrong.append(f"{broken.green} is red, too: the break breaks more than it says")
    return wrong, lines


def main():
    words = sys.argv[1:]
    options = words[words.index("--") + 1 :] if "--" in words else []
    parser = argparse.ArgumentParser(prog="./dev hil-breaks", description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="list the breaks, and who must notice each")
    parser.add_argument("names", nargs="*", help="breaks; all if left out")
    arguments = parser.parse_args(words[: words.index("--")] if "--" in words else words)
    chosen = [broken for broken in BREAKS if not arguments.names or broken.name in arguments.names]
    if arguments.list:
        for broken in chosen:
            print(f"{broken.name}: {broken.what}\n    red: {', '.join(broken.red)}; green: {broken.green}")
        return
    unknown = set(arguments.names) - {broken.name for broken in BREAKS}
    if unknown:
        raise SystemExit(f"there is no break {', '.join(sorted(unknown))}: ./dev hil-breaks --list")
    FOLDER.mkdir(parents=True, exist_ok=True)
    results = []
    for broken in chosen:
        print(f"==> {broken.name}: {broken.what}", file=sys.stderr)
        tree = copy_tree()
        apply(broken, tree)
        wrong, lines = outcome(broken, make_guest(broken, tree, options))
        results.append((broken, wrong, lines))
    copy_tree()
    for broken, wrong, lines in results:
        print(f"{'FAIL' if wrong else 'ok  '}  {broken.name}: {broken.what}")
        for line in lines + [f"      {text}" for text in wrong]:
            print(f"      {line}")
    failed = sum(1 for _, wrong, _ in results if wrong)
    print(f"\n{len(results) - failed} of {len(results)} breaks were noticed")
    if failed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
