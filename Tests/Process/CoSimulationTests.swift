// The example plant and the real program, as a researcher would run them.

import Foundation
import Testing

@Suite("Co-simulation with another program", .enabled(if: Built.directory != nil)) struct CoSimulationTests {
  /// Runs a program to its end.
  private func run(_ path: String, _ arguments: [String], input: String = "") throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let (written, read) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput, process.standardError) = (written, read, FileHandle.nullDevice)
    try process.run()
    try written.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try written.fileHandleForWriting.close()
    let text = String(decoding: try read.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  private func cosim(_ lines: String) throws -> (code: Int32, output: String) {
    let program = try #require(Built.directory) + "/bombyx"
    return try run(
      program, ["cosim", "--config", "\(Built.root)/examples/cosim/room.toml", "--share", Built.root, "--lang", "en"],
      input: lines)
  }

  private static let start = "{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":60}\n"

  @Test("the room of the example is held in its band by heater and vent") func room() throws {
    let program = try #require(Built.directory) + "/bombyx"
    let (code, output) = try run(
      "/usr/bin/env",
      [
        "python3", "\(Built.root)/examples/cosim/room.py", "--bombyx", program, "--days", "0.7", "--step", "60",
        "--json",
      ])
    #expect(code == 0, "\(output)")
    let figures = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    #expect(try #require(figures["in_band"] as? Double) >= 0.99)
    #expect(
      try #require(figures["widest_vent"] as? Double) > 0.05, "the sun must have opened it, or this shows nothing")
    #expect(try #require(figures["heater_kWh"] as? Double) > 1)
    #expect(figures["exit"] as? Int == 0)
  }

  @Test("the end of input is no error, with a line end or without") func end() throws {
    for last in ["", "\n"] {
      let (code, output) = try cosim(Self.start + "{\"t\":0,\"channels\":{\"room.temperature\":20}}" + last)
      #expect(code == 0)
      #expect(output.split(separator: "\n").count == 2)
    }
    #expect(try cosim("").code == 0)
  }

  @Test("what cannot be answered is an error object, and exit 2") func errors() throws {
    let (code, output) = try cosim(Self.start + "\n{\"t\":0,\"channels\":{\"attic.temperature\":20}}\n")
    #expect(code == 2)
    let last = try #require(output.split(separator: "\n").last)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    #expect(object["error"] as? String == "unknown-channel")
    #expect(object["line"] as? Int == 3)
    #expect((object["message"] as? String)?.contains("room.temperature") == true)
  }

  @Test("a configuration that cannot be used is an error object, and exit 2") func configuration() throws {
    let program = try #require(Built.directory) + "/bombyx"
    let (code, output) = try run(program, ["cosim", "--config", "\(Built.root)/README.md", "--share", Built.root])
    #expect(code == 2)
    #expect(output.contains("\"error\":\"configuration\""))
    #expect(output.contains("README.md:1:1"))
  }
}
