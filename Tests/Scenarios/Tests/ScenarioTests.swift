// The fault simulator itself: that it is repeatable, that it can fail, and what it has found before.

import Foundation
import Scenarios
import Testing

@Suite("Fault simulator", .serialized) struct ScenarioTests {
  private static func run(_ options: ScenarioOptions) -> ScenarioResult {
    var world = ScenarioWorld(options)
    return world.run()
  }

  @Test("days without trouble break no promise", arguments: [1, 2, 3, 4] as [UInt64])
  func calm(seed: UInt64) {
    let result = Self.run(ScenarioOptions(seed: seed, mode: .calm, days: 2))
    #expect(result.violations == [])
    #expect(result.days == 2)
  }

  @Test(
    "days of trouble break no promise",
    arguments: [(1, .safety), (3, .safety), (5, .liveness), (8, .liveness)] as [(UInt64, ScenarioOptions.Mode)])
  func trouble(seed: UInt64, mode: ScenarioOptions.Mode) {
    let result = Self.run(ScenarioOptions(seed: seed, mode: mode, days: 3))
    #expect(result.violations == [])
    #expect(!result.events.isEmpty)
  }

  @Test("the same seed gives the same trace, another seed another")
  func determinism() {
    func trace(_ seed: UInt64) -> TraceHash { Self.run(ScenarioOptions(seed: seed, mode: .safety, days: 1)).trace }
    #expect(trace(7) == trace(7))
    #expect(trace(7) != trace(8))
  }

  @Test("what the contacts do does not depend on the wall clock", arguments: [12, 63] as [UInt64])
  func wallClock(seed: UInt64) {
    // Only the clock's own events, so that nothing else hides a difference: a lost clock comes with a power cut, which stays.
    var options = ScenarioOptions(seed: seed, mode: .safety, days: 4)
    let with = Self.run(options)
    options.leavesClockAlone = true
    let without = Self.run(options)
    #expect(with.contacts == without.contacts)
  }

  @Test("what befalls one zone changes nothing at the contacts of another")
  func isolation() {
    var compared = 0
    var seed: UInt64 = 0
    while compared < 2 {
      seed += 1
      var options = ScenarioOptions(seed: seed, mode: .safety, days: 0.35)
      guard let zone = ScenarioWorld(options).troubledZones.first else { continue }
      options.zoneTrouble = ScenarioOptions.ZoneTrouble(zone: zone, hasEffect: true)
      let with = Self.run(options)
      options.zoneTrouble?.hasEffect = false
      let without = Self.run(options)
      #expect(with.violations == [] && !with.events.isEmpty && without.events.isEmpty)
      for other in with.zoneContacts.indices where other != zone {
        #expect(with.zoneContacts[other] == without.zoneContacts[other], "zone \(other) of seed \(seed)")
      }
      // What nobody feels proves nothing.
      if with.zoneContacts[zone] != without.zoneContacts[zone] { compared += 1 }
    }
  }

  /// Runs the built simulator in a process of its own.
  private static func simulator(_ arguments: String) throws -> (status: Int32, output: String) {
    let directory = try #require(
      ProcessInfo.processInfo.environment["BOMBYX_BIN_DIR"], "tests of the built programs run by ./dev test")
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: directory).appendingPathComponent("simulate-faults")
    process.arguments = arguments.split(separator: " ").map(String.init)
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  @Test("two processes give the same traces, whatever their threads and the order of their hashes")
  func processes() throws {
    func trace(_ threads: Int) throws -> Substring? {
      let (status, output) = try Self.simulator("--seeds 1..12 --days 1 --hash --threads \(threads)")
      #expect(status == 0)
      return output.split(separator: "\n").first { $0.hasPrefix("trace ") }
    }
    let first = try #require(try trace(1))
    #expect(try trace(2) == first)
  }

  // In a process of its own: a check that is taken out is out for every test beside this one.
  @Test(
    "a check that is taken out is noticed, and the run that notices is shrunk to the events that it needs",
    arguments: [("controller.minimum-ventilation", 1, "I9"), ("controller.max-on", 3, "I1")])
  func mutations(name: String, seed: Int, invariant: String) throws {
    let run = "--seeds \(seed)..\(seed) --mode safety --days 2"
    let (status, output) = try Self.simulator("\(run) --without \(name)")
    #expect(status == 1)
    #expect(output.hasPrefix("\(invariant) at "))
    #expect(output.contains("\(run).0 --events \n"))
  }

  /// One file a regression: the seed, the mode, the events and the last day of a run that once broke a promise, and what it was.
  @Test("what has been found before stays away", arguments: regressions)
  func regression(name: String) throws {
    let result = Self.run(try Regression(name).options)
    #expect(result.violations == [], "\(name)")
  }

  private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Regressions")

  static let regressions: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []).filter { $0.hasSuffix(".txt") }
    .sorted()

  private struct Regression {
    let options: ScenarioOptions

    init(_ name: String) throws {
      let text = try String(contentsOf: ScenarioTests.directory.appendingPathComponent(name), encoding: .utf8)
      var values: [String: String] = [:]
      for line in text.split(separator: "\n") where !line.hasPrefix("#") {
        let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        if parts.count == 2 { values[parts[0]] = parts[1] }
      }
      let seed = try #require(values["seed"].flatMap { UInt64($0) }, "\(name) has no seed")
      let mode = try #require(values["mode"].flatMap { ScenarioOptions.Mode(rawValue: $0) }, "\(name) has no mode")
      let end = try #require(values["end"].flatMap { Double($0) }, "\(name) has no end")
      let events = values["events"].map { Set($0.split(separator: ",").compactMap { Int($0) }) }
      var options = ScenarioOptions(seed: seed, mode: mode, events: events)
      options.end = end
      self.options = options
    }
  }
}
