// On–off control, proportional bands and staging.

import Climate
import Controller
import Testing

@Suite("Hysteresis")
struct HysteresisTests {
  private func demands(_ direction: Direction, _ values: [Double]) -> [Double] {
    var law = Hysteresis(direction: direction, band: 0.5)
    return values.map { law.demand(value: $0, setpoint: 25) }
  }

  @Test("heating switches on a band below the setpoint and off at it")
  func raise() {
    #expect(demands(.raise, [25, 24.6, 24.5, 24.9, 24.99, 25, 24.6, 24.4]) == [0, 0, 1, 1, 1, 0, 0, 1])
  }

  @Test("cooling switches on a band above the setpoint and off at it")
  func lower() {
    #expect(demands(.lower, [25, 25.4, 25.5, 25.1, 25, 25.4]) == [0, 0, 1, 1, 0, 0])
  }

  @Test("it starts off after its value was lost")
  func reset() {
    var law = Hysteresis(direction: .raise, band: 0.5)
    _ = law.demand(value: 24, setpoint: 25)
    law.reset()
    let demand = law.demand(value: 24.8, setpoint: 25)
    #expect(demand == 0)
  }
}

@Suite("Proportional band")
struct ProportionalBandTests {
  @Test(
    "demand grows from 0 at the start to 1 a width beyond",
    arguments: [(24.0, 0.0), (25, 0), (26, 0.5), (27, 1), (40, 1)])
  func lower(value: Double, demand: Double) {
    #expect(ProportionalBand(direction: .lower, width: 2).demand(value: value, start: 25) == demand)
  }

  @Test("it works the other way, too", arguments: [(26.0, 0.0), (24.5, 0.25), (20, 1)])
  func raise(value: Double, demand: Double) {
    #expect(ProportionalBand(direction: .raise, width: 2).demand(value: value, start: 25) == demand)
  }
}

@Suite("Staging")
struct StagingTests {
  @Test(
    "a stage is full before the next begins",
    arguments: [(0.0, [0, 0]), (0.25, [0.5, 0]), (0.5, [1, 0]), (0.75, [1, 0.5]), (1, [1, 1])] as [(Double, [Double])])
  func two(demand: Double, shares: [Double]) {
    #expect((0..<2).map { Staging.share(of: demand, stage: $0, count: 2) } == shares)
  }

  @Test("with a rotation every output becomes the first in its turn, and no two are the same stage")
  func rotates() {
    var leads: [Int] = []
    for hour in 0..<24 {
      let now = Instant(seconds: Double(hour) * 3_600 + 1)
      let stages = (0..<3).map { Staging.stage(of: $0, count: 3, rotation: .hours(6), at: now) }
      #expect(stages.sorted() == [0, 1, 2])
      leads.append(stages.firstIndex(of: 0) ?? -1)
    }
    let turns = [0, 1, 2, 0].flatMap { Array(repeating: $0, count: 6) }
    #expect(leads == turns)
    #expect((0..<3).map { Staging.stage(of: $0, count: 3, rotation: nil, at: Instant(seconds: 1e9)) } == [0, 1, 2])
  }

  @Test("the stages together give the demand", arguments: 1...5)
  func sum(count: Int) {
    for step in 0...20 {
      let demand = Double(step) / 20
      let sum = (0..<count).reduce(0) { $0 + Staging.share(of: demand, stage: $1, count: count) }
      #expect(isClose(sum / Double(count), demand))
    }
  }
}

@Suite("Loss policy")
struct LossPolicyTests {
  @Test("off is off, on is on")
  func constants() {
    #expect(!LossPolicy.off.isOn(before: true, elapsed: .zero))
    #expect(LossPolicy.on.isOn(before: false, elapsed: .hours(100)))
  }

  @Test("hold keeps what was for its time, then off")
  func hold() {
    let policy = LossPolicy.holdThenOff(.minutes(10))
    #expect(policy.isOn(before: true, elapsed: .seconds(599)))
    #expect(!policy.isOn(before: true, elapsed: .seconds(600)))
    #expect(!policy.isOn(before: false, elapsed: .zero))
  }

  @Test("duty is on for its share at the start of each period")
  func duty() {
    let policy = LossPolicy.duty(share: 0.25, period: .seconds(100))
    let onTime = (0..<1_000).filter { policy.isOn(before: false, elapsed: .seconds($0)) }
    #expect(onTime.count == 250)
    #expect(Array(onTime.prefix(26)) == Array(0..<25) + [100])
    #expect(!LossPolicy.duty(share: 1, period: .zero).isOn(before: true, elapsed: .zero))
  }
}
