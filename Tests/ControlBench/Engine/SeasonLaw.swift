// The three ways to run a shed that are compared over a season.

import Climate
import Configuration
import Controller
import Simulator
import Station

/// What the probes of a shed show, once a second.
struct ShedReadings {
  var north: (temperature: Double, humidity: Double)
  var south: (temperature: Double, humidity: Double)
  var co2: Double
  var outside: (temperature: Double, humidity: Double)

  var temperature: Double { (north.temperature + south.temperature) / 2 }
  var humidity: Double { (north.humidity + south.humidity) / 2 }
}

/// What a hobbyist switches: everything of a kind together.
struct ShedOutputs {
  var heater = false
  var fan = false
  var mister = false

  func isOn(_ kind: OutputKind) -> Bool {
    switch kind {
    case .heater: heater
    case .fan: fan
    case .mister: mister
    case .circulation: true
    default: false
    }
  }
}

/// Bombyx: the real controller and guardian, second by second, with the example's configuration.
struct BombyxShed {
  private var device: BombyxDevice

  init(_ configuration: DeviceConfiguration) { device = BombyxDevice(configuration) }

  var loop: ControlLoop { device.loop }

  /// - Returns: the lines that are on, one bit an output.
  mutating func step(_ readings: ShedReadings, at second: Int, wall: WallTime) -> UInt32 {
    let now = Instant(nanoseconds: Int64(second) * 1_000_000_000)
    let plan = device.loop.controller.plan
    var samples: [Sample] = []
    func add(_ name: String, _ value: Double) {
      if let channel = plan.channel(named: name) { samples.append(Sample(channel: channel, value: value, at: now)) }
    }
    add("north.temperature", readings.north.temperature)
    add("north.humidity", readings.north.humidity)
    add("south.temperature", readings.south.temperature)
    add("south.humidity", readings.south.humidity)
    if second % 5 == 0 { add("air.co2", readings.co2) }
    add("outside.temperature", readings.outside.temperature)
    add("outside.humidity", readings.outside.humidity)
    return device.step(samples, at: second, wall: wall)
  }
}

/// A hobby project: switches for everything, or a PID for the heater and switches for the rest.
struct HobbyShed {
  private let hasPID: Bool
  private var outputs = ShedOutputs()
  private var pid = ReadmePID()
  private var ventilation = MinimumVentilation()

  init(hasPID: Bool) { self.hasPID = hasPID }

  /// Tolerances of a thermostat and a hygrostat as Home Assistant has them unless told otherwise, K and points.
  private static let thermostat = 0.3
  private static let hygrostat = 3.0
  /// Period of the slow PWM in ESPHome's example, s.
  private static let period = 15

  mutating func step(_ readings: ShedReadings, _ setpoints: Setpoints, at second: Int) -> ShedOutputs {
    let (temperature, humidity) = (readings.temperature, readings.humidity)
    var airs = outputs.fan
    if let band = setpoints.temperature {
      if hasPID {
        let share = pid.output(error: band.setpoint - temperature)
        outputs.heater = Double(second % Self.period) < share * Double(Self.period)
      } else if temperature <= band.setpoint - Self.thermostat {
        outputs.heater = true
      } else if temperature >= band.setpoint + Self.thermostat {
        outputs.heater = false
      }
    }
    var (wantsAir, wantsRest) = (false, true)
    func look(_ excess: Double, _ tolerance: Double) {
      if excess >= tolerance { wantsAir = true }
      if excess > 0 { wantsRest = false }
    }
    if let band = setpoints.temperature { look(temperature - band.setpoint - band.band / 2, Self.thermostat) }
    if let band = setpoints.humidity {
      look(humidity - band.setpoint, Self.hygrostat)
      if humidity <= band.setpoint - Self.hygrostat {
        outputs.mister = true
      } else if humidity >= band.setpoint {
        outputs.mister = false
      }
    }
    if let limit = setpoints.co2?.limit { look(readings.co2 - limit + 200, 200) }
    if wantsAir { airs = true } else if wantsRest { airs = false }
    if let timer = setpoints.ventilation,
      ventilation.mustRun(timer, achieved: outputs.fan, at: Instant(seconds: Double(second)))
    {
      airs = true
    }
    outputs.fan = airs
    return outputs
  }
}

/// The PID of simple-pid with the gains of its README: 1, 0.1 and 0.05, output 0 to 1.
private struct ReadmePID {
  private var integral = 0.0
  private var last: Double?

  mutating func output(error: Double) -> Double {
    integral = min(max(integral + 0.1 * error, 0), 1)
    let derivative = last.map { error - $0 } ?? 0
    last = error
    return min(max(error + integral + 0.05 * derivative, 0), 1)
  }
}
