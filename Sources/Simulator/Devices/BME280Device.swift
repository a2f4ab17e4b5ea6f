// A model of the BME280: registers, trimming values, conversion.

public import Climate

/// A model of the BME280 in forced mode.
///
/// Its converter works backwards: it looks for the raw value that the data sheet's compensation turns into the true one.
public final class BME280Device: I2CDevice {
  /// How long a conversion takes at oversampling ×1; the data sheet's typical 8 ms.
  public var conversionTime = Duration.milliseconds(8)
  private let probe: SimulatedProbe
  private var registers = [UInt8](repeating: 0, count: 256)
  private var pointer = 0
  private var busyUntil: Instant?
  private var coming: [UInt8] = []

  /// Trimming values of the data sheet's example for temperature and pressure, and of a typical chip for humidity.
  private static let t = [27_504.0, 26_435, -1_000]
  private static let p = [36_477.0, -10_685, 3_024, 2_855, 140, -7, 15_500, -14_600, 6_000]
  private static let h = [75.0, 362, 0, 324, 50, 30]

  /// A sensor with its probe.
  public init(probe: SimulatedProbe) {
    self.probe = probe
    reset()
  }

  /// As after power-up.
  public func reset() {
    registers = [UInt8](repeating: 0, count: 256)
    registers[0xD0] = 0x60
    for (index, value) in (Self.t + Self.p).enumerated() { put(value, at: 0x88 + 2 * index) }
    registers[0xA1] = UInt8(Self.h[0])
    put(Self.h[1], at: 0xE1)
    registers[0xE3] = UInt8(Self.h[2])
    let (h4, h5) = (Int(Self.h[3]), Int(Self.h[4]))
    registers[0xE4] = UInt8(h4 >> 4)
    registers[0xE5] = UInt8(h4 & 0x0F | (h5 & 0x0F) << 4)
    registers[0xE6] = UInt8(h5 >> 4)
    registers[0xE7] = UInt8(Self.h[5])
    registers.replaceSubrange(0xF7...0xFE, with: [0x80, 0, 0, 0x80, 0, 0, 0x80, 0])
    (busyUntil, coming) = (nil, [])
  }

  /// Sets the register pointer, then pairs of register and value.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    guard let first = bytes.first else { return true }
    pointer = Int(first)
    // The first byte is a register; further ones are a value, then pairs of register and value (§6.2.1).
    var rest = bytes[...]
    while rest.count >= 2 {
      set(Int(rest.removeFirst()), rest.removeFirst(), at: now)
    }
    return true
  }

  /// Registers from the pointer on.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    finish(at: now)
    return (0..<count).map { registers[(pointer + $0) & 0xFF] }
  }

  private func set(_ register: Int, _ value: UInt8, at now: Instant) {
    switch register {
    case 0xE0 where value == 0xB6: reset()
    case 0xF2, 0xF5: registers[register] = value
    case 0xF4:
      registers[0xF4] = value
      if value & 0b11 == 0b01 || value & 0b11 == 0b10 { convert(at: now) }
    default: break
    }
  }

  private func finish(at now: Instant) {
    guard let until = busyUntil, now >= until else { return }
    busyUntil = nil
    registers.replaceSubrange(0xF7...0xFE, with: coming)
    registers[0xF3] = 0
    registers[0xF4] &= 0b1111_1100
  }

  private func convert(at now: Instant) {
    busyUntil = now.advanced(by: conversionTime)
    registers[0xF3] = 0x08
    let temperature = search(probe.measure(.temperature, at: now), in: 0...0xFFFFF) { Self.celsius($0) }
    let fine = Self.fine(Double(temperature))
    let pressure = search(-probe.measure(.pressure, at: now) * 100, in: 0...0xFFFFF) { -Self.pascals($0, fine) }
    let humidity = search(probe.measure(.humidity, at: now), in: 0...0xFFFF) { Self.percent($0, fine) }
    coming = [
      UInt8(pressure >> 12), UInt8(pressure >> 4 & 0xFF), UInt8(pressure << 4 & 0xF0), UInt8(temperature >> 12),
      UInt8(temperature >> 4 & 0xFF), UInt8(temperature << 4 & 0xF0), UInt8(humidity >> 8), UInt8(humidity & 0xFF),
    ]
  }

  /// The smallest raw value whose compensated value is at least the wanted one; `compensate` rises with the raw value.
  private func search(_ wanted: Double, in range: ClosedRange<Int>, _ compensate: (Double) -> Double) -> Int {
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      if compensate(Double(middle)) < wanted { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func put(_ value: Double, at register: Int) {
    let word = UInt16(truncatingIfNeeded: Int(value))
    registers[register] = UInt8(word & 0xFF)
    registers[register + 1] = UInt8(word >> 8)
  }

  // MARK: The data sheet's compensation (§8.1), written for the model's own trimming values

  private static func fine(_ raw: Double) -> Double {
    let a = (raw / 16_384 - t[0] / 1_024) * t[1]
    let b = raw / 131_072 - t[0] / 8_192
    return a + b * b * t[2]
  }

  private static func celsius(_ raw: Double) -> Double { fine(raw) / 5_120 }

  private static func pascals(_ raw: Double, _ fine: Double) -> Double {
    var a = fine / 2 - 64_000
    var b = a * a * p[5] / 32_768 + a * p[4] * 2
    b = b / 4 + p[3] * 65_536
    a = (1 + (p[2] * a * a / 524_288 + p[1] * a) / 524_288 / 32_768) * p[0]
    let rough = (1_048_576 - raw - b / 4_096) * 6_250 / a
    return rough + (p[8] * rough * rough / 2_147_483_648 + rough * p[7] / 32_768 + p[6]) / 16
  }

  private static func percent(_ raw: Double, _ fine: Double) -> Double {
    let a = fine - 76_800
    let gain = h[1] / 65_536 * (1 + h[5] / 67_108_864 * a * (1 + h[2] / 67_108_864 * a))
    let linear = (raw - (h[3] * 64 + h[4] / 16_384 * a)) * gain
    return linear * (1 - h[0] * linear / 524_288)
  }
}
