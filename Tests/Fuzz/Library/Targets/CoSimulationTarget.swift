// What a plant model says in co-simulation.

import Configuration
import FoundationEssentials
import LocalService
import Station

/// Lines of a plant model: every line is answered by one object, and every answer holds means between 0 and 1.
struct CoSimulationTarget: FuzzTarget {
  let name = "cosim"
  let words = [
    "{", "}", ":", ",", "null", "true", "\n", "\"start\":\"2026-04-20T00:00:00+08:00\"", "\"step\":", "\"t\":",
    "\"channels\":", "\"room.temperature\":", "\"inside.temperature\":", "\"outside.temperature\":", "1e308", "-1e308",
    "1e999", "NaN", "0.001", "86400", "1e10", "-0.0", "\"9999-12-31T23:59:59Z\"", "\"0000-01-01T00:00:00Z\"", "[[[[[[",
  ]
  let longestInput = 2_048
  let usualRuns: UInt64 = 20_000
  private let configuration: DeviceConfiguration

  /// Most seconds of virtual time that a run is given: a day of a thousand lines takes too long.
  private static let longestRun = 5_000.0

  init(root: String) throws {
    let files = ConfigurationFiles(configuration: root + "/examples/cosim/room.toml", share: root)
    guard let configuration = files.load(isSimulated: true).configuration else {
      throw Finding("there is no example under \(root)")
    }
    self.configuration = configuration
  }

  func run(_ input: [UInt8]) throws -> Bool {
    var simulation = CoSimulation(configuration)
    var lines = LineBuffer(limit: CoSimulation.longestLine)
    lines.append(input + [UInt8(ascii: "\n")])
    var accepted = false
    var last = 0.0
    while let line = lines.next() {
      // Long gaps and steps are right, and only slow.
      if let told = ServiceCoding.decode(Told.self, from: line),
        (told.step ?? 0) > Self.longestRun || (told.t ?? last) - last > Self.longestRun
      {
        return accepted
      }
      let answer: Data
      do throws(CoSimulationError) {
        answer = try simulation.answer(line)
      } catch {
        try require(!error.english.isEmpty && !error.chinese.isEmpty, "an error without words")
        let message = CoSimulation.errorLine(error, message: error.english, line: 1)
        try require(!message.isEmpty && !message.contains(UInt8(ascii: "\n")), "an error is no line")
        continue
      }
      accepted = true
      try require(!answer.contains(UInt8(ascii: "\n")), "an answer is more than a line")
      guard let reply = ServiceCoding.decode(Reply.self, from: answer) else {
        try require(
          ServiceCoding.decode(Ready.self, from: answer)?.ready == true, "an answer is neither ready nor means")
        continue
      }
      last = reply.t
      try require(reply.outputs.values.allSatisfy { (0...1).contains($0) }, "a mean is not within 0…1")
    }
    return accepted
  }

  /// What matters of a line.
  private struct Told: Decodable {
    var step: Double?
    var t: Double?
  }

  /// What matters of the first answer.
  private struct Ready: Decodable {
    var ready: Bool
  }

  /// What matters of the others.
  private struct Reply: Decodable {
    var t: Double
    var outputs: [String: Double]
  }
}
