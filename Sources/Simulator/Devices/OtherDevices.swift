// Models of the AHT20, the BH1750 and the ADS1115.

public import Climate

/// A model of the AHT20.
public final class AHT20Device: I2CDevice {
  /// How long a conversion takes.
  public var conversionTime = Duration.milliseconds(75)
  private let probe: SimulatedProbe
  private var ready = Instant.zero
  private var isCalibrated = false
  private var data: [UInt8] = [0, 0, 0, 0, 0]

  /// A sensor with its probe.
  public init(probe: SimulatedProbe) { self.probe = probe }

  /// As after power-up.
  public func reset() { (ready, isCalibrated, data) = (.zero, false, [0, 0, 0, 0, 0]) }

  /// Initialise, measure, status or soft reset (§5.3); others are not acknowledged.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    switch bytes.first {
    case 0xBE: (isCalibrated, ready) = (true, now.advanced(by: .milliseconds(8)))
    case 0xAC: measure(at: now)
    case 0x71, nil: break
    case 0xBA: reset()
    default: return false
    }
    return true
  }

  /// Status byte, the 20-bit values, and the checksum over them.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    let isBusy = now < ready
    let status: UInt8 = (isBusy ? 0x80 : 0) | (isCalibrated ? 0x08 : 0) | 0x10
    let answer = [status] + (isBusy ? [0, 0, 0, 0, 0] : data)
    return Array((answer + [SensirionAnswer.checksum(answer)] + [UInt8](repeating: 0xFF, count: count)).prefix(count))
  }

  private func measure(at now: Instant) {
    ready = now.advanced(by: conversionTime)
    let humidity = Self.scale(probe.measure(.humidity, at: now) / 100)
    let temperature = Self.scale((probe.measure(.temperature, at: now) + 50) / 200)
    data = [
      UInt8(humidity >> 12 & 0xFF), UInt8(humidity >> 4 & 0xFF), UInt8((humidity & 0x0F) << 4 | temperature >> 16),
      UInt8(temperature >> 8 & 0xFF), UInt8(temperature & 0xFF),
    ]
  }

  private static func scale(_ share: Double) -> UInt32 { UInt32(min(max((share * 1_048_576).rounded(), 0), 1_048_575)) }
}

/// A model of the BH1750 in one-time high-resolution mode.
public final class BH1750Device: I2CDevice {
  /// How long a conversion takes; the data sheet's typical 120 ms.
  public var conversionTime = Duration.milliseconds(120)
  private let probe: SimulatedProbe
  private var ready: Instant?
  private var coming: UInt16 = 0
  private var data: UInt16 = 0
  private var hasPower = false
  /// Measurement-time register; more is more sensitive.
  private var measurementTime: UInt8 = 69

  /// A sensor with its probe.
  public init(probe: SimulatedProbe) { self.probe = probe }

  /// As after power-up.
  public func reset() { (ready, coming, data, hasPower, measurementTime) = (nil, 0, 0, false, 69) }

  /// An operation code (data sheet, instruction set); a measurement only with power on.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    guard let command = bytes.first else { return true }
    switch command {
    case 0x00: hasPower = false
    case 0x01: hasPower = true
    case 0x20 where hasPower:
      ready = now.advanced(by: conversionTime)
      let counts = probe.measure(.illuminance, at: now) * 1.2 * Double(measurementTime) / 69
      coming = UInt16(min(max(counts.rounded(), 0), 65_535))
    case 0x40...0x47: measurementTime = measurementTime & 0b0001_1111 | command << 5
    case 0x60...0x7F: measurementTime = measurementTime & 0b1110_0000 | command & 0b0001_1111
    default: break
    }
    return true
  }

  /// The last finished conversion, most significant byte first.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    if let ready, now >= ready { (data, self.ready, hasPower) = (coming, nil, false) }
    return Array(([UInt8(data >> 8), UInt8(data & 0xFF)] + repeatElement(0xFF, count: count)).prefix(count))
  }
}

/// A model of the ADS1115 in single-shot mode.
public final class ADS1115Device: I2CDevice {
  /// How long a conversion takes at 128 samples a second.
  public var conversionTime = Duration.microseconds(7_813)
  private let probe: SimulatedProbe
  private var pointer: UInt8 = 0
  private var configuration: UInt16 = 0x8583
  private var conversion: Int16 = 0
  private var pending: (value: Int16, at: Instant)?

  /// A converter with the probes at its inputs.
  public init(probe: SimulatedProbe) { self.probe = probe }

  /// As after power-up.
  public func reset() { (pointer, configuration, conversion, pending) = (0, 0x8583, 0, nil) }

  /// Sets the register pointer; three bytes write the configuration, whose top bit starts a conversion.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    guard let register = bytes.first else { return true }
    pointer = register
    guard register == 0x01, bytes.count == 3 else { return true }
    configuration = UInt16(bytes[1]) << 8 | UInt16(bytes[2])
    if configuration & 0x8000 != 0 { convert(at: now) }
    return true
  }

  /// The register at the pointer, most significant byte first.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    if let done = pending, now >= done.at { (conversion, pending) = (done.value, nil) }
    let word: UInt16
    switch pointer {
    case 0x00: word = UInt16(bitPattern: conversion)
    case 0x01: word = configuration & 0x7FFF | (pending == nil ? 0x8000 : 0)
    default: word = 0
    }
    return Array(([UInt8(word >> 8), UInt8(word & 0xFF)] + repeatElement(0xFF, count: count)).prefix(count))
  }

  private func convert(at now: Instant) {
    let input = Int(configuration >> 12 & 0b111) - 0b100
    // Full scale of the gain settings (table 8-3).
    let scales = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256]
    let counts = probe.measureVolts(input: max(input, 0), at: now) / scales[Int(configuration >> 9 & 0b111)] * 32_768
    pending = (Int16(min(max(counts.rounded(), -32_768), 32_767)), now.advanced(by: conversionTime))
  }
}
