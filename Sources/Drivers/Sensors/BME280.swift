// Bosch BME280: temperature, humidity, pressure.

import Climate

/// Driver of the BME280, from its data sheet BST-BME280-DS001 revision 1.23.
final class BME280: Sensor {
  let model = SensorModel.bme280
  let address: I2CAddress

  /// Humidity oversampling ×1 (§5.4.3).
  private static let controlHumidity: UInt8 = 0x01
  /// Temperature and pressure oversampling ×1, forced mode (§5.4.5).
  private static let controlMeasure: UInt8 = 0b001_001_01

  private var calibration: BME280Calibration?

  init(at address: I2CAddress) { self.address = address }

  func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    do throws(SensorError) {
      if calibration == nil { calibration = try identify(on: bus) }
      // Humidity control takes effect with the write to 0xF4.
      try bus.send([0xF2, Self.controlHumidity, 0xF4, Self.controlMeasure], to: address)
    } catch {
      calibration = nil
      throw error
    }
    // §9.1: 1.25 + 2.3 + (2.3 + 0.575) + (2.3 + 0.575) ms.
    return .microseconds(9_300)
  }

  func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    do throws(SensorError) {
      guard let calibration else { throw .deviceReset }
      // Control, status and data in one burst: 0xF2…0xFE.
      let bytes = try bus.fetch(13, command: [0xF2], from: address)
      // After a reset the control registers are 0 (§5.3).
      guard bytes[0] & 0x07 == Self.controlHumidity, bytes[2] & 0xFC == Self.controlMeasure & 0xFC else {
        throw .deviceReset
      }
      // Measuring, or copying the calibration (§5.4.4).
      guard bytes[1] & 0x09 == 0, bytes[2] & 0x03 == 0 else { throw .notReady }
      return .finished(try measurements(Array(bytes[5...]), calibration))
    } catch {
      calibration = nil
      throw error
    }
  }

  private func identify(on bus: any I2CBus) throws(SensorError) -> BME280Calibration {
    let identity = try bus.fetch(1, command: [0xD0], from: address)[0]
    guard identity == 0x60 else {
      throw .notIdentified("chip identity 0x\(String(identity, radix: 16)) instead of 0x60; a BMP280 has 0x58")
    }
    // The calibration has no checksum: two readings must agree, and hold something.
    let first = try readCalibration(on: bus)
    guard first == (try readCalibration(on: bus)) else {
      throw .status("bme280: the calibration reads differently each time")
    }
    guard let calibration = BME280Calibration(first) else { throw .status("bme280: the calibration is empty") }
    return calibration
  }

  private func readCalibration(on bus: any I2CBus) throws(SensorError) -> [UInt8] {
    try bus.fetch(26, command: [0x88], from: address) + bus.fetch(7, command: [0xE1], from: address)
  }

  private func measurements(_ data: [UInt8], _ calibration: BME280Calibration) throws(SensorError) -> [Measurement] {
    let pressure = Int32(data[0]) << 12 | Int32(data[1]) << 4 | Int32(data[2]) >> 4
    let temperature = Int32(data[3]) << 12 | Int32(data[4]) << 4 | Int32(data[5]) >> 4
    let humidity = Int32(data[6]) << 8 | Int32(data[7])
    // All together are what the registers hold before the first measurement (§5.3); each alone is a value like any other.
    guard (pressure, temperature, humidity) != (0x80000, 0x80000, 0x8000) else { throw .deviceReset }
    let (celsius, fine) = calibration.temperature(temperature)
    return [
      try model.checked(.temperature, celsius),
      try model.checked(.humidity, calibration.humidity(humidity, fine: fine)),
      try model.checked(.pressure, calibration.pressure(pressure, fine: fine) / 100),
    ]
  }
}

/// Trimming values and compensation in floating point (data sheet §4.2.2 and appendix 8.1).
struct BME280Calibration: Equatable {
  private let t: [Double]
  private let p: [Double]
  private let h: [Double]

  /// - Parameter bytes: registers 0x88…0xA1, then 0xE1…0xE7; `nil` if there is nothing in them.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == 33, !bytes.allSatisfy({ $0 == 0 }), !bytes.allSatisfy({ $0 == 0xFF }) else { return nil }
    func unsigned(_ index: Int) -> Double { Double(UInt16(bytes[index + 1]) << 8 | UInt16(bytes[index])) }
    func signed(_ index: Int) -> Double {
      Double(Int16(bitPattern: UInt16(bytes[index + 1]) << 8 | UInt16(bytes[index])))
    }
    func byte(_ index: Int) -> Double { Double(Int8(bitPattern: bytes[index])) }
    t = [unsigned(0), signed(2), signed(4)]
    p = [unsigned(6)] + stride(from: 8, through: 22, by: 2).map(signed)
    let e = 26
    // H4 and H5 share register 0xE5 (table 16).
    let h4 = byte(e + 3) * 16 + Double(bytes[e + 4] & 0x0F)
    let h5 = byte(e + 5) * 16 + Double(bytes[e + 4] >> 4)
    h = [Double(bytes[25]), signed(e), Double(bytes[e + 2]), h4, h5, byte(e + 6)]
    guard t[0] != 0, p[0] != 0 else { return nil }
  }

  /// Temperature, °C, and the fine temperature that the others need.
  func temperature(_ raw: Int32) -> (celsius: Double, fine: Double) {
    let x = (Double(raw) / 16_384 - t[0] / 1_024) * t[1]
    let d = Double(raw) / 131_072 - t[0] / 8_192
    let fine = x + d * d * t[2]
    return (fine / 5_120, fine)
  }

  /// Pressure, Pa; 0 if it cannot be computed.
  func pressure(_ raw: Int32, fine: Double) -> Double {
    var x = fine / 2 - 64_000
    var y = x * x * p[5] / 32_768
    y += x * p[4] * 2
    y = y / 4 + p[3] * 65_536
    x = (p[2] * x * x / 524_288 + p[1] * x) / 524_288
    x = (1 + x / 32_768) * p[0]
    guard x != 0 else { return 0 }
    var pressure = (1_048_576 - Double(raw) - y / 4_096) * 6_250 / x
    x = p[8] * pressure * pressure / 2_147_483_648
    y = pressure * p[7] / 32_768
    pressure += (x + y + p[6]) / 16
    return pressure
  }

  /// Relative humidity, %, cropped to 0…100 as the data sheet does.
  func humidity(_ raw: Int32, fine: Double) -> Double {
    let x = fine - 76_800
    let a = Double(raw) - (h[3] * 64 + h[4] / 16_384 * x)
    let b = h[1] / 65_536 * (1 + h[5] / 67_108_864 * x * (1 + h[2] / 67_108_864 * x))
    let y = a * b
    return min(max(y * (1 - h[0] * y / 524_288), 0), 100)
  }
}
