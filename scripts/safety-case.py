#!/usr/bin/env python3
"""Makes docs/safety-case.md: every fault of the catalogue, what must follow, and what proves that it does.

  safety-case.py --check             the data names only what exists, and the document is made of it
  safety-case.py --write [--log F]   write the document, with the tests' results from the output of swift test
  safety-case.py --self-test         check that every kind of mistake is found

Data: docs/safety-case.toml, and docs/safety-results.toml with the last heavy runs. Standard library only, Python 3.11.
"""

import argparse
import datetime
import re
import sys
import tomllib
from pathlib import Path

FAULTS = [f"F{number}" for number in range(1, 63)]
INVARIANTS = [f"I{number}" for number in range(1, 28)]
GROUPS = {
    "F1": "Processes and operating system",
    "F17": "Power",
    "F21": "Relay lines",
    "F30": "Sensors",
    "F45": "Time",
    "F49": "Storage",
    "F55": "Network",
    "F61": "People",
}
KINDS = {"test", "scenario", "mutation", "fuzz", "power-cuts", "bench", "open"}
# A proof that a machine gives.
AUTOMATED = {"test", "scenario", "mutation", "fuzz", "power-cuts"}

TEST = re.compile(r'@Test\(\s*"((?:[^"\\]|\\.)*)"')
# ✔ Test "name" with 2 test cases passed after 0.1 seconds.
RESULT = re.compile(
    r'^\S+ Test "(.*)" (?:with \d+ test cases? )?(?:(passed|failed) after [\d.]+ seconds.*|(skipped)(?:: ".*"|\.)?)$'
)
NOT_RUN = "not run"
# A name that several results came under is as good as the worst of them.
WORST_FIRST = ["failed", "skipped", "passed"]


def kebab(name):
    """A Swift case as the reports write it: maximumOnTrip is maximum-on-trip."""
    return re.sub(r"[A-Z]", lambda found: "-" + found[0].lower(), name)


def swift_cases(text, pattern):
    """Names of the cases of an enumeration: its text from a pattern to the brace that ends it."""
    begin = re.search(pattern, text)
    body = re.split(r"^ *\}$", text[begin.end() :], maxsplit=1, flags=re.MULTILINE)[0] if begin else ""
    return re.findall(r"^ +case (\w+)(?:[ =(]+\"([^\"]*)\")?", body, re.MULTILINE)


def anchors(text):
    """The anchors of the headings, as GitHub makes them."""
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", text, re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


class Project:
    """What can be named as a proof, read from the tree."""

    def __init__(self, root):
        self.tests = {}
        for path in sorted((root / "Tests").rglob("*.swift")):
            for name in TEST.findall(path.read_text(encoding="utf-8")):
                self.tests.setdefault(name, []).append(path.relative_to(root).as_posix())
        self.mutations = set()
        for module, path in (("guardian", "Guardian/Core/GuardianCheck"), ("controller", "Controller/ControllerCheck")):
            text = (root / f"Sources/{path}.swift").read_text(encoding="utf-8")
            for name, raw in swift_cases(text, r"enum \w+Check: String.*\{\n"):
                self.mutations.add(f"{module}.{raw or name}")
        engine = root / "Tests/Scenarios/Engine"
        texts = {path.name: path.read_text(encoding="utf-8") for path in engine.glob("*.swift")}
        situations = swift_cases(texts["Situation.swift"], r"enum Situation\b.*\{\n")
        events = swift_cases(texts["FaultEvent.swift"], r"enum Kind\b.*\{\n")
        self.situations = {kebab(name) for name, _ in situations}
        self.events = {kebab(name) for name, _ in events}
        checks = r'(?:violate\(|Violation\()\s*(?:invariant:\s*)?"([FI]\d+)"'
        self.checks = {name for text in texts.values() for name in re.findall(checks, text)}
        targets = (root / "Tests/Fuzz/Library/Targets.swift").read_text(encoding="utf-8")
        names = re.search(r"static let names = \[(.*?)\]", targets, re.DOTALL)
        self.targets = set(re.findall(r'"([^"]+)"', names[1])) if names else set()
        english = (root / "docs/bench-procedures.md").read_text(encoding="utf-8")
        chinese = (root / "docs/bench-procedures.zh-CN.md").read_text(encoding="utf-8")
        self.procedures = {anchor for anchor in anchors(english) if re.match(r"b\d+-", anchor)}
        numbers = [re.findall(r"^## B(\d+) ", text, re.MULTILINE) for text in (english, chinese)]
        self.translated = numbers[0] == numbers[1]
        # Fault numbers that each procedure says it is for.
        self.served = {}
        for part in re.split(r"^## ", english, flags=re.MULTILINE)[1:]:
            anchor = next(anchors("## " + part.split("\n", 1)[0]))
            self.served[anchor] = set(re.findall(r"\bF\d+\b", part))


