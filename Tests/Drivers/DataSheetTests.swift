// Each driver against the worked examples of its data sheet.

import Climate
import Drivers
import Simulator
import Testing

/// Words with checksums, written independently of the drivers.
func words(_ words: UInt16...) -> [UInt8] { words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)].withChecksum } }

extension [UInt8] {
  /// The bytes and their CRC-8, by long division bit for bit: polynomial x⁸ + x⁵ + x⁴ + 1, initial value 0xFF.
  var withChecksum: [UInt8] {
    var register: UInt8 = 0xFF
    for byte in self {
      for bit in (0..<8).reversed() {
        let leaves = register >> 7 != byte >> bit & 1
        register = register << 1 ^ (leaves ? 0x31 : 0)
      }
    }
    return self + [register]
  }
}

@Suite("Data sheets")
struct DataSheetTests {
  /// Status register of an SHT3x without a flag.
  private let healthy = words(0)

  @Test("checksums: of BE EF it is 92 (SHT3x §4.12)")
  func checksum() throws {
    #expect(words(0xBEEF) == [0xBE, 0xEF, 0x92])
    // 0xBEEF is 85.52 °C.
    let right = makeSensor(.sht31, at: try SensorModel.sht31.firstAddress)
    let values = try right.measure(answers: [healthy, [0xBE, 0xEF, 0x92] + words(0x8000)])
    #expect(isClose(values?.value(.temperature), 85.52, within: 0.01))
    let wrong = makeSensor(.sht31, at: try SensorModel.sht31.firstAddress)
    #expect(throws: SensorError.checksum(word: 0)) {
      try wrong.measure(answers: [healthy, [0xBE, 0xEF, 0x93] + words(0x8000)])
    }
    #expect(throws: SensorError.checksum(word: 1)) {
      try wrong.measure(answers: [healthy, words(0xBEEF) + [0x80, 0x00, 0x00]])
    }
  }

  @Test("SHT3x: −45 + 175 · S/65535 and 100 · S/65535", arguments: [SensorModel.sht30, .sht31, .sht35])
  func sht3x(model: SensorModel) throws {
    let sensor = makeSensor(model, at: try model.firstAddress)
    let bus = ScriptedBus(answers: [healthy, words(0x6666, 0x8000), words(0x0751, 0xFFFF), words(0x0750, 0)])
    let first = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(isClose(first?.value(.temperature), 25, within: 0.002))
    #expect(isClose(first?.value(.humidity), 50.0008, within: 1e-4))
    let second = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(isClose(second?.value(.temperature), -39.9985, within: 1e-4))
    #expect(second?.value(.humidity) == 100)
    // One count below −40 °C, where the sensor's range ends.
    #expect(throws: SensorError.self) { try sensor.measure(on: bus, clock: VirtualClock()) }
    #expect(bus.written.contains([0x24, 0x00]))
  }

  @Test("SHT3x: a flag in the status register is an error", arguments: [0x0010, 0x2000, 0x0001, 0x0002] as [UInt16])
  func sht3xStatus(flag: UInt16) throws {
    let sensor = makeSensor(.sht31, at: try SensorModel.sht31.firstAddress)
    #expect(throws: SensorError.self) { try sensor.measure(answers: [words(flag), words(0x6666, 0x8000)]) }
  }

  @Test("SHT4x: −45 + 175 · S/65535 and −6 + 125 · S/65535, cropped", arguments: [SensorModel.sht40, .sht41, .sht45])
  func sht4x(model: SensorModel) throws {
    let sensor = makeSensor(model, at: try model.firstAddress)
    let bus = ScriptedBus(answers: [
      words(0x0F1E, 0x2D3C), words(0x6666, 0x72B0), words(0x6666, 0), words(0x6666, 0xFFFF),
    ])
    let first = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(isClose(first?.value(.temperature), 25, within: 0.002))
    #expect(isClose(first?.value(.humidity), 50, within: 0.01))
    #expect(try sensor.measure(on: bus, clock: VirtualClock())?.value(.humidity) == 0)
    #expect(try sensor.measure(on: bus, clock: VirtualClock())?.value(.humidity) == 100)
    #expect(bus.written == [[0x89], [0xFD], [0xFD], [0xFD]])
  }

  @Test("SCD4x: 01F4 6667 5EB9 are 500 ppm, 25 °C, 37 % (§3.5.2)", arguments: [SensorModel.scd40, .scd41])
  func scd4x(model: SensorModel) throws {
    let sensor = makeSensor(model, at: try model.firstAddress, settings: SensorSettings(altitude: 1_950))
    let bus = ScriptedBus(answers: [
      words(0xF896, 0x9F07, 0x3BBE), words(0x8006), [0x01, 0xF4, 0x33, 0x66, 0x67, 0xA2, 0x5E, 0xB9, 0x3C],
    ])
    let clock = VirtualClock()
    #expect(try sensor.measure(on: bus, clock: clock) == nil)
    // 1950 m with its checksum, as in the example of §3.6.3.
    #expect(bus.written.contains([0x24, 0x27, 0x07, 0x9E, 0x09]))
    #expect(bus.written.last == [0x21, 0xB1])
    let values = try sensor.measure(on: bus, clock: clock)
    #expect(values?.value(.co2) == 500)
    #expect(isClose(values?.value(.temperature), 25, within: 0.005))
    #expect(isClose(values?.value(.humidity), 37, within: 0.005))
  }

  @Test("AHT20: S/2²⁰ · 100 and S/2²⁰ · 200 − 50 (§6)")
  func aht20() throws {
    let sensor = makeSensor(.aht20, at: try SensorModel.aht20.firstAddress)
    let bus = ScriptedBus(answers: [[0x18], [0x1C, 0x80, 0x00, 0x06, 0x00, 0x00].withChecksum])
    let values = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(values?.value(.temperature) == 25)
    #expect(values?.value(.humidity) == 50)
    #expect(bus.written == [[0xBE, 0x08, 0x00], [0xAC, 0x33, 0x00]])
  }

  @Test("BH1750: 0x8390 is 28067 lx (note, page 7)")
  func bh1750() throws {
    let sensor = makeSensor(.bh1750, at: try SensorModel.bh1750.firstAddress)
    #expect(isClose(try sensor.measure(answers: [[0x83, 0x90]])?.value(.illuminance), 28_067, within: 0.5))
    #expect(isClose(try sensor.measure(answers: [[0x01, 0x10]])?.value(.illuminance), 227, within: 0.5))
  }

  @Test("BH1750: what is too bright is measured with the least sensitivity, and what is brighter still is an error")
  func bh1750Sun() throws {
    let sensor = makeSensor(.bh1750, at: try SensorModel.bh1750.firstAddress)
    let bus = ScriptedBus(answers: [[0xFF, 0xFF], [0xB2, 0xCB]])
    // 45771 counts, 69/31 times as many lx as usual.
    let values = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(isClose(values?.value(.illuminance), 84_898, within: 1))
    // Register 69 is 010 00101, 31 is 000 11111.
    #expect(bus.written == [[0x01], [0x42], [0x65], [0x20], [0x01], [0x40], [0x7F], [0x20]])
    let error = #expect(throws: SensorError.self) { try sensor.measure(answers: [[0xFF, 0xFF], [0xFF, 0xFF]]) }
    #expect(error?.description.contains("saturated") == true)
  }

  @Test("BH1750: darkness counts when it was measured twice")
  func bh1750Darkness() throws {
    let sensor = makeSensor(.bh1750, at: try SensorModel.bh1750.firstAddress)
    #expect(try sensor.measure(answers: [[0, 0], [0, 0]])?.value(.illuminance) == 0)
    #expect(try sensor.measure(answers: [[0, 0], [0, 12]])?.value(.illuminance) == 10)
  }

  @Test("ADS1115: 0 % at the dry voltage, 100 % at the wet one, at each input of its own")
  func ads1115() throws {
    let settings = SensorSettings(inputs: [.init(input: 1, dry: 2.8, wet: 1.2), .init(input: 3, dry: 1, wet: 3)])
    let sensor = makeSensor(.ads1115, at: try SensorModel.ads1115.firstAddress, settings: settings)
    // 2.0 V and 1.5 V at 125 µV a count.
    let bus = ScriptedBus(answers: [[0xD3, 0x83], counts(16_000), [0xF3, 0x83], counts(12_000)])
    let values = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(values?.count == 2)
    #expect(isClose(values?.value(.soilMoisture, input: 1), 50))
    #expect(isClose(values?.value(.soilMoisture, input: 3), 25))
    #expect(bus.written.contains([0x01, 0xD3, 0x83]))
    #expect(bus.written.contains([0x01, 0xF3, 0x83]))
  }

  @Test("ADS1115: over its range, or not calibrated, it gives no number")
  func ads1115Limits() throws {
    let address = try SensorModel.ads1115.firstAddress
    let calibrated = makeSensor(
      .ads1115, at: address, settings: SensorSettings(inputs: [.init(input: 0, dry: 2.8, wet: 1.2)]))
    for count in [Int16.max, .min, -8_000, 32_000] {
      #expect(throws: SensorError.self) { try calibrated.measure(answers: [[0xC3, 0x83], counts(count)]) }
    }
    let same = makeSensor(.ads1115, at: address, settings: SensorSettings(inputs: [.init(input: 0, dry: 2, wet: 2)]))
    #expect(throws: SensorError.self) { try same.measure(answers: [[0xC3, 0x83], counts(16_000)]) }
    #expect(throws: SensorError.self) { try makeSensor(.ads1115, at: address).measure(answers: []) }
  }

  @Test("seesaw: identity 0x55, counts between dry and wet, temperature in 65536ths of a degree")
  func seesaw() throws {
    let settings = SensorSettings(inputs: [.init(input: 0, dry: 200, wet: 2_000)])
    let sensor = makeSensor(.seesaw, at: try SensorModel.seesaw.firstAddress, settings: settings)
    // 1100 counts; 24.25 °C and −3.5 °C.
    let bus = ScriptedBus(answers: [
      [0x55], [0x04, 0x4C], [0x00, 0x18, 0x40, 0x00], [0x00, 0xC8], [0xFF, 0xFC, 0x80, 0x00],
    ])
    let first = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(isClose(first?.value(.soilMoisture), 50) && first?.value(.soilTemperature) == 24.25)
    let second = try sensor.measure(on: bus, clock: VirtualClock())
    #expect(second?.value(.soilMoisture) == 0 && second?.value(.soilTemperature) == -3.5)
    #expect(bus.written == [[0x00, 0x01], [0x0F, 0x10], [0x00, 0x04], [0x0F, 0x10], [0x00, 0x04]])
  }

  @Test("seesaw: another identity, all ones, more counts than there are, or no calibration give no number")
  func seesawLimits() throws {
    let address = try SensorModel.seesaw.firstAddress
    let settings = SensorSettings(inputs: [.init(input: 0, dry: 200, wet: 2_000)])
    let warm: [UInt8] = [0x00, 0x18, 0x40, 0x00]
    let wrong: [[[UInt8]]] = [
      [[0x87], [0x04, 0x4C], warm], [[0x55], [0xFF, 0xFF], warm], [[0x55], [0x10, 0x00], warm],
      [[0x55], [0x04, 0x4C], [0xFF, 0xFF, 0xFF, 0xFF]], [[0x55], [0x04, 0x4C], [0x3F, 0xFF, 0xFF, 0xFF]],
    ]
    for answers in wrong {
      let sensor = makeSensor(.seesaw, at: address, settings: settings)
      #expect(throws: SensorError.self) { try sensor.measure(answers: answers) }
    }
    let right = makeSensor(.seesaw, at: address, settings: settings)
    #expect(try right.measure(answers: [[0x55], [0x04, 0x4C], warm])?.count == 2)
    #expect(throws: SensorError.self) { try makeSensor(.seesaw, at: address).measure(answers: [[0x55]]) }
  }

  private func counts(_ value: Int16) -> [UInt8] {
    [UInt8(UInt16(bitPattern: value) >> 8), UInt8(truncatingIfNeeded: value)]
  }
}
