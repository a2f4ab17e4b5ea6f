// The inputs of one target: real ones, and damaged ones by number.

import Foundation
import Simulator

/// The inputs that a target is given. Each is a function of the seed and its number alone, so that any can be made again.
public struct Campaign {
  /// The target.
  public let target: any FuzzTarget
  /// Real inputs and old findings; they are run first, as they are.
  public let corpus: [[UInt8]]
  private let seed: UInt64
  private let mutation: Mutation

  /// A campaign.
  /// - Parameters:
  ///   - root: the checkout, in which the inputs are kept.
  public init(_ target: any FuzzTarget, root: String, seed: UInt64) throws {
    self.target = target
    self.seed = seed
    let folders = ["Tests/Fuzz/Corpus/\(target.name)", "Tests/Fuzz/Regressions/\(target.name)"]
    let files = (target.examples + folders).flatMap { Self.files("\(root)/\($0)") }
    corpus = try files.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) } + target.madeInputs()
    guard !corpus.isEmpty else { throw Finding("there are no inputs for \(target.name) under \(root)") }
    mutation = Mutation(words: target.words, limit: target.longestInput)
  }

  /// How many runs give every real input and then some damaged ones.
  public func runs(damaged: UInt64) -> UInt64 { UInt64(corpus.count) + damaged }

  /// The input of a run, counted from 0.
  public func input(_ number: UInt64) -> [UInt8] {
    if number < corpus.count { return corpus[Int(number)] }
    var random = SeededGenerator(seed: seed ^ (number &* 0xD6E8_FEB8_6659_FD93), purpose: target.name)
    var bytes = corpus[Int.random(in: 0..<corpus.count, using: &random)]
    mutation.apply(to: &bytes, other: corpus[Int.random(in: 0..<corpus.count, using: &random)], using: &random)
    target.finish(&bytes, using: &random)
    return bytes
  }

  private static func files(_ path: String) -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
    guard isFolder.boolValue else { return [path] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted().filter { !$0.hasPrefix(".") }.map { "\(path)/\($0)" }
  }
}
