// The tests of a run, dealt to as many boards as there are.

import Foundation

/// Tests that wait, and the outcomes of those that ran.
final class TestQueue: @unchecked Sendable {
  private let lock = NSLock()
  private var waiting: ArraySlice<HILTest>
  private var report = Report()
  private var error: (any Error)?
  private let file: URL

  /// - Parameter report: file of the JUnit report.
  init(_ tests: [HILTest], report: URL) { (waiting, file) = (tests[...], report) }

  /// A board is there.
  func begin(on title: String) { lock.withLock { report.begin(on: title) } }

  /// The next test; `nil` when none is left, or a board has failed.
  func next() -> HILTest? { lock.withLock { error == nil ? waiting.popFirst() : nil } }

  func add(_ outcome: Outcome) throws {
    try lock.withLock {
      report.add(outcome)
      try report.junit.write(to: file, atomically: true, encoding: .utf8)
    }
  }

  /// A board has failed: nothing more is begun.
  func fail(_ error: any Error) { lock.withLock { self.error = self.error ?? error } }

  /// The report, when all boards have ended.
  func end() throws -> Report {
    try lock.withLock {
      if let error { throw error }
      return report
    }
  }
}
