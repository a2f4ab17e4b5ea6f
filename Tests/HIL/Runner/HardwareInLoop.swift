// ./dev hil and ./dev rig: the unmodified programs on a real kernel, with a simulated shed at the end of the wires.

import ArgumentParser
import Climate
import Foundation
import Platform

@main
struct HardwareInLoop: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "./dev hil",
    abstract: "Tests the release programs on a real kernel whose I2C bus and GPIO lines end in a simulated shed.",
    discussion: "docs/hil.md describes the guest, the wires and every test."
  )

  @Argument(help: "Tests to run, by name or part of it; all but the long ones if left out.") var tests: [String] = []
  @Flag(help: "Also run the tests that take minutes.") var long = false
  @Flag(help: "List the tests.") var list = false
  @Option(help: "Folder of the guest's image; its last part is the architecture.") var image: String =
    ".build/hil/amd64"
  @Option(help: "Instead of a guest, a board that ssh knows by this name; needs --adapter.") var board: String?
  @Option(help: "The adapter at the board's wires: a serial device, or HOST:PORT.") var adapter: String?
  @Option(help: "Folder for report, pictures and logs.") var output: String = ".build/hil/report"
  @Option(help: "How many guests run tests side by side; one a processor, but two at most, if left out.") var guests:
    Int?

  func validate() throws {
    guard (1...16).contains(guests ?? 1) else { throw ValidationError("--guests is a number from 1 to 16") }
    guard board == nil || guests ?? 1 == 1 else { throw ValidationError("--board is one board") }
  }

  mutating func run() throws {
    let chosen = choose()
    if list { return printList(chosen) }
    guard !chosen.isEmpty else { throw ValidationError("no test has \(tests.joined(separator: " or ")) in its name") }
    let folder = URL(fileURLWithPath: output)
    try lockReport()
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let count = board == nil ? min(guests ?? min(processors, 2), chosen.count) : 1
    let tests = TestQueue(chosen, report: folder.appendingPathComponent("junit.xml"))
    let lanes = try (1...count).map { [self] number in
      try Platform.Thread(name: "lane \(number)", stack: 8 << 20) {
        do { try serve(tests, number, in: folder) } catch { tests.fail(error) }
      }
    }
    for lane in lanes { lane.join() }
    let report = try tests.end()
    print("\n\(report.summary); report in \(output)")
    if report.outcomes.contains(where: \.isFailure) { throw ExitCode(1) }
  }

  /// Runs tests on a board of its own until there are no more.
  private func serve(_ tests: TestQueue, _ number: Int, in folder: URL) throws {
    let shed = SimulatedShed()
    let board = try makeBoard(shed, in: folder.appendingPathComponent("\(number)"))
    defer { board.stop() }
    let root = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
    let rig = try Rig(board: board, shed: shed, root: root)
    tests.begin(on: board.title)
    while let test = tests.next() { try tests.add(run(test, on: rig, in: folder)) }
  }

  /// Keeps a second run out of the folder, until this process ends: it would remove the first one's disk and sockets.
  private func lockReport() throws {
    let path = output + ".lock"
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard number >= 0 else { throw ValidationError("\(path): \(SystemError.last("open").reason)") }
    guard flock(number, LOCK_EX | LOCK_NB) == 0 else { throw ValidationError("another run writes to \(output)") }
  }

  /// The tests that are asked for. A whole name means that test alone.
  private func choose() -> [HILTest] {
    HILTest.all.filter { test in
      tests.isEmpty ? long || list || !test.isLong : tests.contains { isMeant(test.name, by: $0) }
    }
  }

  private func isMeant(_ name: String, by word: String) -> Bool {
    HILTest.all.contains { $0.name == word } ? name == word : name.contains(word)
  }

  private func printList(_ chosen: [HILTest]) {
    for test in chosen {
      print("\(test.name)\(test.isLong ? " (long)" : "")\n    \(test.behaviour)")
    }
  }

  private func makeBoard(_ shed: SimulatedShed, in folder: URL) throws -> any Board {
    if let board {
      guard let adapter else { throw ValidationError("--board needs --adapter: see docs/hil.md") }
      return try SSHBoard(host: board, adapter: adapter, shed: shed)
    }
    let image = URL(fileURLWithPath: image)
    guard let architecture = GuestArchitecture(rawValue: image.lastPathComponent) else {
      throw ValidationError("\(image.path) ends in no architecture: amd64 or arm64")
    }
    let options = VirtualMachine.Options(architecture: architecture, image: image, directory: folder)
    return try VirtualMachine(options, shed: shed)
  }

  private func run(_ test: HILTest, on rig: Rig, in folder: URL) -> Outcome {
    let missing = test.needs.subtracting(rig.board.abilities).map(\.rawValue).sorted()
    guard missing.isEmpty else {
      let why = "the board lacks \(missing.joined(separator: ", "))"
      return Outcome(test: test, result: .skipped(why), seconds: 0, boardSeconds: 0)
    }
    let (began, boardBegan) = (MonotonicTime.now(), rig.shed.now)
    var result = Outcome.Result.passed
    rig.sayings = []
    do {
      try test.body(rig)
    } catch {
      result = .failed("\(error)")
      draw(test, rig.shed, in: folder)
      // Whatever it has left must not fail the next test.
      do { try rig.board.restart() } catch {
        result = .failed("the board did not start again: \(error)")
      }
    }
    return Outcome(
      test: test, result: result, seconds: Double(MonotonicTime.now() - began) / 1e9,
      boardSeconds: boardBegan.duration(to: rig.shed.now).inSeconds, sayings: rig.sayings)
  }

  private func draw(_ test: HILTest, _ shed: SimulatedShed, in folder: URL) {
    let picture = Timeline(title: "\(test.name): \(test.behaviour)", plan: shed.plan, events: shed.events)
    try? picture.text.write(to: folder.appendingPathComponent("\(test.name).txt"), atomically: true, encoding: .utf8)
    try? picture.svg.write(to: folder.appendingPathComponent("\(test.name).svg"), atomically: true, encoding: .utf8)
  }
}
