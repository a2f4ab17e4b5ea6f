// Vents that are positioned by run time, and carbon dioxide for plants.

import Climate
import Controller
import Testing

/// A vent with a motor that does what it is told, once a second.
private struct Vent {
  var positioner = VentPositioner(travel: .seconds(100))
  /// Where it really is.
  var opening: Double
  var starts = 0
  private var motion = VentPositioner.Motion.resting
  private var now = Instant.zero

  init(opening: Double = 0.4) { self.opening = opening }

  mutating func run(_ seconds: Int, wanted: Double) {
    for _ in 0..<seconds {
      let next = positioner.motion(
        wanted: wanted, isOpening: motion == .opening, isClosing: motion == .closing, at: now)
      if next != motion, next != .resting { starts += 1 }
      motion = next
      now = now.advanced(by: .seconds(1))
      let run = motion == .opening ? 0.01 : motion == .closing ? -0.01 : 0
      opening = min(max(opening + run, 0), 1)
    }
  }
}

@Suite("Vent") struct VentTests {
  @Test("wherever it stands at first, it closes once, and goes where it is wanted") func homing() {
    for begin in [0.0, 0.4, 1] {
      var vent = Vent(opening: begin)
      #expect(vent.positioner.position == nil)
      vent.run(115, wanted: 0.5)
      #expect(vent.opening < 0.05)
      vent.run(130, wanted: 0.5)
      #expect(abs(vent.opening - 0.5) < 0.03)
    }
  }

  @Test("small differences do not move it") func deadband() {
    var vent = Vent()
    vent.run(400, wanted: 0.5)
    let (starts, opening) = (vent.starts, vent.opening)
    for second in 0..<600 { vent.run(1, wanted: 0.5 + (second % 2 == 0 ? 0.04 : -0.04)) }
    #expect(vent.starts == starts && vent.opening == opening)
    vent.run(200, wanted: 0.6)
    #expect(abs(vent.opening - 0.6) < 0.03)
  }

  @Test("at either end it runs on into the limit switch, so that errors do not add up") func rezeroing() {
    var vent = Vent()
    vent.run(400, wanted: 0.5)
    // Somebody has cranked it open.
    vent.opening += 0.08
    vent.run(400, wanted: 0)
    #expect(vent.opening == 0)
    #expect(vent.positioner.position == 0)
    vent.run(400, wanted: 0.3)
    #expect(abs(vent.opening - 0.3) < 0.03)
  }
}

@Suite("Dosing of CO2") struct DosingTests {
  private let plan = DosingPlan(outputs: [OutputID(0)], setpoint: 900, width: 100, lightAbove: 5_000)

  @Test("it gives what is missing, in the light") func gives() {
    #expect(plan.demand(value: 850, light: 20_000, airing: 0) == 0.5)
    #expect(plan.demand(value: 400, light: 20_000, airing: 0) == 1)
    #expect(plan.demand(value: 901, light: 20_000, airing: 0) == 0)
  }

  @Test("it gives nothing in the dark, without a light sensor's word, or while air goes out") func refuses() {
    #expect(plan.demand(value: 400, light: 4_999, airing: 0) == 0)
    #expect(plan.demand(value: 400, light: nil, airing: 0) == 0)
    #expect(plan.demand(value: 400, light: 20_000, airing: 0.1) == 0)
  }
}
