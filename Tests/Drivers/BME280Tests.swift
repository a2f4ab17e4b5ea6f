// The BME280's compensation against the worked example and the integer formulae of the data sheet.

import Climate
import Drivers
import Simulator
import Testing

/// The trimming values of a chip and its registers.
private struct Trimming: Sendable {
  var t: (UInt16, Int16, Int16) = (27_504, 26_435, -1_000)
  var p: [Int16] = [-10_685, 3_024, 2_855, 140, -7, 15_500, -14_600, 6_000]
  var h: (UInt8, Int16, UInt8, Int, Int, Int8) = (75, 362, 0, 324, 50, 30)

  /// Registers 0x88…0xA1 and 0xE1…0xE7.
  var registers: [[UInt8]] {
    let words = [t.0, UInt16(bitPattern: t.1), UInt16(bitPattern: t.2), 36_477] + p.map { UInt16(bitPattern: $0) }
    let low = words.flatMap(Self.bytes) + [0, h.0]
    let (h4, h5) = (h.3 & 0xFFF, h.4 & 0xFFF)
    let high =
      Self.bytes(UInt16(bitPattern: h.1))
      + [h.2, UInt8(h4 >> 4), UInt8(h4 & 0x0F | h5 << 4 & 0xF0), UInt8(h5 >> 4), UInt8(bitPattern: h.5)]
    return [low, high]
  }

  private static func bytes(_ word: UInt16) -> [UInt8] { [UInt8(word & 0xFF), UInt8(word >> 8)] }

  /// Relative humidity in %, by the 32-bit integer formula of §4.2.3.
  func humidity(raw: Int32, fine: Int32) -> Double {
    let (h1, h2, h3) = (Int32(h.0), Int32(h.1), Int32(h.2))
    let (h4, h5, h6) = (Int32(h.3), Int32(h.4), Int32(h.5))
    let x = fine - 76_800
    let linear = ((raw << 14) - (h4 << 20) - h5 * x + 16_384) >> 15
    let slope = ((((x * h6) >> 10) * (((x * h3) >> 11) + 32_768)) >> 10) + 2_097_152
    var value = linear * ((slope * h2 + 8_192) >> 14)
    value -= ((((value >> 15) * (value >> 15)) >> 7) * h1) >> 4
    return Double(min(max(value, 0), 419_430_400) >> 12) / 1_024
  }
}

@Suite("BME280")
struct BME280Tests {
  /// Registers 0xF2…0xFE with a finished measurement.
  private func data(temperature: Int, pressure: Int, humidity: Int, status: UInt8 = 0, control: UInt8 = 0x24) -> [UInt8]
  {
    [0x01, status, control, 0, 0] + twenty(pressure) + twenty(temperature) + [
      UInt8(humidity >> 8), UInt8(humidity & 0xFF),
    ]
  }

  private func twenty(_ raw: Int) -> [UInt8] { [UInt8(raw >> 12), UInt8(raw >> 4 & 0xFF), UInt8(raw << 4 & 0xF0)] }

  private func measure(_ trimming: Trimming = Trimming(), _ data: [UInt8]) throws -> [Measurement]? {
    let sensor = makeSensor(.bme280, at: try SensorModel.bme280.firstAddress)
    return try sensor.measure(answers: [[0x60]] + trimming.registers + trimming.registers + [data])
  }

  @Test("the worked example gives 25.08 °C and 100653.27 Pa (BMP280 data sheet §3.12)")
  func workedExample() throws {
    let values = try measure(Trimming(), data(temperature: 519_888, pressure: 415_148, humidity: 28_000))
    // Fine temperature 128422, that is 25.0824 °C.
    #expect(isClose(values?.value(.temperature), 128_422.0 / 5_120, within: 2e-4))
    #expect(isClose(values?.value(.pressure), 1_006.5327, within: 1e-3))
  }

  @Test(
    "humidity agrees with the integer formula of §4.2.3, also with negative trimming values",
    arguments: [
      Trimming(h: (75, 362, 0, 324, 50, 30)), Trimming(h: (69, 355, 3, 310, -40, -20)),
      Trimming(h: (75, 380, 0, -12, -1, 127)),
    ])
  fileprivate func humidity(trimming: Trimming) throws {
    for raw in stride(from: 22_000, through: 44_000, by: 1_000) {
      let values = try measure(trimming, data(temperature: 519_888, pressure: 415_148, humidity: raw))
      let expected = trimming.humidity(raw: Int32(raw), fine: 128_422)
      #expect(isClose(values?.value(.humidity), expected, within: 0.02))
    }
  }

  @Test("another chip at the address is not measured: a BMP280 tells 0x58")
  func otherChip() throws {
    let sensor = makeSensor(.bme280, at: try SensorModel.bme280.firstAddress)
    let error = #expect(throws: SensorError.self) { try sensor.measure(answers: [[0x58]]) }
    #expect(error?.description.contains("0x58") == true)
  }

  @Test("a calibration that reads differently twice, or is empty, is refused")
  func badCalibration() throws {
    let good = Trimming().registers
    let sensor = makeSensor(.bme280, at: try SensorModel.bme280.firstAddress)
    for position in 0..<33 {
      var bad = good
      bad[position / 26][position % 26] ^= 0x10
      #expect(throws: SensorError.self) { try sensor.measure(answers: [[0x60]] + good + bad) }
    }
    for filler in [0x00, 0xFF] as [UInt8] {
      let empty = [[UInt8](repeating: filler, count: 26), [UInt8](repeating: filler, count: 7)]
      #expect(throws: SensorError.self) { try sensor.measure(answers: [[0x60]] + empty + empty) }
    }
  }

  @Test("measuring is not finished while a status bit or the forced mode says so")
  func notFinished() throws {
    for (status, control) in [(0x08, 0x24), (0x01, 0x24), (0, 0x25)] as [(UInt8, UInt8)] {
      #expect(throws: SensorError.notReady) {
        try measure(
          Trimming(),
          data(temperature: 519_888, pressure: 415_148, humidity: 28_000, status: status, control: control))
      }
    }
  }

  @Test("a reset shows in the control registers or in the values of a skipped measurement")
  func reset() throws {
    let valid = data(temperature: 519_888, pressure: 415_148, humidity: 28_000)
    #expect(throws: SensorError.deviceReset) { try measure(Trimming(), [0] + valid.dropFirst()) }
    #expect(throws: SensorError.deviceReset) { try measure(Trimming(), valid.prefix(2) + [0] + valid.dropFirst(3)) }
    #expect(throws: SensorError.deviceReset) {
      try measure(Trimming(), data(temperature: 0x80000, pressure: 0x80000, humidity: 0x8000))
    }
  }

  @Test("a value that happens to equal that of a skipped measurement is a value")
  func unluckyValues() throws {
    let unlucky = data(temperature: 0x80000, pressure: 415_148, humidity: 0x8000)
    #expect(isClose(try measure(Trimming(), unlucky)?.value(.temperature), 26.46, within: 0.05))
  }
}
