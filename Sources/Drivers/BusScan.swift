// What is on a bus.

import Climate

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
/// No device is reset or reconfigured, and every question is a short transaction between those of a running daemon. A question that
/// comes between the start of a measurement and its collection can cost that measurement; the daemon then reports an error and no
/// wrong value, and measures again.
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
    // Models of a family have the same question: it is asked once.
    let questions = candidates.compactMap(\.question)
    for (index, question) in questions.enumerated() where questions.firstIndex(of: question) == index {
      guard isAnswered(question, at: address) else { continue }
      return ScanFinding(address: address, models: candidates.filter { $0.question == question }, confidence: .certain)
    }
    let silent = candidates.filter { $0.question == nil }
    return ScanFinding(address: address, models: silent, confidence: silent.isEmpty ? .unknown : .likely)
  }

  private func isAnswered(_ question: Question, at address: I2CAddress) -> Bool {
    switch question {
    case .register(let register, let identity):
      return (try? bus.writeRead([register], 1, at: address)) == [identity]
    case .function(let command, let identity):
      return answer(to: command, 1, at: address) == [identity]
    case .words(let command, let count):
      guard let bytes = answer(to: command, count, at: address), bytes.count == count else { return false }
      return (try? SensirionWords.decode(bytes))?.isEmpty == false
    }
  }

  /// What is read 2 ms after a command, in a transfer of its own.
  private func answer(to command: [UInt8], _ count: Int, at address: I2CAddress) -> [UInt8]? {
    guard (try? bus.write(command, to: address)) != nil else { return nil }
    clock.sleep(until: clock.now().advanced(by: .milliseconds(2)))
    return try? bus.read(count, from: address)
  }
}

/// A question that only one family of sensors answers rightly, and that changes nothing in the chip.
private enum Question: Equatable {
  /// A register that holds an identity.
  case register(UInt8, identity: UInt8)
  /// A command that is answered with an identity.
  case function([UInt8], identity: UInt8)
  /// A command that is answered with bytes in words with checksums.
  case words(answering: [UInt8], count: Int)
}

extension SensorModel {
  /// The question by which the chip can be told from others; `nil` if it has neither identity nor checksums.
  fileprivate var question: Question? {
    switch self {
    case .bme280: .register(0xD0, identity: 0x60)
    // Status register.
    case .sht30, .sht31, .sht35: .words(answering: SensirionWords.command(0xF32D), count: 3)
    // Serial number.
    case .sht40, .sht41, .sht45: .words(answering: [0x89], count: 6)
    // Data-ready is answered while it measures and while it does not.
    case .scd40, .scd41: .words(answering: SensirionWords.command(0xE4B8), count: 3)
    case .seesaw: .function([0x00, 0x01], identity: Seesaw.identity)
    case .aht20, .bh1750, .ads1115: nil
    }
  }
}
