// A driver, its device model and the bus between them.

import Climate
import Drivers
import Simulator

/// One sensor on a simulated bus, in conditions that are known.
final class DeviceRig {
  /// What hangs on an ADS1115 unless a test says otherwise.
  static let usualInputs: [SensorSettings.AnalogueInput] = [
    .init(input: 0, dry: 2.8, wet: 1.2), .init(input: 1, quantity: .ammonia, zero: 0.4, top: 2, full: 1_000),
    .init(input: 2, quantity: .windSpeed, zero: 0.4, top: 2, full: 40),
    .init(input: 3, quantity: .rain, dry: 2.8, wet: 1.2),
  ]
  /// The probes of a bed and the transmitter over a stove.
  static let otherInputs: [SensorSettings.AnalogueInput] = [
    .init(input: 0, dry: 2.8, wet: 1.2), .init(input: 1, quantity: .carbonMonoxide, zero: 0.4, top: 2, full: 500),
    .init(input: 2, quantity: .conductivity, zero: 0.2, top: 2.4, full: 5),
    .init(input: 3, quantity: .soilTemperature, zero: 1, top: 3, full: 50),
  ]

  /// The calibration that a model needs: of a seesaw its counts in air and in water.
  static func inputs(of model: SensorModel) -> [SensorSettings.AnalogueInput] {
    model == .seesaw ? [.init(input: 0, dry: 400, wet: 1_100)] : usualInputs
  }

  let model: SensorModel
  let inputs: [SensorSettings.AnalogueInput]
  let address: I2CAddress
  let clock = VirtualClock(at: Instant(seconds: 1))
  let probe = SimulatedProbe(seed: 1, noise: [:])
  let bus: SimulatedBus
  let device: any I2CDevice
  let sensor: any Sensor
  private let sweep: BusSweep
  private var round = 0

  init(_ model: SensorModel, inputs other: [SensorSettings.AnalogueInput]? = nil) throws {
    (self.model, inputs) = (model, other ?? Self.inputs(of: model))
    address = try model.firstAddress
    bus = SimulatedBus(name: "test", clock: clock)
    device = makeDevice(model, probe: probe)
    bus.attach(device, at: address)
    sensor = makeSensor(model, at: address, settings: SensorSettings(altitude: 500, inputs: inputs))
    sweep = BusSweep(bus: bus, sensors: [sensor], intervals: [], clock: clock)
    changeConditions()
  }

  /// Time until the next sweep.
  var interval: Duration { model.minimumInterval }

  /// Other conditions than ever before, each several times the sensor's resolution away from those before, so that a value that
  /// is left over from an earlier measurement shows.
  func changeConditions() {
    round += 1
    let step = Double(round % 97)
    probe.conditions.temperature = 10 + 0.3 * step
    probe.conditions.humidity = 30 + 0.5 * step
    probe.conditions.co2 = 500 + 13 * step
    probe.conditions.pressure = 940 + 0.7 * step
    // Every second time brighter than a BH1750 bears at its usual sensitivity.
    probe.conditions.illuminance = (round.isMultiple(of: 2) ? 1_000 : 60_000) + 37 * step
    probe.conditions.soilTemperature = -5 + 0.4 * step
    probe.conditions.volts =
      model == .seesaw ? [400 + 7 * step, 0, 0, 0] : [0, 1, 2, 3].map { 1.3 + 0.3 * $0 + 0.004 * step }
  }

  /// The true value of a quantity at an input.
  func truth(_ quantity: Quantity, input: Int) -> Double {
    let conditions = probe.conditions
    return switch quantity {
    case .temperature: conditions.temperature
    case .humidity: conditions.humidity
    case .co2: conditions.co2
    case .pressure: conditions.pressure
    case .illuminance: conditions.illuminance
    case .soilMoisture where model == .seesaw: (conditions.volts[0] - 400) / (1_100 - 400) * 100
    case .soilTemperature where model == .seesaw: conditions.soilTemperature
    case .soilMoisture, .rain: (2.8 - conditions.volts[input]) / (2.8 - 1.2) * 100
    case .windSpeed: max((conditions.volts[input] - 0.4) / 1.6 * 40, 0)
    case .ammonia: (conditions.volts[input] - 0.4) / 1.6 * 1_000
    case .carbonMonoxide: (conditions.volts[input] - 0.4) / 1.6 * 500
    case .conductivity: (conditions.volts[input] - 0.2) / 2.2 * 5
    case .soilTemperature, .surfaceTemperature: (conditions.volts[input] - 1) / 2 * 50
    case .voltage: conditions.volts[input]
    }
  }

  /// Whether values are all that the sensor has, and true within its resolution.
  func isTrue(_ measurements: [Measurement]) -> Bool {
    let quantities = model == .ads1115 ? inputs.map(\.quantity) : model.quantities
    let complete = Set(measurements.map(\.quantity)) == Set(quantities)
    let channels = quantities.count
    return complete && measurements.count == channels
      && measurements.allSatisfy {
        isClose($0.value, truth($0.quantity, input: $0.input), within: model.resolution(of: $0.quantity))
      }
  }

  /// One sweep at the sensor's own pace, in conditions of its own.
  /// - Returns: what was reported; `nil` if nothing was.
  func run() -> Result<[Measurement], SensorError>? {
    changeConditions()
    let next = clock.now().advanced(by: interval)
    var result: Result<[Measurement], SensorError>?
    sweep.run { results, _ in result = results.last?.result ?? result }
    clock.sleep(until: next)
    return result
  }

  /// Sweeps until there are values, at most so many.
  /// - Returns: the number of sweeps it took; `nil` if there were none.
  func sweepsUntilValues(atMost limit: Int) -> Int? {
    for count in 1...limit {
      if case .success(let values)? = run(), isTrue(values) { return count }
    }
    return nil
  }
}

extension SensorModel {
  /// Whether all that it answers carries a checksum.
  var hasChecksums: Bool {
    switch self {
    case .bme280, .bh1750, .ads1115, .seesaw: false
    default: true
    }
  }

  /// Sweeps from the first use, or from the end of a fault, to a value: an SCD4x is stopped and started, and needs 5 s for a value.
  var sweepsToRecover: Int {
    switch self {
    case .scd40, .scd41: 4
    default: 2
    }
  }

  /// Half the chip's last digit, and what its data sheet's formula loses; in the unit of the quantity.
  func resolution(of quantity: Quantity) -> Double {
    switch (self, quantity) {
    case (.aht20, .temperature): 100 / 1_048_576
    case (.aht20, .humidity): 50 / 1_048_576
    case (.bme280, .temperature): 0.01
    case (.bme280, .humidity): 0.008
    case (.bme280, .pressure): 0.0025
    case (_, .temperature): 175 / 65_535 * 0.501
    case (_, .humidity): 125 / 65_535 * 0.501
    case (_, .co2): 0.501
    case (.seesaw, .soilMoisture): 0.501 / 700 * 100
    case (.seesaw, .soilTemperature): 0.501 / 65_536
    case (_, .illuminance): 0.5 / 1.2 * 69 / 31 + 0.001
    case (_, .carbonMonoxide): 4.096 / 32_768 / 1.6 * 500 * 0.501
    case (_, .ammonia): 4.096 / 32_768 / 1.6 * 1_000 * 0.501
    default: 4.096 / 32_768 / 1.6 * 100 * 0.501
    }
  }
}
