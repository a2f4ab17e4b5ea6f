// What stands in a shed of the tests, and the configuration that says so.

import Climate
import Controller
import Drivers
import Simulator

/// A sensor in a shed.
struct PlacedSensor {
  var name: String
  var model: SensorModel
  var address: Int
  var zone = "shed"
  var position = ProbePosition.north
  /// Further settings, as they stand in the configuration.
  var settings = ""

  /// Its calibration, if it measures nothing without.
  var calibration: String? {
    switch model {
    case .ads1115: "inputs = [{ input = 0, dry = \"2.8 V\", wet = \"1.2 V\" }]"
    case .seesaw: "dry = 200\nwet = 1000"
    default: nil
    }
  }

  /// What it measures; an ADS1115 has a soil-moisture probe.
  var quantities: [Quantity] { model == .ads1115 ? [.soilMoisture] : model.quantities }
}

/// An output of a shed.
struct PlacedOutput {
  var name: String
  var kind: OutputKind
  /// The line of the GPIO chip.
  var line: Int
  /// Further settings, as they stand in the configuration.
  var settings: String
}

/// A shed: sensors, outputs, control.
struct ShedPlan {
  static let heater = PlacedOutput(
    name: "heater", kind: .heater, line: 17,
    settings: "failsafe = \"off\"\nmax-on = \"30m\"\nmin-on = \"1s\"\nmin-off = \"1s\"")
  static let exhaust = PlacedOutput(
    name: "exhaust", kind: .fan, line: 27,
    settings: "failsafe = \"duty 20% of 15m\"\nmin-on = \"1s\"\nmin-off = \"1s\"")

  var sensors = [
    PlacedSensor(name: "north", model: .sht31, address: 0x44),
    PlacedSensor(name: "south", model: .sht31, address: 0x45, position: .south),
  ]
  var outputs = [heater, exhaust]
  /// The line that feeds the charge pump of the coils' supply.
  var alive: Int? = 22
  /// The board, whose pins are named after their lines.
  var board = "raspberry-pi-4"
  /// Where records go; empty for nowhere.
  var uplink = ""
  /// What the zone does.
  var zone = """
    temperature = { control = "hysteresis", heat = ["heater"], cool = ["exhaust"], setpoint = "24 °C", band = "1 K" }
    """
  /// Whether the air follows heater, fan and weather; else it is as the test sets it.
  var hasPlant = false
  /// What the air of a plant is at the beginning, °C.
  var startTemperature = 21.0

  /// The configuration file.
  var text: String {
    let sensors = sensors.map { sensor in
      """
      [[sensor]]
      name = "\(sensor.name)"
      model = "\(sensor.model.rawValue)"
      bus = "i2c1"
      address = \(sensor.address)
      zone = "\(sensor.zone)"
      \(sensor.calibration ?? sensor.settings)
      """
    }
    let outputs = outputs.map { output in
      """
      [[output]]
      name = "\(output.name)"
      pin = "GPIO\(output.line)"
      kind = "\(output.kind.rawValue)"
      \(output.settings)
      """
    }
    let rest = alive.map { ["[alive]\npin = \"GPIO\($0)\""] } ?? []
    return
      ([Self.site, "[board]\nmodel = \"\(board)\""] + sensors + outputs + ["[[zone]]\nname = \"shed\"\n\(zone)"]
      + rest + (uplink.isEmpty ? [] : ["[uplink]\n\(uplink)"]))
      .joined(separator: "\n\n") + "\n"
  }

  private static let site = """
    schema = 1

    [site]
    name = "hil"
    latitude = 31.40
    longitude = 109.60
    altitude = 400
    timezone = "Asia/Shanghai"
    """
}
