// What the fuzzer can be pointed at.

public import Simulator

/// What a parser has done wrong without trapping: it accepted what it should refuse, or did not keep a promise.
public struct Finding: Error, CustomStringConvertible {
  /// What was expected, and what came.
  public let description: String

  /// A finding in words.
  public init(_ description: String) { self.description = description }
}

/// One parser of outside data.
///
/// *For authors of targets:* ``run(_:)`` is called in a process that it may take down; it must depend on the input alone, so that a
/// finding can be had again.
public protocol FuzzTarget {
  /// Name on the command line and of its folders under `Corpus` and `Regressions`.
  var name: String { get }
  /// Files and folders of real inputs, relative to the checkout, besides those under `Corpus`.
  var examples: [String] { get }
  /// Words that mean something to the parser, to be put into inputs.
  var words: [String] { get }
  /// Longest input, bytes.
  var longestInput: Int { get }
  /// Runs unless told otherwise: what takes some seconds.
  var usualRuns: UInt64 { get }

  /// Rows read so far, for parsers that read many in a run.
  var rows: UInt64 { get }

  /// Real inputs that are made and not kept as files.
  func madeInputs() throws -> [[UInt8]]

  /// The last touch to an input, such as a checksum made right again, so that the fuzz reaches what lies behind it.
  func finish(_ input: inout [UInt8], using random: inout SeededGenerator)

  /// Gives an input to the parser.
  /// - Returns: whether the parser accepted it.
  func run(_ input: [UInt8]) throws -> Bool
}

extension FuzzTarget {
  /// None.
  public var examples: [String] { [] }
  /// None.
  public var words: [String] { [] }
  /// A short text.
  public var longestInput: Int { 4_096 }
  /// For parsers that take some microseconds.
  public var usualRuns: UInt64 { 500_000 }
  /// None.
  public var rows: UInt64 { 0 }
  /// None.
  public func madeInputs() throws -> [[UInt8]] { [] }
  /// None.
  public func finish(_: inout [UInt8], using _: inout SeededGenerator) {}
}

/// Stops the run with a finding unless a condition holds.
func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(Finding) {
  guard condition else { throw Finding(what()) }
}
