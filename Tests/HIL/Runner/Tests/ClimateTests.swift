// A shed's climate at 1 Hz, as fast as the guest can.

import Climate
import Drivers
import Foundation
import LocalService
import Simulator

enum ClimateTests {
  static let all = [
    HILTest("climate-twenty-minutes", "Twenty minutes of a shed at night, at 1 Hz: in its band, every second measured")
    {
      try climate($0, minutes: 20)
    },
    HILTest("climate-day", "A day of a shed, at 1 Hz: in its band, every second measured", isLong: true) {
      try climate($0, minutes: 24 * 60)
    },
  ]

  private static func climate(_ rig: Rig, minutes: Int) throws {
    var plan = ShedPlan()
    (plan.hasPlant, plan.startTemperature) = (true, 23)
    plan.sensors.append(PlacedSensor(name: "air", model: .scd41, address: 0x62))
    plan.sensors.append(
      PlacedSensor(name: "outside", model: .bme280, address: 0x76, zone: "outside", position: .outside))
    try rig.begin(plan)
    try rig.startHeating()
    let begin = try rig.now()
    var (outside, looks, worst) = (0, 0, 0.0)
    for _ in 0..<minutes / 5 {
      try rig.pass(.minutes(5))
      guard let air = rig.shed.conditions?.temperature.celsius else { throw HILError("no plant") }
      looks += 1
      worst = max(worst, abs(air - 24))
      if abs(air - 24) > 2 { outside += 1 }
    }
    let reads = rig.shed.events.count { time, event in
      if case .transfer(0x44, _, true, 0) = event, time >= begin { true } else { false }
    }
    let seconds = begin.duration(to: try rig.now()).inSeconds
    rig.say(
      String(
        format: "%d reads in %.0f s, farthest from the setpoint %.1f K, %d switches of the heater", reads, seconds,
        worst,
        rig.shed.changes(of: ShedPlan.heater, since: begin).count))
    try require(Double(reads) > seconds * 0.999, "\(reads) reads in \(seconds) s")
    try require(outside * 20 <= looks, "\(outside) of \(looks) looks were more than 2 K from the setpoint")
    try rig.status("the lease is held") { status in
      status.health.lease == "held" && status.health.droppedRecords == 0
    }
  }
}
