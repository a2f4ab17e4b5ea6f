// A relay test in a running shed: when it may begin, that it goes through the controller as a person's hand does, and when it ends.

import Climate
import Testing

@testable import Controller

@Suite("Tuning session")
struct TuneSessionTests {
  private static let well = TuneSituation(temperature: 25, share: 0, alarms: [], isLeaseHeld: true)

  private func session(
    _ plan: Plan = Site.plan(), zone: ZoneID = Site.shed, _ change: (inout TuneSituation) -> Void = { _ in }
  ) throws(TuneRefusal) -> TuneSession {
    var situation = Self.well
    change(&situation)
    return try TuneSession(plan: plan, zone: zone, stage: nil, situation: situation)
  }

  private func refusal(
    _ plan: Plan = Site.plan(), zone: ZoneID = Site.shed, _ change: (inout TuneSituation) -> Void = { _ in }
  ) -> TuneRefusal? {
    do throws(TuneRefusal) { _ = try session(plan, zone: zone, change) } catch { return error }
    return nil
  }

  @Test("it does not begin with an alarm, without lease or reading, away from the setpoint, or where nothing heats")
  func refusals() {
    #expect(refusal() == nil)
    #expect(refusal { $0.alarms = ["shed.temperature:low"] } == .alarms(["shed.temperature:low"]))
    #expect(refusal { $0.isLeaseHeld = false } == .noLease)
    #expect(refusal { $0.temperature = nil } == .noReading)
    #expect(refusal { $0.temperature = 20.4 } == .notSettled(value: 20.4, setpoint: 25))
    #expect(refusal(zone: Site.bed) == .noHeating)
    #expect(refusal(Site.plan { $0.zones[0].setpoints.temperature = nil }) == .noSetpoint)
    let short = Site.plan { $0.outputs[Site.heater.index].constraints.maximumOn = .minutes(4) }
    #expect(refusal(short) == .maximumOn(heater: "heater"))
    let locked = Site.plan {
      for output in [Site.heater, Site.mister] { $0.outputs[output.index].constraints.interlock = 1 }
    }
    #expect(refusal(locked) == .interlocked(heater: "heater", with: "mister"))
  }

  /// What a session asks for goes to the controller as it would over the socket.
  private func give(_ request: TuneSession.Request, to rig: ControllerRig) {
    switch request {
    case .none: rig.step()
    case .drive(let isOn):
      rig.step([.override(Site.heater, demand: isOn ? 1 : 0, for: TuneSession.overrideLength, by: "tune")])
    case .release: rig.step([.automatic(Site.heater, by: "tune")])
    }
  }

  /// Seconds of a test on a shed at 24.8 °C, in which the heater is on.
  private func begun() throws -> (session: TuneSession, rig: ControllerRig) {
    let rig = ControllerRig()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (24.2, 24.2)
    var session = try session { $0.temperature = 24.2 }
    for _ in 0..<130 {
      give(session.step(situation(rig), at: rig.now), to: rig)
    }
    return (session, rig)
  }

  private func situation(_ rig: ControllerRig) -> TuneSituation {
    TuneSituation(
      temperature: rig.values["north.temperature"], share: rig.isRunning(Site.heater) ? 1 : 0, alarms: [],
      isLeaseHeld: true)
  }

  @Test("it drives the heater by overrides, and if whoever runs it goes away the law takes over within three minutes")
  func goneAway() throws {
    let (_, rig) = try begun()
    #expect(rig.isOn(Site.heater) && rig.reason(Site.heater).rule == .override)
    rig.run(181)
    #expect(rig.controller.override(of: Site.heater) == nil && rig.reason(Site.heater).rule != .override)
  }

  @Test("no override of a test heats above the high limit")
  func highLimit() throws {
    let (_, rig) = try begun()
    (rig.values["north.temperature"], rig.values["south.temperature"]) = (35.5, 35.5)
    // A jump is believed after a while.
    rig.run(60)
    rig.step([.override(Site.heater, demand: 1, for: TuneSession.overrideLength, by: "tune")])
    #expect(!rig.isOn(Site.heater) && rig.reason(Site.heater).rule == .highLimit)
  }

  @Test("an alarm, a lost lease or a person ends it at once, and the heater is given back, once")
  func ends() throws {
    let ends: [(RelayTestFailure, (inout TuneSession, inout TuneSituation) -> Void)] = [
      (.alarm, { $1.alarms = ["shed.co2:high"] }), (.guardian, { $1.isLeaseHeld = false }),
      (.stopped, { session, _ in session.stop(because: .stopped) }),
    ]
    for (failure, end) in ends {
      var (session, rig) = try begun()
      var now = situation(rig)
      end(&session, &now)
      let request = session.step(now, at: rig.now)
      #expect(request == .release && session.test.phase == .failed(failure))
      give(request, to: rig)
      #expect(rig.controller.override(of: Site.heater) == nil && rig.reason(Site.heater).rule != .override)
      #expect(session.step(situation(rig), at: rig.now) == .none)
    }
  }
}
