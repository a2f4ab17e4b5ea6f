// Outputs, the guardian's table and the buses, from their sections.

import Climate
import Controller
import Drivers
import Guardian
import TOML

extension Compiler {
  // MARK: Outputs

  func output(_ section: OutputSection, _ id: OutputID) -> OutputPlan {
    var constraints = section.constraints
    constraints.interlock = interlockNumber(section).map { Int($0) }
    var plan = OutputPlan(
      name: section.name, kind: section.kind, constraints: constraints, cycle: section.cycle,
      onReadingLost: section.onSensorLoss, highLimit: section.highLimit, evidenceZone: heaterZone[id],
      vent: section.closing.map { closing in
        VentPlan(
          travel: closing.travel, closing: OutputID(id.index + 1),
          wind: limit(section.wind, by: .windSpeed, "wind", "风速"),
          rain: limit(section.rain, by: .rain, "rain", "雨"))
      })
    plan.callsFrom = section.callsFrom
    (plan.flow, plan.burns) = (section.flow, section.burns)
    return plan
  }

  /// A limit by the weather, which something must measure.
  private func limit(
    _ section: WeatherSection?, by quantity: Quantity, _ key: String, _ chinese: String
  ) -> WeatherLimit? {
    guard let section else { return nil }
    if let channel = groups["outside"]?[quantity] { return section.limit(channel) }
    guard document.hasAllSensors else { return nil }
    faults.error(
      section.location, "\(key) needs a sensor: an input of an ads1115 with measures = \"\(quantity.rawValue)\"",
      "\(key) 需要\(chinese)传感器：在 ads1115 的输入中写 measures = \"\(quantity.rawValue)\"")
    return nil
  }

  /// Interlocks are numbered in the order in which they first stand in the file.
  private func interlockNumber(_ section: OutputSection) -> Int? {
    guard let name = section.interlock else { return nil }
    var names: [String] = []
    for output in document.outputs {
      if let interlock = output.interlock, !names.contains(interlock) { names.append(interlock) }
    }
    return names.firstIndex(of: name).map { $0 + 1 }
  }

  func checkUse() {
    for (index, output) in document.outputs.enumerated() where !used.contains(OutputID(index)) {
      if output.kind == .heater {
        faults.error(
          output.location, "heater \"\(output.name)\" belongs to no zone: no temperature would guard it",
          "加热器“\(output.name)”不属于任何区：没有温度监护")
      } else if !faults.hasErrors, output.kind != .circulation, output.kind != .light, !output.kind.isWayBack,
        output.kind != .alarm
      {
        // Whoever has made a mistake meant it to be used.
        faults.warning(output.location, "no zone uses output \"\(output.name)\"", "没有区使用输出“\(output.name)”")
      }
    }
  }

  /// One relay says that all is well: two could say two things.
  func checkAlarmRelays() {
    let relays = document.outputs.filter { $0.kind == .alarm }
    for other in relays.dropFirst() {
      faults.error(
        other.location,
        "\"\(other.name)\" is a second alarm relay; there can be one: hang its siren on the contact of \"\(relays[0].name)\"",
        "“\(other.name)”是第二个报警继电器；只能有一个：请把其警报器接到“\(relays[0].name)”的触点上")
    }
  }

  func guardianTable() -> GuardianTable {
    let outputs = document.outputs.enumerated().map { index, section in
      let zone = heaterZone[OutputID(index)]
      return OutputLimits(
        name: section.name, chip: section.pin.chip, line: section.pin.offset, lineName: section.pin.lineName,
        isActiveLow: section.isActiveLow, failsafe: section.failsafe.guarded,
        maximumOn: section.constraints.maximumOn?.milliseconds ?? 0,
        minimumOff: section.constraints.minimumOff.milliseconds, startsPerHour: section.constraints.startsPerHour ?? 0,
        interlock: interlockNumber(section) ?? 0, deadTime: section.constraints.deadTime.milliseconds,
        evidenceSlot: zone?.index, highLimit: zone == nil ? .max : Int32(((section.highLimit ?? 32) * 1_000).rounded()))
    }
    let alive = document.aliveLine.map { GuardianTable.AliveLine(chip: $0.chip, line: $0.offset) }
    return GuardianTable(outputs: outputs, aliveLine: alive)
  }

  // MARK: Buses

  func buses() -> [BusConfiguration] {
    var buses: [BusConfiguration] = []
    for (section, channels) in zip(document.sensors, sensorChannels) {
      let sensor = SensorConfiguration(
        name: section.name, model: section.model, address: section.address,
        settings: SensorSettings(altitude: document.site.position.altitude, inputs: section.inputs),
        interval: section.interval, zone: section.zone, channels: channels)
      if let index = buses.firstIndex(where: { $0.name == section.bus.name }) {
        buses[index].sensors.append(sensor)
      } else {
        buses.append(BusConfiguration(name: section.bus.name, adapter: section.bus.adapter, sensors: [sensor]))
      }
    }
    return buses
  }
}

extension LossPolicy {
  /// The same for the guardian.
  fileprivate var guarded: Failsafe {
    switch self {
    case .off: .off
    case .on: .on
    case .holdThenOff(let hold): .holdThenOff(milliseconds: hold.milliseconds)
    case .duty(let share, let period):
      .duty(on: Int64((share * Double(period.milliseconds)).rounded()), period: period.milliseconds)
    }
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 { nanoseconds / 1_000_000 }
}
