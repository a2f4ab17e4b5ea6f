// The process that watches a worker, keeps the inputs that took it down, and goes on behind them.

import Dispatch
import Foundation
import Fuzzing
import Glibc

/// Runs one target in worker processes.
struct Supervisor {
  /// Longest input of any target, bytes.
  static let longestInput = 1 << 20
  /// A target is given up after so many findings.
  private static let mostFindings = 10
  private static let tick = 0.1

  private let options: Options
  private let target: String
  private let page: SharedPage

  init(_ options: Options, target: String) throws {
    self.options = options
    self.target = target
    page = try SharedPage(path: options.scratch + "/page", longestInput: Self.longestInput)
  }

  /// Runs all inputs.
  /// - Returns: how many findings there were.
  func run() throws -> Int {
    let begin = ContinuousClock.now
    var findings = 0
    while let finding = try runWorker() {
      findings += 1
      try report(finding)
      guard options.input == nil else { break }
      guard findings < Self.mostFindings else {
        say("\(target): given up after \(findings) findings")
        break
      }
      page.run += 1
    }
    let seconds = Double((ContinuousClock.now - begin).components.seconds) + 1e-3
    if options.input == nil { summarise(findings, seconds: max(seconds, 1)) }
    return findings
  }

  /// - Returns: what went wrong, in words; `nil` if all inputs have been run.
  private func runWorker() throws -> String? {
    page.finding = ""
    let files = options.scratch + "/files"
    try? FileManager.default.removeItem(atPath: files)
    try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
    let worker = Process()
    worker.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    worker.arguments = options.forWorker(target)
    // A picture of the stack takes a second, and the program that makes it outlives a worker that is killed.
    worker.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { $1 }
    let end = DispatchSemaphore(value: 0)
    worker.terminationHandler = { _ in end.signal() }
    try worker.run()
    let isStuck = watch(end)
    if isStuck { kill(worker.processIdentifier, SIGKILL) }
    worker.waitUntilExit()
    if isStuck { return "hangs: no end within \(options.limit) s" }
    switch (worker.terminationReason, worker.terminationStatus) {
    case (.exit, 0): return nil
    case (.exit, Worker.foundSomething): return page.finding
    case (.exit, let code): throw Finding("the worker for \(target) could not begin: exit code \(code)")
    case (_, let signal): return "traps: signal \(signal)"
    }
  }

  /// Waits for the worker's end.
  /// - Returns: whether one input has taken longer than the limit instead.
  private func watch(_ end: DispatchSemaphore) -> Bool {
    var last = page.run
    var lastAt = ContinuousClock.now
    while end.wait(timeout: .now() + Self.tick) == .timedOut {
      let now = ContinuousClock.now
      if page.run != last { (last, lastAt) = (page.run, now) }
      if now - lastAt > .seconds(options.limit) { return true }
    }
    return false
  }

  private func report(_ finding: String) throws {
    let input = page.input
    var path = options.input
    if path == nil {
      let folder = "\(options.findings)/\(target)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      let name = String(
        input.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }, radix: 16)
      path = "\(folder)/\(name)"
      try Data(input).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
    }
    say("\(target): run \(page.run) \(finding)")
    say("  again: ./dev fuzz \(target) --input \(path ?? "")")
  }

  private func summarise(_ findings: Int, seconds: Double) {
    let share = Double(page.accepted) / Double(max(page.run, 1)) * 100
    let speed = Int(Double(page.run) / seconds)
    let rows = page.rows > 0 ? ", \(page.rows) rows read" : ""
    let accepted = (share * 100).rounded() / 100
    say("\(target): \(page.run) runs, \(speed) a second, \(accepted) % accepted\(rows), \(findings) findings")
  }
}

/// Prints a line at once, whatever the output is.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
