// A model of the Adafruit STEMMA soil sensor.

public import Climate

/// A model of the seesaw that the STEMMA soil sensor is made with.
public final class SeesawDevice: I2CDevice {
  /// How long it counts a capacitance; until then it answers ones.
  public var conversionTime = Duration.milliseconds(4)
  private let probe: SimulatedProbe
  private var answer: [UInt8] = []
  private var ready = Instant.zero

  /// A sensor in the soil of its probe.
  public init(probe: SimulatedProbe) { self.probe = probe }

  /// As after power-up: nothing was asked.
  public func reset() { (answer, ready) = ([], .zero) }

  /// A module and a function: hardware identity, capacitance of channel 0, temperature. Others are taken and answered by ones.
  public func write(_ bytes: [UInt8], at now: Instant) -> Bool {
    guard !bytes.isEmpty else { return true }
    (answer, ready) = ([], now.advanced(by: .microseconds(250)))
    switch bytes {
    case [0x00, 0x01]: answer = [0x55]
    case [0x0F, 0x10]:
      let counts = UInt16(min(max(probe.measureVolts(input: 0, at: now).rounded(), 0), 4_095))
      answer = [UInt8(counts >> 8), UInt8(counts & 0xFF)]
      ready = now.advanced(by: conversionTime)
    case [0x00, 0x04]:
      let celsius = min(max(probe.measure(.soilTemperature, at: now), -273), 1_000)
      let raw = UInt32(bitPattern: Int32((celsius * 65_536).rounded()))
      answer = [24, 16, 8, 0].map { UInt8(raw >> $0 & 0xFF) }
    default: break
    }
    return true
  }

  /// The answer to the last question, then ones.
  public func read(_ count: Int, at now: Instant) -> [UInt8]? {
    Array(((now < ready ? [] : answer) + repeatElement(0xFF, count: count)).prefix(count))
  }
}