def split(proof):
    """Kind and name of a proof."""
    kind, _, name = proof.partition(": ")
    return kind, name


def check_proof(proof, project):
    """What is wrong with a proof, or None."""
    kind, name = split(proof)
    if kind not in KINDS or (kind == "power-cuts") == bool(name.strip()):
        return f"“{proof}” is no proof: kind, colon, name"
    if kind == "test":
        files = project.tests.get(name, [])
        if not files:
            return f"there is no test “{name}”"
        if len(files) > 1:
            return f"“{name}” is the name of {len(files)} tests ({', '.join(files)}); a log cannot tell them apart"
    known = {
        "scenario": project.situations | project.events | project.checks,
        "mutation": project.mutations,
        "fuzz": project.targets,
        "bench": project.procedures,
    }.get(kind)
    if known is not None and name not in known:
        return f"there is no {kind} “{name}”"
    return None


def check_case(case, results, project):
    """Mistakes in the data."""
    for name in FAULTS + INVARIANTS:
        if name not in case:
            yield f"{name} is missing"
    order = [name for name in case if name in FAULTS + INVARIANTS]
    if order != [name for name in FAULTS + INVARIANTS if name in case]:
        yield "the entries are not in the order of their numbers"
    for name, entry in case.items():
        if name not in FAULTS + INVARIANTS:
            yield f"{name} is neither F1 to F62 nor I1 to I27"
            continue
        wanted = {"fault", "response", "proofs"} if name in FAULTS else {"meaning", "proofs"}
        if set(entry) != wanted or not all(entry.values()):
            yield f"{name} must have {', '.join(sorted(wanted))}, and nothing else"
            continue
        if len(set(entry["proofs"])) < len(entry["proofs"]):
            yield f"{name} names a proof twice"
        for proof in entry["proofs"]:
            if problem := check_proof(proof, project):
                yield f"{name}: {problem}"
            kind, anchor = split(proof)
            if kind == "bench" and name not in project.served.get(anchor, {name}):
                yield f"{name}: bench procedure {anchor} does not say that it is for {name}"
    for anchor, faults in project.served.items():
        for name in sorted(faults & set(case)):
            if anchor in project.procedures and f"bench: {anchor}" not in case[name].get("proofs", []):
                yield f"{name}: bench procedure {anchor} says that it is for {name}, and is not named there"
    if not project.translated:
        yield "the procedures of bench-procedures.md and bench-procedures.zh-CN.md are not the same"
    for figure in results.get("process-trials", {}).get("figure", []):
        if figure.get("test") not in project.tests:
            yield f"safety-results.toml: there is no test “{figure.get('test')}”"
    for kind, names, known in (
        ("fuzz target", results.get("fuzz", {}).get("runs", {}), project.targets),
        ("bench procedure", results.get("bench", {}), project.procedures),
    ):
        for name in names:
            if name not in known:
                yield f"safety-results.toml: there is no {kind} “{name}”"


def read_log(text):
    """Result of each test, by name."""
    found = {}
    for line in text.splitlines():
        if match := RESULT.match(line):
            name, result = match[1], match[2] or match[3]
            found[name] = min(found.get(name, result), result, key=WORST_FIRST.index)
    return found


