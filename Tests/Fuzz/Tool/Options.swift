// The fuzzer's command line.

import Foundation
import Fuzzing

/// What is fuzzed, and how.
struct Options {
  static let usage = """
    usage: fuzz [TARGET…] [--runs N] [--seed S] [--limit SECONDS] [--findings DIR] [--root DIR]
           fuzz TARGET --input FILE

    Gives damaged inputs to the parsers of outside data. An input that makes one trap, hang, or accept what it should not
    is kept, and its file and the command that runs it again are printed.

      --runs N       damaged inputs a target; without it as many as take some seconds
      --seed S       other damages; 1 without it
      --limit S      longest time of one input, 10 s without it
      --findings DIR where inputs are kept, .build/fuzz without it
      --root DIR     the checkout, the present directory without it
      --input FILE   run this input alone

    targets: \(FuzzTargets.names.joined(separator: ", "))
    """

  var targets: [String] = []
  var runs: UInt64?
  var seed: UInt64 = 1
  var limit = 10
  var findings = ".build/fuzz"
  var root = "."
  var input: String?
  /// The target that this process is the worker of.
  var worker: String?
  var scratch = ""

  init(_ arguments: some Sequence<String>) throws {
    var words = Array(arguments)[...]
    func number<Number: FixedWidthInteger>(_ option: String, _: Number.Type) throws -> Number {
      guard let word = words.popFirst(), let number = Number(word) else { throw Finding("\(option) needs a number") }
      return number
    }
    func text(_ option: String) throws -> String {
      guard let word = words.popFirst() else { throw Finding("\(option) needs a value") }
      return word
    }
    while let word = words.popFirst() {
      switch word {
      case "--runs": runs = try number(word, UInt64.self)
      case "--seed": seed = try number(word, UInt64.self)
      case "--limit": limit = try number(word, Int.self)
      case "--findings": findings = try text(word)
      case "--root": root = try text(word)
      case "--input": input = try text(word)
      case "--worker": worker = try text(word)
      case "--scratch": scratch = try text(word)
      case _ where word.hasPrefix("-"): throw Finding("unknown option \(word)")
      default: targets.append(word)
      }
    }
    for target in targets where !(FuzzTargets.names + FuzzTargets.planted).contains(target) {
      throw Finding("there is no target \(target); targets: \(FuzzTargets.names.joined(separator: ", "))")
    }
    if targets.isEmpty { targets = FuzzTargets.names }
    if input != nil, targets.count != 1 { throw Finding("--input needs the name of one target") }
  }

  /// The arguments of a worker with the same options.
  func forWorker(_ target: String) -> [String] {
    var words = ["--worker", target, "--scratch", scratch, "--root", root, "--seed", "\(seed)"]
    if let runs { words += ["--runs", "\(runs)"] }
    if let input { words += [target, "--input", input] }
    return words
  }
}
