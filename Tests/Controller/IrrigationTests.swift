// Watering: phases, doses, soak, and a cap that nothing gets round.

import Climate
import Testing

@testable import Controller

/// A bed with pump and valve that do as they are told, and a meter that knows what really flowed.
private final class Bed {
  var plan: IrrigationPlan
  var irrigation = Irrigation()
  var moisture: Double? = 20
  private(set) var demand = Irrigation.Demand(valve: false, pump: false)
  /// Time since the power came, which is all the controller knows.
  private(set) var now = Instant.zero
  /// Litres in each second of the whole run.
  private(set) var flow: [Double] = []

  init(flow: Double = 6, dose: Double = 3, soak: Duration = .minutes(10), cap: Double = 20) {
    plan = IrrigationPlan(flow: flow, dose: dose, soak: soak, dailyCap: cap)
  }

  var litres: Double { flow.reduce(0, +) }

  func step(_ seconds: Int = 1) {
    now = now.advanced(by: .seconds(seconds))
    let isFlowing = demand.pump && demand.valve
    for _ in 0..<seconds { flow.append(isFlowing ? plan.flow / 60 : 0) }
    demand = irrigation.demand(moisture: moisture, start: 30, flowing: isFlowing, plan: plan, at: now)
  }

  func run(_ seconds: Int) {
    for _ in 0..<seconds { step() }
  }

  /// The controller is started again, with a clock that begins anew, and knows what was saved.
  func restart() {
    let saved = irrigation.budget.saved(at: now)
    now = Instant(seconds: 5)
    irrigation = Irrigation(budget: WaterBudget(deliveries: saved, at: now))
    demand = Irrigation.Demand(valve: false, pump: false)
  }

  /// The most water in any 24 hours.
  var mostInADay: Double {
    var (sum, most) = (0.0, 0.0)
    for second in flow.indices {
      sum += flow[second] - (second >= 86_400 ? flow[second - 86_400] : 0)
      most = max(most, sum)
    }
    return most
  }
}

@Suite("Irrigation")
struct IrrigationTests {
  @Test("moist soil gets nothing")
  func moist() {
    let bed = Bed()
    bed.moisture = 30.1
    bed.run(3_600)
    #expect(bed.irrigation.phase == .idle)
    #expect(bed.litres == 0)
  }

  @Test("unknown soil gets nothing")
  func unknown() {
    let bed = Bed()
    bed.moisture = nil
    bed.run(3_600)
    #expect(bed.litres == 0)
  }

  @Test("the valve opens before the pump runs and closes after it stops")
  func phases() {
    let bed = Bed()
    bed.step()
    #expect(bed.irrigation.phase == .opening(until: Instant(seconds: 3)))
    #expect((bed.demand.valve, bed.demand.pump) == (true, false))
    bed.run(2)
    #expect((bed.demand.valve, bed.demand.pump) == (true, true))
    bed.run(30)
    #expect((bed.demand.valve, bed.demand.pump) == (true, false))
    bed.run(2)
    #expect((bed.demand.valve, bed.demand.pump) == (false, false))
    #expect(bed.irrigation.phase == .soaking(until: Instant(seconds: 635)))
  }

  @Test("a dose is its volume, and the meter agrees with the budget")
  func dose() {
    let bed = Bed()
    bed.run(60)
    #expect(isClose(bed.litres, 3))
    let budget = bed.irrigation.budget
    let used = budget.used(at: bed.now)
    #expect(isClose(used, 3))
  }

  @Test("the soil is not judged again before the soak time is over")
  func soak() {
    let bed = Bed()
    bed.run(634)
    #expect(isClose(bed.litres, 3))
    bed.run(60)
    #expect(isClose(bed.litres, 6))
  }

  @Test("a dose ends when the moisture is lost, and the valve still closes last")
  func lostMoisture() {
    let bed = Bed()
    bed.run(13)
    bed.moisture = nil
    bed.step()
    #expect((bed.demand.valve, bed.demand.pump) == (true, false))
    bed.run(3_600)
    #expect(isClose(bed.litres, 1.1))
    #expect(bed.irrigation.phase == .idle)
  }

  @Test("no dose begins for which the cap has no room, and watering goes on when the window has")
  func cap() {
    let bed = Bed(cap: 7)
    bed.run(7_200)
    #expect(bed.irrigation.phase == .capped)
    #expect(isClose(bed.litres, 6))
    bed.moisture = 60
    bed.step()
    #expect(bed.irrigation.phase == .idle)
    bed.moisture = 20
    bed.run(86_400)
    #expect(bed.litres > 6)
    #expect(bed.mostInADay <= 7 + 1e-9)
  }

  @Test("the cap holds over any 24 hours, with restarts at any time", arguments: 1...3 as ClosedRange<UInt64>)
  func capWithRestarts(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bed = Bed(flow: 6, dose: 1.3, soak: .seconds(.random(in: 10...600, using: &random)), cap: 15)
    while bed.flow.count < 200_000 {
      bed.run(.random(in: 1...6_000, using: &random))
      bed.moisture = Int.random(in: 0..<5, using: &random) == 0 ? nil : .random(in: 10...32, using: &random)
      bed.restart()
    }
    #expect(bed.mostInADay > 10)
    #expect(bed.mostInADay <= 15 + 1e-9)
  }

  @Test("the cap holds however seldom the step is called")
  func capWithLongSteps() {
    let bed = Bed(flow: 6, dose: 2.5, cap: 5.6)
    for _ in 0..<1_000 { bed.step(10) }
    #expect(bed.litres > 4)
    #expect(bed.litres <= 5.6 + 1e-9)
  }

