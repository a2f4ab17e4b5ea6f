// The co-simulation, line by line, as a plant model meets it.

import Configuration
import Controller
import Foundation
import Testing

@testable import Station

/// The checkout, for examples, boards and recipes.
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// A co-simulation with its lines as text.
private final class Talk {
  private var simulation: CoSimulation

  init(_ configuration: String = "deploy/examples/silkworm-shed.toml", with change: (String) -> String = { $0 }) throws
  {
    let files = ConfigurationFiles(configuration: "\(root)/\(configuration)", share: root)
    let source = try #require(files.sources().sources.first)
    let (loaded, faults) = ConfigurationLoader.load(
      [ConfigurationSource(file: source.file, text: change(source.text))], boards: files.boards().boards,
      recipes: files.recipes().recipes, isSimulated: true)
    simulation = CoSimulation(try #require(loaded, "\(faults)"))
  }

  func text(_ line: String) throws(CoSimulationError) -> String {
    String(decoding: try simulation.answer(Data(line.utf8)), as: UTF8.self)
  }

  func ask(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text(line).utf8)) as? [String: Any])
  }

  func begin(step: Double = 60) throws -> [String: Any] {
    try ask("{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":\(step)}")
  }

  /// - Returns: the outputs.
  func step(_ time: Double, _ channels: String) throws -> [String: Double] {
    try #require(try ask("{\"t\":\(time),\"channels\":{\(channels)}}")["outputs"] as? [String: Double])
  }

  func refusal(_ line: String) -> CoSimulationError? {
    do throws(CoSimulationError) { _ = try text(line) } catch { return error }
    return nil
  }
}

@Suite("Co-simulation") struct CoSimulationTests {
  @Test("it begins with the channels and outputs of the configuration") func ready() throws {
    let ready = try Talk().begin()
    #expect(ready["ready"] as? Bool == true)
    #expect(ready["outputs"] as? [String] == ["heater", "exhaust", "mister", "circulation"])
    let channels = try #require(ready["channels"] as? [String])
    #expect(Set(channels).isSuperset(of: ["shed.temperature", "shed.humidity", "shed.co2", "outside.temperature"]))
    #expect((ready["probes"] as? [String])?.contains("north.temperature") == true)
  }

  @Test("a cold shed is heated, a warm one is not") func heats() throws {
    for (temperature, isHeated) in [(20.0, true), (28.0, false)] {
      let talk = try Talk()
      _ = try talk.begin()
      var heat = 0.0
      for minute in 0..<30 {
        let climate = "\"shed.temperature\":\(temperature),\"shed.humidity\":80"
        heat += try talk.step(Double(minute) * 60, climate)["heater"] ?? 0
      }
      #expect(isHeated ? heat > 25 : heat == 0)
    }
  }

