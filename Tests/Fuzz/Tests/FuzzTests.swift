// The fuzzer on a small scale: real inputs, old findings, and some damaged inputs of every target; and that it finds what there is.

import Foundation
import Fuzzing
import Testing

/// The fuzzer as it was built; set by `./dev test`.
private enum Fuzzer {
  static let directory = ProcessInfo.processInfo.environment["BOMBYX_BIN_DIR"]
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Runs it to its end.
  static func run(_ arguments: String...) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: (directory ?? "") + "/fuzz")
    process.arguments = arguments + ["--root", root]
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}

@Suite("Fuzz", .enabled(if: Fuzzer.directory != nil)) struct FuzzTests {
  private let findings = FileManager.default.temporaryDirectory
    .appendingPathComponent("bombyx-findings-\(UUID().uuidString)").path

  /// Runs that a debug build makes in about a second.
  private static func runs(_ target: String) -> Int {
    switch target {
    case "log-rows", "log-file": 20
    case "cosim": 300
    case "configuration", "recipe", "board", "sensors": 1_000
    default: 5_000
    }
  }

  @Test(
    "real inputs, old findings and damaged inputs neither trap nor hang, and only what is right is accepted",
    arguments: FuzzTargets.names)
  func target(_ name: String) throws {
    defer { try? FileManager.default.removeItem(atPath: findings) }
    let (code, output) = try Fuzzer.run(name, "--runs", "\(Self.runs(name))", "--findings", findings)
    #expect(code == 0, "\(output)")
    #expect(output.contains(" 0 findings"))
  }

  @Test(
    "a fault on purpose is found, its input kept, and the input has the fault again", arguments: FuzzTargets.planted)
  func planted(_ name: String) throws {
    defer { try? FileManager.default.removeItem(atPath: findings) }
    let (code, output) = try Fuzzer.run(name, "--runs", "200", "--limit", "1", "--findings", findings)
    #expect(code == 1, "\(output)")
    let word = name.replacingOccurrences(of: "planted-", with: "")
    #expect(output.contains(["trap": "traps: signal", "hang": "hangs", "acceptance": "<! was accepted"][word] ?? "?"))
    let file = try #require(try FileManager.default.contentsOfDirectory(atPath: "\(findings)/\(name)").first)
    let path = "\(findings)/\(name)/\(file)"
    #expect(String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self).contains("<!"))
    #expect(output.contains("./dev fuzz \(name) --input \(path)"))
    #expect(try Fuzzer.run(name, "--input", path, "--limit", "1").code == 1)
  }

  @Test("a harmless input has no fault, even in a target with one on purpose", arguments: FuzzTargets.planted)
  func harmless(_ name: String) throws {
    let path = findings + "-harmless"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data("<12> 3".utf8).write(to: URL(fileURLWithPath: path))
    #expect(try Fuzzer.run(name, "--input", path).code == 0)
  }

  @Test("the same seed and number give the same input, another seed another one")
  func deterministic() throws {
    let target = try FuzzTargets.make("guardian-table", root: Fuzzer.root, scratch: "")
    let one = try Campaign(target, root: Fuzzer.root, seed: 1)
    let again = try Campaign(target, root: Fuzzer.root, seed: 1)
    let other = try Campaign(target, root: Fuzzer.root, seed: 2)
    let numbers = UInt64(one.corpus.count)..<200
    #expect(numbers.map { one.input($0) } == numbers.map { again.input($0) })
    #expect(numbers.map { one.input($0) } != numbers.map { other.input($0) })
    #expect(Set(numbers.map { one.input($0) }).count > 150)
  }
}
