// A house that is cut off from the air outside, as the local service is asked for it.

import Climate
import Controller
import Foundation
import LocalService
import Testing

@testable import Station

@Suite("Requests for isolation") struct IsolationRequestTests {
  private static func output(_ name: String, _ kind: OutputKind, vent: VentPlan? = nil) -> OutputPlan {
    OutputPlan(
      name: name, kind: kind, constraints: OutputConstraints(), cycle: .seconds(300), onReadingLost: .off, vent: vent)
  }

  /// A house whose fan airs all the time; with another fan, a vent, and what lets no air in.
  private static let house = Plan(
    site: "site", altitude: 400, channels: [],
    outputs: [
      output("heater", .heater), output("exhaust", .fan), output("circulation", .circulation),
      output("roof", .vent, vent: VentPlan(travel: .minutes(2), closing: OutputID(4))),
      output("roof-closing", .ventClosing),
      output("intake", .fan),
    ],
    zones: [
      ZonePlan(
        name: "shed", channels: [:], ventilation: [OutputID(1)],
        setpoints: Setpoints(ventilation: VentilationTimer(on: .minutes(15), period: .minutes(15))))
    ])

  /// A device that steps once a second.
  private struct Device {
    private let inbox = Inbox(buses: [])
    private var controller: Controller
    private var now = Instant.zero
    private var decision = Decision()

    init(_ plan: Plan) {
      controller = Controller(plan: plan, at: .zero)
      step()
    }

    private static let wall = WallTime(unixMilliseconds: 1_776_637_800_000, trust: .trusted)

    mutating func step(seconds: Int = 1) {
      for _ in 0..<seconds {
        now = now.advanced(by: .seconds(1))
        decision = controller.step(now: now, wall: Self.wall, inputs: Inputs(commands: inbox.take().commands))
      }
    }

    func isOn(_ output: Int) -> Bool { decision.wanted & (1 << UInt32(output)) != 0 }

    func ask(_ method: ServiceMethod, seconds: Double? = nil) throws -> ServiceResponse<IsolationMessage> {
      let state = StationState(
        controller: controller, decision: decision, guardian: nil,
        operations: Array(repeating: 0, count: controller.plan.outputs.count), steps: 1, now: now, wall: Self.wall,
        began: .zero, lateness: (.zero, .zero), buses: [], journal: JournalView())
      let handler = RequestHandler(
        inbox: inbox, history: JournalHistory(directory: FileManager.default.temporaryDirectory.path)
      ) { state }
      var parameters = ServiceParameters()
      parameters.duration = seconds
      let request = ServiceRequest(id: 1, method: method, params: parameters)
      let answer = try #require(handler.answer(request, from: "li"))
      return try JSONDecoder().decode(ServiceResponse<IsolationMessage>.self, from: answer)
    }
  }

  @Test("fans rest and the vent is closed for the time that was asked for, and no longer; nothing else is touched")
  func isolates() throws {
    var device = Device(Self.house)
    device.step(seconds: 400)
    #expect(device.isOn(1) && device.isOn(2))

    #expect(try device.ask(.isolate, seconds: 600).result?.outputs == ["exhaust", "roof", "intake"])
    device.step()
    #expect(!device.isOn(1) && !device.isOn(3) && !device.isOn(5), "no air comes in")
    #expect(device.isOn(2), "air inside moves on")
    device.step(seconds: 598)
    #expect(!device.isOn(1))
    device.step(seconds: 3)
    #expect(device.isOn(1), "it ends by itself")
  }

  @Test("it can be ended before its time")
  func ends() throws {
    var device = Device(Self.house)
    // Starts are spaced in the first five minutes.
    device.step(seconds: 400)
    _ = try device.ask(.isolate, seconds: 3_600)
    device.step()
    #expect(!device.isOn(1))
    #expect(try device.ask(.endIsolation).result?.outputs == ["exhaust", "roof", "intake"])
    device.step()
    #expect(device.isOn(1))
  }

  @Test("without a time, or with one that is too long, nothing is done", arguments: [nil, 0, 1e9, .nan] as [Double?])
  func wrongTime(seconds: Double?) throws {
    var device = Device(Self.house)
    device.step(seconds: 10)
    let answer = try device.ask(.isolate, seconds: seconds)
    #expect(answer.error?.message.contains("say how long") == true)
    device.step()
    #expect(device.isOn(1))
  }

  @Test("a house that lets no air in says so")
  func nothing() throws {
    let device = Device(
      Plan(site: "site", altitude: 400, channels: [], outputs: [Self.output("heater", .heater)], zones: []))
    for method in [ServiceMethod.isolate, .endIsolation] {
      #expect(try device.ask(method, seconds: 60).error?.code == .notFound)
    }
  }
}
