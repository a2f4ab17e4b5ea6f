// Every sensor model on a real adapter: found, read, and measured side by side.

import Climate
import Controller
import Drivers
import Foundation
import LocalService
import Simulator

enum SensorTests {
  static let all = [
    HILTest("scan-finds-each-model", "A scan of the real bus names every sensor model that is plugged in", scan),
    HILTest("read-each-model", "Every sensor model is read through the kernel, with the values that are true", read),
    HILTest(
      "sweep-overlaps",
      "Eight sensors on one bus at 1 Hz: by the log of transfers a sweep takes at most 1.1 of the longest conversion, and its bus time",
      overlap),
  ]

  /// Models side by side as far as their addresses allow, and all of them in three rounds.
  static let rounds: [[PlacedSensor]] = [
    [
      PlacedSensor(name: "a", model: .sht30, address: 0x44), PlacedSensor(name: "b", model: .sht40, address: 0x45),
      PlacedSensor(name: "c", model: .aht20, address: 0x38), PlacedSensor(name: "d", model: .bme280, address: 0x76),
      PlacedSensor(name: "e", model: .scd40, address: 0x62), PlacedSensor(name: "f", model: .bh1750, address: 0x23),
      PlacedSensor(name: "g", model: .ads1115, address: 0x48),
    ],
    [
      PlacedSensor(name: "a", model: .sht31, address: 0x45), PlacedSensor(name: "b", model: .sht41, address: 0x44),
      PlacedSensor(name: "d", model: .bme280, address: 0x77), PlacedSensor(name: "e", model: .scd41, address: 0x62),
      PlacedSensor(name: "f", model: .bh1750, address: 0x5C), PlacedSensor(name: "g", model: .ads1115, address: 0x4B),
    ],
    [
      PlacedSensor(name: "a", model: .sht35, address: 0x44), PlacedSensor(name: "b", model: .sht45, address: 0x46),
      PlacedSensor(name: "h", model: .seesaw, address: 0x36),
    ],
  ]

  private static func plan(_ sensors: [PlacedSensor]) -> ShedPlan {
    var plan = ShedPlan()
    plan.sensors = sensors
    return plan
  }

  /// One line of `bombyx scan --json`.
  private struct Finding: Decodable {
    var address: String
    var models: [String]
  }

  private static func scan(_ rig: Rig) throws {
    for sensors in rounds {
      try rig.begin(plan(sensors))
      let output = try rig.board.shell("bombyx scan /dev/i2c-1 --json")
      let findings = try JSONDecoder().decode([Finding].self, from: Data(output.utf8))
      for sensor in sensors {
        let address = "0x" + String(sensor.address, radix: 16)
        let found = findings.first { $0.address == address }?.models ?? []
        try require(
          found.contains(sensor.model.rawValue), "\(sensor.model.rawValue) at \(address) is taken for \(found)")
      }
      try require(findings.count == sensors.count, "\(findings.count) sensors found instead of \(sensors.count)")
    }
  }

  private static func read(_ rig: Rig) throws {
    let truth: [Quantity: (value: Double, tolerance: Double)] = [
      .temperature: (18, 0.5), .humidity: (63, 1.5), .co2: (812, 30), .pressure: (955, 1), .illuminance: (1_234, 15),
      .soilMoisture: (50, 2), .soilTemperature: (14, 0.5),
    ]
    for sensors in rounds {
      try rig.begin(plan(sensors))
      rig.shed.setAir {
        ($0.humidity, $0.co2, $0.pressure, $0.illuminance, $0.soilTemperature) = (63, 812, 955, 1_234, 14)
        // Half way between dry and wet: 2 V at an ADS1115, 600 counts of a seesaw.
        $0.volts = [sensors.contains { $0.model == .seesaw } ? 600 : 2, 0, 0, 0]
      }
      try rig.startGuardian()
      try rig.startController()
      let wanted = sensors.flatMap { sensor in sensor.quantities.map { "\(sensor.name).\($0.rawValue)" } }
      let status = try rig.status("all channels are good") { status in
        wanted.allSatisfy { name in status.channels.contains { $0.name == name && $0.quality == "good" } }
      }
      for channel in status.channels where wanted.contains(channel.name) {
        guard let quantity = Quantity(rawValue: channel.quantity), let true_ = truth[quantity] else {
          throw HILError("\(channel.name) is of an unknown kind: \(channel.quantity)")
        }
        let value = channel.value ?? .nan
        try require(abs(value - true_.value) <= true_.tolerance, "\(channel.name) is \(value), not \(true_.value)")
      }
    }
  }