class Heavy:
    """Results of the runs that are too long for every day."""

    def __init__(self, results, checks):
        (self.results, self.checks) = (results, checks)

    def part(self, name):
        return self.results.get(name, {})

    def power_cuts(self):
        full = self.part("power-cuts").get("FULL")
        if not full:
            return NOT_RUN
        return f"{full['states']:,} states, {full['corrupt']} corrupt, {full['lost']} lost"

    def scenario(self):
        part = self.part("simulate-faults")
        if not part.get("house_months"):
            return NOT_RUN
        return f"{part['house_months']:,} house-months, {part['violations']} violations"

    def mutation(self):
        part = self.part("mutate")
        if not part:
            return NOT_RUN
        if part["of"] != self.checks:
            return "not run since the checks have changed"
        return "noticed" if part["noticed"] == part["of"] else f"{part['noticed']} of {part['of']} noticed"

    def fuzz(self, target):
        part = self.part("fuzz")
        runs = part.get("runs", {}).get(target)
        return f"{runs:,} {inputs(target)}, {part['findings']} findings" if runs else NOT_RUN

    def bench(self, anchor):
        return self.part("bench").get(anchor, NOT_RUN)

    def figures(self, test):
        """What was measured at full length of a test."""
        found = [figure for figure in self.part("process-trials").get("figure", []) if figure["test"] == test]
        if not found:
            return ""
        return "; trials: worst " + ", ".join(f"{figure['worst']:.3f} s{trials(figure)}" for figure in found)


def inputs(target):
    return "rows" if target in ("log-rows", "log-file") else "inputs"


def trials(figure):
    return f" of {figure['trials']}" if "trials" in figure else ""


def result_of(proof, log, heavy):
    kind, name = split(proof)
    match kind:
        case "test":
            return log.get(name, NOT_RUN) + heavy.figures(name)
        case "scenario":
            return heavy.scenario()
        case "mutation":
            return heavy.mutation()
        case "fuzz":
            return heavy.fuzz(name)
        case "power-cuts":
            return heavy.power_cuts()
        case "bench":
            return heavy.bench(name)
        case _:
            return "—"


def cell(text):
    return text.replace("|", "\\|").replace("<", "&lt;")


def describe(proof, project):
    """A proof for people."""
    kind, name = split(proof)
    match kind:
        case "test":
            file = project.tests[name][0]
            return f"test [{Path(file).stem}](../{file}): {cell(name)}"
        case "scenario":
            what = "check" if name in project.checks else "event" if name in project.events else "situation"
            return f"fault simulator, {what} `{name}`"
        case "mutation":
            return f"`{name}` taken out is noticed"
        case "fuzz":
            return f"fuzz target `{name}`"
        case "power-cuts":
            return "power cuts under the log"
        case "bench":
            title = name.split("-", 1)
            return f"bench [{title[0].upper()}](bench-procedures.md#{name}): {title[1].replace('-', ' ')}"
        case _:
            return f"**open**: {cell(name)}"


def table(head, names, case, project, log, heavy):
    """Rows: number and texts stand in the first row of each entry, each proof in one of its own."""
    yield f"| | {' | '.join(head)} | proof | last result |"
    yield "|---" * (len(head) + 3) + "|"
    for name in names:
        entry = case[name]
        texts = [name] + [cell(entry[key]) for key in (("fault", "response") if name in FAULTS else ("meaning",))]
        for proof in entry["proofs"]:
            yield f"| {' | '.join(texts)} | {describe(proof, project)} | {result_of(proof, log, heavy)} |"
            texts = [""] * len(texts)


def count(names, case):
    """How many entries are proven, and how far: everything by machine, by bench too, with something open, not at all."""
    kinds = [{split(proof)[0] for proof in case[name]["proofs"]} for name in names]
    return {
        "automated": sum(bool(found & AUTOMATED) for found in kinds),
        "bench": sum("bench" in found and not found & AUTOMATED for found in kinds),
        "open": sum(found == {"open"} for found in kinds),
        "partly": sum("open" in found and found != {"open"} for found in kinds),
    }