  @Test("water that flows for another reason counts, too")
  func overrideCounts() {
    let bed = Bed()
    var irrigation = bed.irrigation
    for second in 0...60 {
      _ = irrigation.demand(
        moisture: 60, start: 30, flowing: true, plan: bed.plan, at: Instant(seconds: Double(second)))
    }
    let budget = irrigation.budget
    let used = budget.used(at: Instant(seconds: 60))
    #expect(isClose(used, 6))
  }
}

@Suite("Water budget")
struct WaterBudgetTests {
  @Test("a delivery counts for 24 hours")
  func window() {
    var budget = WaterBudget()
    budget.book(litres: 2, at: .zero)
    let inside = budget.used(at: Instant(seconds: 86_400))
    let outside = budget.used(at: Instant(seconds: 86_400 + 61))
    #expect((inside, outside) == (2, 0))
  }

  @Test("water booked later in the same minute counts its full 24 hours")
  func sameMinute() {
    var budget = WaterBudget()
    budget.book(litres: 1, at: .zero)
    budget.book(litres: 1, at: Instant(seconds: 59))
    let used = budget.used(at: Instant(seconds: 86_400 + 58))
    #expect(used >= 1)
  }

  @Test("what is saved and taken up again by another clock counts as before")
  func saved() {
    var budget = WaterBudget()
    budget.book(litres: 1, at: Instant(seconds: 100))
    budget.book(litres: 2, at: Instant(seconds: 1_100))
    let saved = budget.saved(at: Instant(seconds: 2_100))
    #expect(saved == [.init(age: .seconds(2_000), litres: 1), .init(age: .seconds(1_000), litres: 2)])
    let restored = WaterBudget(deliveries: saved, at: Instant(seconds: 7))
    let all = restored.used(at: Instant(seconds: 8))
    let late = restored.used(at: Instant(seconds: 7 + 86_400 - 1_500))
    #expect((all, late) == (3, 2))
  }

  @Test("a second's flow a time does not make the list grow")
  func listStaysShort() {
    var budget = WaterBudget()
    for second in 0..<600 { budget.book(litres: 0.1, at: Instant(seconds: Double(second))) }
    #expect(budget.saved(at: Instant(seconds: 600)).count == 10)
  }
}

@Suite("Drain")
struct DrainTests {
  /// A bed of 100 l of substrate that takes up 40 l between the probe's calibration points, and holds what reaches it to a limit.
  private func bed() -> Bed {
    let bed = Bed()
    bed.plan.drain = DrainPlan(volume: 100, water: 0.4)
    return bed
  }

  @Test("what the substrate takes up is not drained, the rest is")
  func balance() {
    let bed = bed()
    bed.run(300)
    #expect(bed.irrigation.drain.shares(at: bed.now) == nil)
    // 3 l given, 5 points of 40 l taken up: 2 l.
    bed.moisture = 25
    bed.run(360)
    let shares = bed.irrigation.drain.shares(at: bed.now)
    #expect(isClose(shares?.given ?? 0, 3) && isClose(shares?.last ?? 0, 1 / 3.0) && isClose(shares?.day ?? 0, 1 / 3.0))
  }

  @Test("the day's share weighs every dose by its water, and forgets doses of the day before")
  func day() {
    let bed = bed()
    bed.run(300)
    bed.moisture = 25
    bed.run(500)
    bed.moisture = 26
    bed.run(470)
    var shares = bed.irrigation.drain.shares(at: bed.now)
    // 1 l and 2.6 l of 3 l each.
    #expect(isClose(shares?.last ?? 0, 2.6 / 3) && isClose(shares?.day ?? 0, 3.6 / 6))
    bed.moisture = 60
    bed.run(86_000)
    shares = bed.irrigation.drain.shares(at: bed.now)
    #expect(isClose(shares?.day ?? 0, 2.6 / 3))
    bed.run(2_000)
    #expect(bed.irrigation.drain.shares(at: bed.now) == nil)
  }

  @Test("it lies between nothing and all, whatever the probe says")
  func bounds() {
    for (moisture, share) in [(19.0, 1.0), (29, 0)] {
      let bed = bed()
      bed.run(300)
      bed.moisture = moisture
      bed.run(360)
      #expect(isClose(bed.irrigation.drain.shares(at: bed.now)?.last ?? -1, share))
    }
  }

  @Test("without a moisture after the dose, or a substrate that is known, nothing is said")
  func unknown() {
    let lost = bed()
    lost.run(300)
    lost.moisture = nil
    lost.run(3_600)
    #expect(lost.irrigation.drain.shares(at: lost.now) == nil)
    let plain = Bed()
    plain.run(300)
    plain.moisture = 25
    plain.run(360)
    #expect(plain.irrigation.drain.shares(at: plain.now) == nil)
  }

  @Test("the log has one line for each dose that has sunk in, with its zone")
  func log() {
    let rig = ControllerRig(Site.plan { $0.zones[2].bed?.irrigation.drain = DrainPlan(volume: 100, water: 0.4) })
    rig.values["bed.soil-moisture"] = 25
    rig.run(300)
    rig.values["bed.soil-moisture"] = 30
    rig.run(350)
    rig.values["bed.soil-moisture"] = 60
    rig.run(3_600)
    #expect(rig.events(.drainEstimated).first == "bed 33 % of 3.0 l, 33 % of 24 h")
    #expect(rig.events(.drainEstimated).count <= 2)
    #expect(rig.controller.drain(in: Site.bed, at: rig.now) != nil)
    #expect(rig.controller.drain(in: Site.shed, at: rig.now) == nil)
  }
}
