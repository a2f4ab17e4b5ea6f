// Sensirion SCD40, SCD41: CO2, temperature and humidity.

public import Climate

/// Driver of the SCD4x in periodic mode, from its data sheet of April 2023.
///
/// A value every 5 s. When it is used for the first time and after every fault the measurement is stopped (500 ms), the serial
/// number read, the altitude set and the measurement started anew.
public final class SCD4x: Sensor {
  /// SCD40 or SCD41.
  public let model: SensorModel
  /// 0x62, the only one it has.
  public let address: I2CAddress

  private enum Step {
    case stop
    case identify
    case start
    case askReady
    case read
  }

  private let altitude: UInt16
  private var isRunning = false
  private var step = Step.stop
  private var lastValueAt: Instant?

  /// How long most commands take (table 9).
  private static let commandTime = Duration.milliseconds(1)
  /// Without a new value for so long the sensor has been reset and stands still.
  private static let longestSilence = Duration.seconds(15)

  /// - Parameter altitude: of the site, m; 0…3000 (§3.6.3).
  public init(_ model: SensorModel, at address: I2CAddress, altitude: Double) {
    (self.model, self.address) = (model, address)
    self.altitude = UInt16(min(max(altitude, 0), 3_000))
  }

  /// Asks whether a value is ready (§3.8.2), or begins to set the sensor up.
  public func trigger(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Duration {
    guard isRunning else {
      step = .stop
      try bus.send(SensirionWords.command(0x3F86), to: address)
      return .milliseconds(500)
    }
    step = .askReady
    do throws(SensorError) {
      try bus.send(SensirionWords.command(0xE4B8), to: address)
    } catch {
      isRunning = false
      throw error
    }
    return Self.commandTime
  }

  /// The next step of setting it up, or the value of the last 5 s (§3.5.2) if there is a new one.
  public func collect(from bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    do throws(SensorError) {
      switch step {
      case .stop:
        // Serial number (§3.9.2); only answered while no measurement runs.
        try bus.send(SensirionWords.command(0x3682), to: address)
        step = .identify
        return .more(after: Self.commandTime)
      case .identify:
        _ = try SensirionWords.decode(bus.fetch(9, from: address))
        try bus.send(SensirionWords.command(0x2427, altitude), to: address)
        step = .start
        return .more(after: Self.commandTime)
      case .start:
        try bus.send(SensirionWords.command(0x21B1), to: address)
        (isRunning, lastValueAt) = (true, now)
        return .notYet
      case .askReady:
        return try askForValue(on: bus, at: now)
      case .read:
        let words = try SensirionWords.decode(bus.fetch(9, from: address))
        lastValueAt = now
        return .finished(try measurements(words))
      }
    } catch {
      isRunning = false
      throw error
    }
  }

  /// Tells the sensor the air pressure, which replaces the altitude (§3.6.5). May be called between two sweeps while it measures; the
  /// sensor takes no other command for 1 ms.
  /// - Parameter hectopascals: 700…1200.
  public func setPressure(_ hectopascals: Double, on bus: any I2CBus) throws(SensorError) {
    let pressure = UInt16(min(max(hectopascals, 700), 1_200).rounded())
    try bus.send(SensirionWords.command(0xE000, pressure), to: address)
  }

  /// Forced recalibration (§3.7.1): the sensor must have measured for three minutes in air of known concentration.
  ///
  /// Takes about a second, in which the caller's bus measures nothing else.
  /// - Parameters:
  ///   - concentration: ppm of the air around the sensor, 400…2000.
  ///   - clock: to wait with.
  /// - Returns: the correction in ppm.
  public func recalibrate(
    to concentration: Int, on bus: any I2CBus, clock: any MonotonicClock
  ) throws(SensorError) -> Int {
    guard (400...2_000).contains(concentration) else {
      throw .status("a recalibration needs 400 to 2000 ppm, not \(concentration)")
    }
    isRunning = false
    try bus.send(SensirionWords.command(0x3F86), to: address)
    clock.sleep(until: clock.now().advanced(by: .milliseconds(500)))
    try bus.send(SensirionWords.command(0x362F, UInt16(concentration)), to: address)
    clock.sleep(until: clock.now().advanced(by: .milliseconds(400)))
    let words = try SensirionWords.decode(bus.fetch(3, from: address))
    guard let word = words.first, word != 0xFFFF else {
      throw .status("the recalibration failed: let the sensor measure for three minutes first")
    }
    return Int(word) - 0x8000
  }

  private func askForValue(on bus: any I2CBus, at now: Instant) throws(SensorError) -> Collection {
    let words = try SensirionWords.decode(bus.fetch(3, from: address))
    // §3.8.2: ready unless the lowest eleven bits are zero.
    guard let word = words.first, word & 0x07FF != 0 else {
      if let last = lastValueAt, last.duration(to: now) > Self.longestSilence { throw .deviceReset }
      return .notYet
    }
    try bus.send(SensirionWords.command(0xEC05), to: address)
    step = .read
    return .more(after: Self.commandTime)
  }

  private func measurements(_ words: [UInt16]) throws(SensorError) -> [Measurement] {
    guard words.count == 3, words[0] != 0, words[0] != 0xFFFF else { throw .status("scd4x gave an empty CO2 value") }
    // §3.5.2.
    return [
      try model.checked(.temperature, -45 + 175 * Double(words[1]) / 65_535),
      try model.checked(.humidity, 100 * Double(words[2]) / 65_535),
      try model.checked(.co2, Double(words[0])),
    ]
  }
}
