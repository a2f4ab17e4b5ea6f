// What is on a bus.

public import Climate

/// What was found at an address.
public struct ScanFinding: Equatable, Sendable {
  /// How sure the identification is.
  public enum Confidence: String, Codable, Sendable {
    /// It told its identity, or answered a question only this family knows, with a right checksum.
    case certain
    /// The address fits, and it answered; it cannot be asked more.
    case likely
    /// Something answers that is not known.
    case unknown
  }

  /// Where.
  public var address: I2CAddress
  /// Models it can be: one family.
  public var models: [SensorModel]
  /// How sure that is.
  public var confidence: Confidence
  /// A kernel driver that has the device, if one does; it was not touched then.
  public var kernelDriver: String?

  /// A finding from its parts.
  public init(address: I2CAddress, models: [SensorModel], confidence: Confidence, kernelDriver: String? = nil) {
    (self.address, self.models, self.confidence, self.kernelDriver) = (address, models, confidence, kernelDriver)
  }
}

/// Looks at every address of a bus.
///
/// A running daemon is not disturbed: no device is reset or reconfigured, and every question is one short transaction between those
/// of the daemon.
public struct BusScan {
  private let bus: any I2CBus
  private let clock: any MonotonicClock

  /// A scan of a bus.
  public init(bus: any I2CBus, clock: any MonotonicClock) { (self.bus, self.clock) = (bus, clock) }

  /// Asks the given addresses.
  /// - Parameter isPresent: whether a device answers at an address; the least invasive way that the platform has.
  /// - Returns: what answers, in order of address.
  public func run(
    addresses: [I2CAddress] = I2CAddress.all, isPresent: (I2CAddress) -> Result<Bool, I2CError>
  ) -> [ScanFinding] {
    addresses.compactMap { address in
      switch isPresent(address) {
      case .success(true): return identify(address)
      case .success(false): return nil
      case .failure(let error):
        guard case .inUseByKernelDriver(let driver) = error.fault else { return nil }
        return ScanFinding(address: address, models: [], confidence: .unknown, kernelDriver: driver)
      }
    }
  }

  private func identify(_ address: I2CAddress) -> ScanFinding {
    let candidates = SensorModel.allCases.filter { $0.addresses.contains(address) }
    let certain = candidates.filter { isCertain($0, at: address) }
    if !certain.isEmpty { return ScanFinding(address: address, models: certain, confidence: .certain) }
    let silent = candidates.filter { !$0.canIdentify }
    return ScanFinding(address: address, models: silent, confidence: silent.isEmpty ? .unknown : .likely)
  }

  private func isCertain(_ model: SensorModel, at address: I2CAddress) -> Bool {
    switch model {
    case .bme280: (try? bus.writeRead([0xD0], 1, at: address)) == [0x60]
    case .sht30, .sht31, .sht35: hasWords(answering: SensirionWords.command(0xF32D), count: 3, at: address)
    case .sht40, .sht41, .sht45: hasWords(answering: [0x89], count: 6, at: address)
    // Data-ready is answered while it measures and while it does not.
    case .scd40, .scd41: hasWords(answering: SensirionWords.command(0xE4B8), count: 3, at: address)
    case .aht20, .bh1750, .ads1115: false
    }
  }

  private func hasWords(answering command: [UInt8], count: Int, at address: I2CAddress) -> Bool {
    guard (try? bus.write(command, to: address)) != nil else { return false }
    clock.sleep(until: clock.now().advanced(by: .milliseconds(2)))
    guard let bytes = try? bus.read(count, from: address), bytes.count == count else { return false }
    return (try? SensirionWords.decode(bytes))?.isEmpty == false
  }
}

extension SensorModel {
  /// Whether the chip has an identity, or checksums, by which it can be told from others.
  fileprivate var canIdentify: Bool {
    switch self {
    case .aht20, .bh1750, .ads1115: false
    default: true
    }
  }
}
