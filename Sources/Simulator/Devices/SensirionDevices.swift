// Models of the SHT3x, the SHT4x and the SCD4x.

public import Climate

/// Words as Sensirion sensors send them: two bytes and a CRC-8 (polynomial 0x31, initial value 0xFF).
enum SensirionAnswer {
  static func encode(_ words: [UInt16]) -> [UInt8] {
    words.flatMap { word in
      let bytes = [UInt8(word >> 8), UInt8(word & 0xFF)]
      return bytes + [checksum(bytes)]
    }
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
    bytes.reduce(0xFF) { crc, byte in
      (0..<8).reduce(crc ^ byte) { value, _ in value & 0x80 != 0 ? (value << 1) ^ 0x31 : value << 1 }
    }
  }

  /// A value as a share of full scale in 16 bits, limited to what fits.
  static func word(_ value: Double, from low: Double, span: Double) -> UInt16 {
    UInt16(min(max(((value - low) / span * 65_535).rounded(), 0), 65_535))
  }
}

/// A model of the SHT3x in single-shot mode.
public final class SHT3xDevice: I2CDevice {
  /// How long a conversion takes; the data sheet's typical 12.5 ms.
  public var conversionTime = Duration.microseconds(12_500)
  private let probe: SimulatedProbe
  private var ready: Instant?
  private var nextCommand = Instant.zero
  private var answer: [UInt8] = []
  /// Reset detected (bit 4) is set after power-up, as is the pending alert (bit 15).
  private var status: UInt16 = 0x8010

  /// A sensor with its probe.
  public init(probe: SimulatedProbe) { self.probe = probe }

  /// As after power-up.
  public func reset() { (ready, nextCommand, answer, status) = (nil, .zero, [], 0x8010) }

  /// A command, with its argument and checksum if it has one.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    guard bytes.count >= 2 else { return bytes.isEmpty }
    if let ready, now < ready { return false }
    // Least time between two commands (§4).
    guard now >= nextCommand else { return false }
    nextCommand = now.advanced(by: .milliseconds(1))
    switch UInt16(bytes[0]) << 8 | UInt16(bytes[1]) {
    case 0x2400, 0x240B, 0x2416: measure(at: now)
    case 0xF32D: (answer, ready) = (SensirionAnswer.encode([status]), now)
    case 0x3041: (status, answer) = (0, [])
    case 0x3780: (answer, ready) = (SensirionAnswer.encode([0x0123, 0x4567]), now)
    case 0x30A2: reset()
    default:
      status |= 0x0002
      return false
    }
    return true
  }

  /// The words of the last command, each with its checksum; not acknowledged before they are ready.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    guard let ready, now >= ready, !answer.isEmpty else { return nil }
    defer { answer = [] }
    return Array((answer + repeatElement(0xFF, count: count)).prefix(count))
  }

  private func measure(at now: Instant) {
    ready = now.advanced(by: conversionTime)
    answer = SensirionAnswer.encode([
      SensirionAnswer.word(probe.measure(.temperature, at: now), from: -45, span: 175),
      SensirionAnswer.word(probe.measure(.humidity, at: now), from: 0, span: 100),
    ])
  }
}

/// A model of the SHT4x.
public final class SHT4xDevice: I2CDevice {
  /// How long a conversion takes; the data sheet's typical 6.9 ms.
  public var conversionTime = Duration.microseconds(6_900)
  private let probe: SimulatedProbe
  private var ready: Instant?
  private var answer: [UInt8] = []

  /// A sensor with its probe.
  public init(probe: SimulatedProbe) { self.probe = probe }

  /// As after power-up.
  public func reset() { (ready, answer) = (nil, []) }

  /// A command, with its argument and checksum if it has one.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    if let ready, now < ready { return false }
    switch bytes.first {
    case 0xFD:
      ready = now.advanced(by: conversionTime)
      answer = SensirionAnswer.encode([
        SensirionAnswer.word(probe.measure(.temperature, at: now), from: -45, span: 175),
        SensirionAnswer.word(probe.measure(.humidity, at: now), from: -6, span: 125),
      ])
    case 0x89: (answer, ready) = (SensirionAnswer.encode([0x0F1E, 0x2D3C]), now)
    case 0x94: reset()
    case nil: break
    default: return false
    }
    return true
  }

  /// The words of the last command, each with its checksum; not acknowledged before they are ready.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    guard let ready, now >= ready, !answer.isEmpty else { return nil }
    defer { answer = [] }
    return Array((answer + repeatElement(0xFF, count: count)).prefix(count))
  }
}

