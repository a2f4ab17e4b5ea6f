// What became of the tests: a table for people, JUnit XML for programs.

import Foundation
import Platform

/// What became of one test.
struct Outcome {
  enum Result {
    case passed
    case failed(String)
    case skipped(String)
  }

  let test: HILTest
  let result: Result
  /// Time on this machine, s.
  let seconds: Double
  /// Time on the board, s.
  let boardSeconds: Double
  /// What it has measured, in words.
  var sayings: [String] = []

  var isFailure: Bool { if case .failed = result { true } else { false } }
}

/// All outcomes of a run.
struct Report {
  private var title = ""
  private(set) var outcomes: [Outcome] = []
  /// When the run began.
  private let began = MonotonicTime.now()

  mutating func add(_ outcome: Outcome) {
    outcomes.append(outcome)
    print(row(outcome))
    for saying in outcome.sayings { print("        \(saying)") }
    if case .failed(let why) = outcome.result {
      print(why.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n"))
    }
    fflush(nil)
  }

  /// A board is there.
  mutating func begin(on title: String) {
    if self.title.isEmpty {
      self.title = title
      print("\(title)\n\nresult  test                                            here      board")
    }
    print(String(format: "        switched on in %.1f s", seconds))
    fflush(nil)
  }

  /// Time since the run began, s.
  private var seconds: Double { Double(MonotonicTime.now() - began) / 1e9 }

  private func row(_ outcome: Outcome) -> String {
    let word =
      switch outcome.result {
      case .passed: "ok"
      case .failed: "FAIL"
      case .skipped: "skip"
      }
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    let times = String(format: "%7.1f s %8.0f s", outcome.seconds, outcome.boardSeconds)
    return padded(word, 8) + padded(outcome.test.name, 44) + times
  }

  /// One line: how many passed, failed, were skipped.
  var summary: String {
    let failed = outcomes.count(where: \.isFailure)
    let skipped = outcomes.count { if case .skipped = $0.result { true } else { false } }
    return String(
      format: "%d passed, %d failed, %d skipped in %.0f s", outcomes.count - failed - skipped, failed, skipped, seconds)
  }

  /// The same as JUnit XML.
  var junit: String {
    let failed = outcomes.count(where: \.isFailure)
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<testsuite name=\"\(Self.escaped(title))\" tests=\"\(outcomes.count)\" failures=\"\(failed)\" time=\"\(seconds)\">",
    ]
    for outcome in outcomes {
      let head = "  <testcase classname=\"hil\" name=\"\(outcome.test.name)\" time=\"\(outcome.seconds)\""
      switch outcome.result {
      case .passed: lines.append("\(head)/>")
      case .failed(let why): lines.append("\(head)><failure>\(Self.escaped(why))</failure></testcase>")
      case .skipped(let why): lines.append("\(head)><skipped message=\"\(Self.escaped(why))\"/></testcase>")
      }
    }
    return (lines + ["</testsuite>"]).joined(separator: "\n") + "\n"
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
      // XML has no place for other control characters.
      .filter { $0 == "\n" || $0 == "\t" || $0 >= " " }
  }
}
