// A program that a rig has started.

import Foundation
import Platform

/// Something in a rig did not come about.
struct RigError: Error, CustomStringConvertible {
  let description: String
}

/// Fails a trial, wherever it runs, if something is not so.
func require(_ isSo: Bool, _ what: @autoclosure () -> String) throws {
  guard isSo else { throw RigError(description: what()) }
}

/// Waits until something is so, looking every millisecond.
/// - Returns: the monotonic time at which it was, ns.
@discardableResult
func poll(_ what: String, within seconds: Double = 30, _ isSo: () throws -> Bool) throws -> Int64 {
  let deadline = MonotonicTime.now() + Int64(seconds * 1e9)
  while try !isSo() {
    let now = MonotonicTime.now()
    guard now < deadline else { throw RigError(description: "not within \(seconds) s: \(what)") }
    MonotonicTime.sleep(until: now + 1_000_000)
  }
  return MonotonicTime.now()
}

/// Seconds between two instants of the monotonic clock.
func elapsed(from begin: Int64, to end: Int64) -> Double { Double(end - begin) / 1e9 }

/// A program that a rig has started.
final class Child {
  private let process = Process()
  let name: String

  /// Starts a program with its output in a file.
  init(_ path: String, _ arguments: [String], environment: [String: String], log: URL) throws {
    name = (path as NSString).lastPathComponent
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let descriptor = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    try require(descriptor >= 0, "open \(log.path)")
    let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    process.standardError = output
    process.standardOutput = output
    // A program inherits the mask of the thread that starts it, and a test's thread may have been started by one that blocks all.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    try process.run()
  }

  var pid: pid_t { process.processIdentifier }

  /// - Returns: the monotonic time just before the signal was sent, ns.
  @discardableResult
  func signal(_ number: Int32) -> Int64 {
    let now = MonotonicTime.now()
    kill(pid, number)
    return now
  }

  /// What the kernel says of the process from its state on, proc(5); `nil` if there is none any more.
  private var status: [Substring]? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    return text[end...].dropFirst(2).split(whereSeparator: \.isWhitespace)
  }

  /// The kernel's letter for the state of the process; `nil` if there is none any more.
  private var state: Character? { status?.first?.first }

  /// Whether the process has ended, be it waited for or not.
  var hasEnded: Bool { state.map { "ZX".contains($0) } ?? true }

  /// Stops the process and waits until it stands.
  /// - Returns: the monotonic time just before the signal was sent, ns.
  func stop() throws -> Int64 {
    let begin = signal(SIGSTOP)
    try poll("\(name) stands still") { state == "T" }
    return begin
  }

  /// Waits until the process has ended.
  /// - Returns: the monotonic time at which it was seen to be gone, ns.
  @discardableResult
  func waitForEnd(within seconds: Double = 30) throws -> Int64 {
    try poll("\(name) has ended", within: seconds) { hasEnded }
  }

  /// Waits until the process has ended.
  /// - Returns: its exit code, or the number of the signal that ended it plus 128, as a shell has it.
  func exitCode(within seconds: Double = 30) throws -> Int32 {
    var code: Int32 = 0
    try poll("\(name) has ended", within: seconds) {
      guard process.isRunning else {
        code = process.terminationStatus + (process.terminationReason == .uncaughtSignal ? 128 : 0)
        return true
      }
      // Not yet known to Foundation. Field 52 is what wait(2) will say.
      guard let status, status.first == "Z", status.count > 49, let ending = Int32(status[49]) else { return false }
      code = ending & 0x7F == 0 ? (ending >> 8) & 0xFF : 128 + (ending & 0x7F)
      return true
    }
    return code
  }

  /// Ends the process, whatever state it is in.
  ///
  /// Asks the kernel: Foundation takes a program for running as long as any other that was started meanwhile holds what it has inherited.
  func end() {
    signal(SIGKILL)
    while !hasEnded { MonotonicTime.sleep(until: MonotonicTime.now() + 1_000_000) }
  }

  /// Runs a program to its end.
  @discardableResult
  static func runToEnd(_ path: String, _ arguments: [String]) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    try require(
      process.terminationStatus == 0,
      "\(path) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus): \(text)")
    return text
  }
}