/// A model of the SCD4x: periodic measurement every 5 s, commands that take 1 ms, settings only while it stands still.
public final class SCD4xDevice: I2CDevice {
  private static let period = Duration.seconds(5)
  private let probe: SimulatedProbe
  private var runningSince: Instant?
  private var lastRead: Int64 = 0
  private var answer: [UInt8] = []
  private var ready = Instant.zero
  private var measuredFor = Duration.zero
  private var correction = 0.0
  /// Altitude set, m.
  public private(set) var altitude: UInt16 = 0
  /// Ambient pressure set, hPa; 0 if none.
  public private(set) var pressure: UInt16 = 0

  /// A sensor with its probe.
  public init(probe: SimulatedProbe) { self.probe = probe }

  /// As after power-up.
  public func reset() { (runningSince, lastRead, answer, ready, measuredFor) = (nil, 0, [], .zero, .zero) }

  /// A command, with its argument and checksum if it has one.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    guard now >= ready else { return false }
    guard bytes.count >= 2 else { return bytes.isEmpty }
    let code = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    guard let argument = argument(bytes) else { return false }
    answer = []
    // While it measures it knows only these (data sheet table 9).
    guard runningSince == nil || [0xEC05, 0xE4B8, 0x3F86, 0xE000].contains(code) else { return false }
    return carryOut(code, argument, at: now)
  }

  /// The words of the last command, each with its checksum; not acknowledged before they are ready.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    guard now >= ready, !answer.isEmpty else { return nil }
    defer { answer = [] }
    return Array((answer + repeatElement(0xFF, count: count)).prefix(count))
  }

  private func carryOut(_ code: UInt16, _ argument: UInt16, at now: Instant) -> Bool {
    ready = now.advanced(by: .milliseconds(1))
    switch code {
    case 0x21B1: (runningSince, lastRead) = (now, 0)
    case 0x3F86: stop(at: now)
    case 0x3682: answer = SensirionAnswer.encode([0xF896, 0x9F07, 0x3BBE])
    case 0x2427: altitude = argument
    case 0xE000: pressure = argument
    case 0x362F: recalibrate(to: argument, at: now)
    case 0xE4B8: answer = SensirionAnswer.encode([measurements(at: now) > lastRead ? 0x8006 : 0x8000])
    case 0xEC05: return fetch(at: now)
    default: return false
    }
    return true
  }

  private func fetch(at now: Instant) -> Bool {
    guard measurements(at: now) > lastRead else { return false }
    lastRead = measurements(at: now)
    answer = SensirionAnswer.encode([
      UInt16(min(max((probe.measure(.co2, at: now) + correction).rounded(), 0), 40_000)),
      SensirionAnswer.word(probe.measure(.temperature, at: now), from: -45, span: 175),
      SensirionAnswer.word(probe.measure(.humidity, at: now), from: 0, span: 100),
    ])
    return true
  }

  private func stop(at now: Instant) {
    if let since = runningSince { measuredFor = since.duration(to: now) }
    (runningSince, ready) = (nil, now.advanced(by: .milliseconds(500)))
  }

  private func recalibrate(to concentration: UInt16, at now: Instant) {
    ready = now.advanced(by: .milliseconds(400))
    // It must have measured for three minutes (§3.7.1).
    guard measuredFor >= .minutes(3) else {
      answer = SensirionAnswer.encode([0xFFFF])
      return
    }
    let change = Double(concentration) - (probe.measure(.co2, at: now) + correction)
    correction += change
    answer = SensirionAnswer.encode([UInt16(min(max(32_768 + change.rounded(), 0), 65_534))])
  }

  private func measurements(at now: Instant) -> Int64 {
    guard let since = runningSince else { return 0 }
    return since.duration(to: now).nanoseconds / Self.period.nanoseconds
  }

  /// The argument of a command; 0 without one, `nil` with a wrong checksum.
  private func argument(_ bytes: [UInt8]) -> UInt16? {
    guard bytes.count > 2 else { return 0 }
    guard bytes.count == 5, SensirionAnswer.checksum(bytes[2...3]) == bytes[4] else { return nil }
    return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
  }
}