  /// The longest conversion a driver must allow for: the BH1750's, by its data sheet.
  private static let longestConversion = Duration.milliseconds(180)

  private static func overlap(_ rig: Rig) throws {
    try rig.begin(
      plan([
        PlacedSensor(name: "a", model: .sht31, address: 0x44), PlacedSensor(name: "b", model: .sht31, address: 0x45),
        PlacedSensor(name: "c", model: .sht41, address: 0x46), PlacedSensor(name: "d", model: .bme280, address: 0x76),
        PlacedSensor(name: "e", model: .bme280, address: 0x77), PlacedSensor(name: "f", model: .bh1750, address: 0x23),
        PlacedSensor(name: "g", model: .bh1750, address: 0x5C), PlacedSensor(name: "h", model: .ads1115, address: 0x48),
      ]))
    // In the dark a BH1750 is asked twice.
    rig.shed.setAir { $0.illuminance = 500 }
    try rig.startGuardian()
    try rig.startController()
    try rig.status("it measures") { $0.health.steps > 3 }
    let begin = try rig.now()
    try rig.pass(.seconds(30))
    let sweeps = sweeps(rig.shed.events.filter { $0.time >= begin })
    try require((28...32).contains(sweeps.count), "\(sweeps.count) sweeps in 30 s")
    // The first and the last may be cut off by the window.
    let whole = sweeps.dropFirst().dropLast()
    for sweep in whole { try require(sweep.addresses == 8, "\(sweep.addresses) sensors in a sweep") }
    let conversion = longestConversion.inSeconds
    let ratios = whole.map { ($0.duration - $0.busTime).inSeconds / conversion }
    guard let worst = ratios.max(), let longest = whole.map(\.duration).max() else { throw HILError("no sweeps") }
    rig.say(
      String(
        format: "longest of %d sweeps %.1f ms; without its bus time at most %.3f of the longest conversion, %.0f ms",
        whole.count, longest.inSeconds * 1e3, worst, conversion * 1e3))
    try require(worst <= 1.1, "a sweep took \(worst) of the longest conversion beside its bus time")
  }

  private struct Sweep {
    var begin: Instant
    var end: Instant
    var busTime: Duration
    var members: Set<Int>
    var addresses: Int { members.count }
    var duration: Duration { begin.duration(to: end) }
  }

  /// Transfers with less than 300 ms between them are one sweep.
  private static func sweeps(_ events: [(time: Instant, event: WireEvent)]) -> [Sweep] {
    var result: [Sweep] = []
    for (time, event) in events {
      guard case .transfer(let address, let bytes, _, _) = event else { continue }
      // Nine bits a byte and the address, start and stop; 10 µs a bit at 100 kHz. The log has the time of a transfer's end.
      let wire = Duration.microseconds(10 * (9 * (bytes.count + 1) + 2))
      if let last = result.indices.last, result[last].end.duration(to: time) < .milliseconds(300) {
        result[last].end = time
        result[last].busTime += wire
        result[last].members.insert(address)
      } else {
        let begin = time.advanced(by: .zero - wire)
        result.append(Sweep(begin: begin, end: time, busTime: wire, members: [address]))
      }
    }
    return result
  }
}
