// What a zone's last day says about its fan, as programs and the county read it.

import Climate
import Controller
import Foundation
import LocalService
import Testing

@testable import Station

@Suite("Advice in messages") struct AdviceMessageTests {
  /// A stable with one fan after four hours at a CO2 of so many ppm.
  private static func state(co2: Double) -> StationState {
    let fan = OutputPlan(
      name: "fan", kind: .fan, constraints: OutputConstraints(), cycle: .seconds(300), onReadingLost: .off)
    var limits = QualityLimits.usual(for: .co2, interval: .seconds(60))
    limits.flatLine = nil
    let zone = ZonePlan(
      name: "stable", channels: [.co2: ChannelID(0)], ventilation: [OutputID(0)],
      setpoints: Setpoints(co2: GasLimit(limit: 1_500)))
    let plan = Plan(
      site: "site", altitude: 400,
      channels: [ChannelPlan(name: "stable.co2", quantity: .co2, source: .probe(limits))], outputs: [fan],
      zones: [zone])
    var controller = Controller(plan: plan, at: .zero)
    var (now, decision) = (Instant.zero, Decision())
    let wall = WallTime(unixMilliseconds: 1_776_637_800_000, trust: .trusted)
    for _ in 0..<(4 * 60) {
      now = now.advanced(by: .minutes(1))
      let samples = [Sample(channel: ChannelID(0), value: co2, at: now)]
      decision = controller.step(now: now, wall: wall, inputs: Inputs(samples: samples))
    }
    return StationState(
      controller: controller, decision: decision, guardian: nil, operations: [0], steps: 1, now: now, wall: wall,
      began: .zero, lateness: (.zero, .zero), buses: [], journal: JournalView())
  }

  private static func upstream(_ state: StationState) throws -> [String: Any] {
    let handler = RequestHandler(
      inbox: Inbox(buses: []), history: JournalHistory(directory: FileManager.default.temporaryDirectory.path)
    ) { state }
    let bytes = try #require(handler.publicState())
    return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  @Test("a fan that is too small stands in the status and in the retained state, with its figures")
  func shortfall() throws {
    let state = Self.state(co2: 2_580)
    let advice = try #require(StatusMessage(state).zones.first?.advice?.first)
    #expect(advice.kind == .ventilationShortfall && advice.quantity == "co2" && advice.outputs == ["fan"])
    #expect(advice.unit == "ppm" && advice.difference == 1_080 && advice.airFactor == 2)
    let told = try Self.upstream(state)
    let zone = try #require((told["advice"] as? [String: [[String: Any]]])?["stable"]?.first)
    #expect(zone["kind"] as? String == "ventilation-shortfall")
    #expect(zone["air_factor"] as? Double == 2)
  }

  @Test("where there is nothing to say nothing stands there")
  func nothing() throws {
    let state = Self.state(co2: 900)
    #expect(StatusMessage(state).zones.first?.advice == nil)
    #expect((try Self.upstream(state)["advice"] as? [String: Any])?.isEmpty == true)
  }
}