  @Test("an answer holds means between 0 and 1, and the time at which its step ends") func means() throws {
    let talk = try Talk()
    _ = try talk.begin(step: 600)
    for index in 0..<12 {
      let answer = try talk.ask("{\"t\":\(index * 600),\"channels\":{\"shed.temperature\":27,\"shed.humidity\":80}}")
      #expect(answer["t"] as? Double == Double(index + 1) * 600)
      let outputs = try #require(answer["outputs"] as? [String: Double])
      #expect(outputs.values.allSatisfy { (0...1).contains($0) })
      if index > 6 { #expect((0.05...0.95).contains(try #require(outputs["heater"])), "a share, and not on or off") }
    }
  }

  @Test("above a heater's high limit at one end of the shed there is no heat, although the mean asks for it")
  func highLimit() throws {
    for (hot, isHeated) in [(33.0, false), (29.0, true)] {
      let talk = try Talk()
      _ = try talk.begin()
      var heat = 0.0
      for minute in 0..<20 {
        let ends = "\"north.temperature\":20,\"south.temperature\":\(hot),\"shed.humidity\":80"
        heat += try talk.step(Double(minute) * 60, ends)["heater"] ?? 0
      }
      #expect(isHeated ? heat > 10 : heat == 0)
    }
  }

  @Test("a channel that is left out or null is a sensor that gives nothing: no heat, and an alarm") func lost() throws {
    for silent in ["", "\"shed.temperature\":null,"] {
      let talk = try Talk()
      _ = try talk.begin()
      for minute in 0..<10 { _ = try talk.step(Double(minute) * 60, "\"shed.temperature\":20,\"shed.humidity\":80") }
      var answer: [String: Any] = [:]
      for minute in 10..<14 {
        answer = try talk.ask("{\"t\":\(minute * 60),\"channels\":{\(silent)\"shed.humidity\":80}}")
      }
      #expect((answer["outputs"] as? [String: Double])?["heater"] == 0)
      #expect((answer["alarms"] as? [String])?.contains("shed.temperature:reading-lost") == true)
    }
  }

  @Test("a model that stands still, or moves within a step, is no broken sensor") func plausible() throws {
    let talk = try Talk()
    _ = try talk.begin(step: 300)
    var alarms: [String] = []
    for step in 0..<72 {
      let temperature = step < 36 ? 26.0 : step % 2 == 0 ? 27 : 32
      let channels =
        "\"shed.temperature\":\(temperature),\"shed.humidity\":80,\"shed.co2\":700,\"outside.temperature\":12,"
        + "\"outside.humidity\":80,\"outside.pressure\":960"
      let answer = try talk.ask("{\"t\":\(step * 300),\"channels\":{\(channels)}}")
      alarms = try #require(answer["alarms"] as? [String])
      #expect(alarms.filter { $0.contains("probe") || $0.contains("lost") } == [])
    }
  }

  @Test("single probes may be given instead of their channel") func probes() throws {
    let talk = try Talk()
    _ = try talk.begin()
    var outputs: [String: Double] = [:]
    for minute in 0..<10 {
      outputs = try talk.step(
        Double(minute) * 60, "\"north.temperature\":20,\"south.temperature\":21,\"shed.humidity\":80")
    }
    #expect(try #require(outputs["heater"]) > 0.9)
  }

  @Test("a vent is told by how far it is open, carbon dioxide by its share of time, and both answer") func vents()
    throws
  {
    let vent = """
      [[output]]
      name = "roof"
      kind = "vent"
      pin = "relay5"
      pin-close = "relay6"
      travel = "120s"
      failsafe = "close"

      [[output]]
      name = "co2"
      kind = "co2"
      pin = "relay7"
      failsafe = "off"

      [[sensor]]
      name = "gas"
      model = "scd41"
      bus = "i2c1"
      address = 0x62
      zone = "greenhouse"

      [[zone]]
      name = "greenhouse"
      co2 = { raise = ["co2"], setpoint = "900 ppm", band = "100 ppm", light-above = "5000 lx" }
      """
    let talk = try Talk("deploy/examples/greenhouse.toml") { text in
      text.replacingOccurrences(of: "[[zone]]\nname = \"greenhouse\"", with: vent)
        .replacingOccurrences(of: "cool = [\"exhaust\"]", with: "cool = [\"roof\"]")
        .replacingOccurrences(of: "lower = [\"exhaust\"], coupled = true", with: "lower = [\"exhaust\"]")
        .replacingOccurrences(of: "ventilation = { minimum", with: "ventilation = { outputs = [\"exhaust\"], minimum")
    }
    let ready = try talk.begin()
    #expect((ready["outputs"] as? [String])?.contains("roof") == true)
    #expect((ready["outputs"] as? [String])?.contains("roof-close") == false)
    func run(_ minutes: Range<Int>, temperature: Double, co2: Double, light: Double) throws -> [String: Double] {
      var outputs: [String: Double] = [:]
      for minute in minutes {
        outputs = try talk.step(
          Double(minute) * 60,
          "\"greenhouse.temperature\":\(temperature),\"greenhouse.humidity\":70,\"greenhouse.co2\":\(co2),"
            + "\"greenhouse.illuminance\":\(light),\"greenhouse.soil-moisture\":55")
      }
      return outputs
    }
    // Band 3 K from 20.9 °C: 22.4 °C is half of it.
    let half = try run(0..<15, temperature: 22.4, co2: 900, light: 20_000)
    #expect(abs(try #require(half["roof"]) - 0.5) < 0.07)
    #expect(half["co2"] == 0)
    let open = try run(15..<30, temperature: 30, co2: 500, light: 20_000)
    #expect(open["roof"] == 1)
    #expect(open["co2"] == 0, "with the vent open it would go outside")
    let closed = try run(30..<45, temperature: 19, co2: 500, light: 20_000)
    #expect(closed["roof"] == 0)
    #expect(try #require(closed["co2"]) > 0.9)
    let dark = try run(45..<50, temperature: 19, co2: 500, light: 100)
    #expect(dark["co2"] == 0)
  }

  @Test("the same lines give the same answers, to the byte") func deterministic() throws {
    func run() throws -> [String] {
      let talk = try Talk()
      var answers = [try talk.text("{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":17.3}")]
      for step in 0..<200 {
        let temperature = 25 + 2 * sin(Double(step) / 20)
        let line =
          "{\"t\":\(Double(step) * 17.3),\"channels\":{\"shed.temperature\":\(temperature),\"shed.humidity\":81}}"
        answers.append(try talk.text(line))
      }
      return answers
    }
    #expect(try run() == run())
  }

  @Test(
    "a wrong first line is refused",
    arguments: [
      ("", CoSimulationError.Code.notJSON), ("[]", .notJSON), ("{\"start\":1}", .badKey),
      ("{\"start\":\"2026-04-20T00:00:00+08:00\"}", .badKey), ("{\"start\":\"yesterday\",\"step\":60}", .badStart),
      ("{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":0}", .badStep),
      ("{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":-60}", .badStep),
      ("{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":1e6}", .badStep),
      ("{\"start\":\"2026-04-20T00:00:00+08:00\",\"step\":\"60\"}", .badKey),
    ])
  func wrongStart(_ line: String, _ code: CoSimulationError.Code) throws {
    #expect(try Talk().refusal(line)?.code == code)
  }

  @Test(
    "a wrong line is refused, with what would be right",
    arguments: [
      ("{\"t\":0,\"channels\":{\"attic.temperature\":20}}", CoSimulationError.Code.unknownChannel, "shed.temperature"),
      ("{\"t\":59,\"channels\":{}}", .timeRunsBack, "60.0"), ("{\"t\":60}", .badKey, "channels"),
      ("{\"channels\":{}}", .badKey, "\"t\""),
      ("{\"t\":60,\"channels\":{\"shed.temperature\":\"20\"}}", .badValue, "shed"),
      ("{\"t\":60,\"channels\":{\"shed.temperature\":true}}", .badValue, "shed"),
      ("{\"t\":60,\"channels\":{\"shed.temperature\":NaN}}", .notJSON, "null"),
    ])
  func wrongLine(_ line: String, _ code: CoSimulationError.Code, _ words: String) throws {
    let talk = try Talk()
    _ = try talk.begin()
    _ = try talk.step(0, "\"shed.temperature\":20")
    let refusal = try #require(talk.refusal(line))
    #expect(refusal.code == code)
    #expect(refusal.english.contains(words))
    #expect(!refusal.chinese.isEmpty)
    // What was refused has changed nothing.
    #expect(try talk.step(60, "\"shed.temperature\":20").count == 4)
  }
}