def heavy_runs(heavy):
    """The runs with date, command and figures."""
    results = heavy.results
    yield "## Heavy runs"
    yield ""
    yield f"On {results['machine']}. They are entered in [safety-results.toml](safety-results.toml) by hand."
    yield ""
    yield "| date | command | result |"
    yield "|---|---|---|"

    def row(part, text):
        return f"| {results[part]['date']} | `{results[part]['command']}` | {text} |"

    if part := results.get("mutate"):
        text = f"{part['noticed']} of {part['of']} checks noticed within {part['seeds']:,} seeds, in {part['took']}"
        yield row("mutate", text)
    if results.get("simulate-faults"):
        yield row("simulate-faults", heavy.scenario())
    for mode, part in results.get("power-cuts", {}).items():
        if isinstance(part, dict):
            counts = ", ".join(f"{part[key]:,} {key}" for key in ("states", "corrupt", "lost") if key in part)
            yield row("power-cuts", f"synchronous = {mode}: {counts}")
    for figure in results.get("process-trials", {}).get("figure", []):
        bound = f", bound {figure['bound']} s" if "bound" in figure else ""
        yield row("process-trials", f"{figure['what']}: worst {figure['worst']:.3f} s{trials(figure)}{bound}")
    for target in results.get("fuzz", {}).get("runs", {}):
        yield row("fuzz", f"{target}: {heavy.fuzz(target)}")


def document(case, results, project, log, date):
    """The whole document. Without a log every test is as good as not run."""
    heavy = Heavy(results, len(project.mutations))
    counted = count(FAULTS, case)
    yield "# Safety case"
    yield ""
    yield "Every fault that the product must survive, what must follow, and what proves that it does. Made by"
    yield "`./dev safety-case` from [safety-case.toml](safety-case.toml) and the last test log; do not edit. `./dev lint` checks"
    yield "that all that is named exists."
    yield ""
    yield f"* {counted['automated']} of {len(FAULTS)} faults have an automated proof, {counted['bench']} more a bench procedure"
    yield f"  only; {counted['open']} have none yet. Of those with a proof, {counted['partly']} have a part that is open."
    yield "* A check *taken out* is a safety check removed from controller or guardian: the fault simulator must notice"
    yield "  (`./dev mutate`)."
    yield "* The [fault simulator](fault-simulation.md) judges at the simulated contactor. A *check* is one that it makes"
    yield "  in every run, a *situation* one that a campaign must have reached, an *event* one that it draws"
    yield "  (`./dev simulate-faults --all-situations`)."
    yield "* Trials are the process tests at full length (`./dev process-trials`), see [heavy runs](#heavy-runs)."
    yield "* Bench procedures: [English](bench-procedures.md), [中文](bench-procedures.zh-CN.md)."
    yield ""
    yield f"Test log: {date or 'none'}"
    names = []
    for name in FAULTS:
        if name in GROUPS:
            if names:
                yield from table(["fault", "what must happen"], names, case, project, log, heavy)
            yield from ("", f"## {GROUPS[name]}", "")
            names = []
        names.append(name)
    yield from table(["fault", "what must happen"], names, case, project, log, heavy)
    yield from ("", "## Invariants", "", "What must hold in every run, at every moment.", "")
    yield from table(["meaning"], INVARIANTS, case, project, log, heavy)
    yield ""
    yield from heavy_runs(heavy)


def without_results(lines):
    """Lines with what only a test log can tell left out: the last cell of rows of proofs, and the log's date."""
    in_heavy = False
    for line in lines:
        in_heavy = in_heavy or line == "## Heavy runs"
        if line.startswith("Test log: "):
            continue
        yield line.rsplit(" | ", 1)[0] if line.startswith("| ") and not in_heavy else line


def check(root):
    case, results = read_data(root)
    project = Project(root)
    problems = list(check_case(case, results, project))
    if problems:
        return problems
    path = root / "docs/safety-case.md"
    written = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    wanted = list(document(case, results, project, {}, None))
    if list(without_results(written)) != list(without_results(wanted)):
        return ["docs/safety-case.md is not what the data gives: ./dev safety-case"]
    return []


def read_data(root):
    case = tomllib.loads((root / "docs/safety-case.toml").read_text(encoding="utf-8"))
    results = tomllib.loads((root / "docs/safety-results.toml").read_text(encoding="utf-8"))
    return case, results


def write(root, log_path):
    case, results = read_data(root)
    project = Project(root)
    problems = list(check_case(case, results, project))
    if problems:
        return problems
    log, date = {}, None
    if log_path.is_file():
        log = read_log(log_path.read_text(encoding="utf-8", errors="replace"))
        date = datetime.datetime.fromtimestamp(log_path.stat().st_mtime).date().isoformat()
    lines = document(case, results, project, log, date)
    (root / "docs/safety-case.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    named = {split(proof)[1] for entry in case.values() for proof in entry["proofs"] if proof.startswith("test: ")}
    print(f"docs/safety-case.md: {len(named & set(log))} of {len(named)} named tests are in the log")
    return []


def self_test(root):
    """A sound case has no mistake; each way of spoiling it has one."""
    case, results = read_data(root)
    project = Project(root)

    def spoilt(change):
        copy = {name: {**entry, "proofs": list(entry["proofs"])} for name, entry in case.items()}
        change(copy)
        return list(check_case(copy, results, project))

    twice = next(name for name, files in project.tests.items() if len(files) > 1)
    proofs = ["test: no such test", f"test: {twice}", "scenario: no-such", "mutation: guardian.no-such", "fuzz: no-such"]
    proofs += ["bench: b99-no-such", "bench: b1-relay-lines-at-power-on", "open: ", "guess: x", "power-cuts: x", "x"]
    spoils = [lambda copy, proof=proof: copy["F2"]["proofs"].append(proof) for proof in proofs]
    spoils.append(lambda copy: copy.pop("F62"))
    spoils.append(lambda copy: copy.update(F63=copy["F1"]))
    spoils.append(lambda copy: copy["F1"].pop("response"))
    spoils.append(lambda copy: copy["F1"].update(response=""))
    spoils.append(lambda copy: copy["I1"]["proofs"].clear())
    spoils.append(lambda copy: copy["F9"].update(proofs=["open: no procedure"]))
    spoils.append(lambda copy: copy["I1"]["proofs"].append(copy["I1"]["proofs"][0]))
    # Moves it to the end.
    spoils.append(lambda copy: copy.update(F1=copy.pop("F1")))
    if found := spoilt(lambda copy: None):
        yield f"a sound case is refused: {found}"
    for number, spoil in enumerate(spoils):
        if len(found := spoilt(spoil)) != 1:
            yield f"spoil {number}: {len(found)} mistakes found, 1 there: {found}"

    log = read_log(
        '✔ Test "a" passed after 0.1 seconds.\n✔ Test "b" with 2 test cases passed after 1 seconds.\n'
        '✘ Test "c" failed after 0.1 seconds with 1 issue.\n✔ Test "c" passed after 0.1 seconds.\n'
        '➜ Test "d" skipped: "why"\n◇ Test "e" started.\n✘ Test "f" recorded an issue at F.swift:1:1: x\n'
    )
    if log != {"a": "passed", "b": "passed", "c": "failed", "d": "skipped"}:
        yield f"a log is not read right: {log}"

    wanted = list(document(case, results, project, {}, None))
    test = next(proof for proof in case["F1"]["proofs"] if proof.startswith("test: "))
    other = list(document(case, results, project, {split(test)[1]: "passed"}, "2026-01-01"))
    if wanted == other or list(without_results(wanted)) != list(without_results(other)):
        yield "results of a log are not all that differs between two documents"
    case["F1"]["response"] += " x"
    if list(without_results(wanted)) == list(without_results(document(case, results, project, {}, None))):
        yield "a changed response goes unnoticed"


def main():
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    for name in ("--check", "--write", "--self-test"):
        mode.add_argument(name, action="store_true")
    parser.add_argument("--log", type=Path, default=root / ".build/test.log")
    options = parser.parse_args()
    if options.check:
        problems = check(root)
    elif options.write:
        problems = write(root, options.log)
    else:
        problems = list(self_test(root))
    print("\n".join(problems), file=sys.stderr, end="\n" if problems else "")
    return 1 if problems else 0


sys.exit(main())
