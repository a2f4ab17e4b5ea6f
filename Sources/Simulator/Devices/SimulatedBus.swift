// A bus with devices that answer bytes.

public import Climate
public import Drivers

/// A device on a simulated bus. It sees what a chip sees: bytes written to it, bytes asked of it, and when.
public protocol I2CDevice: AnyObject {
  /// Takes bytes.
  /// - Returns: whether it acknowledged.
  func write(_ bytes: [UInt8], at now: Instant) -> Bool

  /// Gives bytes; `nil` if it does not acknowledge its address.
  func read(_ count: Int, at now: Instant) -> [UInt8]?

  /// Loses and regains its supply.
  func reset()
}

/// A fault on the wires of one device.
public enum WireFault: Equatable, Sendable {
  /// It is unplugged.
  case unplugged
  /// The n-th operation from now, counted from 0, is not acknowledged, once.
  case noAcknowledge(operation: Int)
  /// A byte of every answer arrives inverted.
  case corrupt(byte: Int)
  /// Its transfers never end.
  case timeout
  /// Its transfers are disturbed.
  case arbitrationLost
}

/// A bus with devices that answer bytes, which takes the time that a real one takes.
///
/// Used by one thread at a time: the one that plays the house.
public final class SimulatedBus: I2CBus, @unchecked Sendable {
  /// Name for people: `i2c1`.
  public let name: String
  /// Whether a line is held low: every transfer runs into its time limit.
  public var isStuck = false
  /// Transfers so far.
  public private(set) var transfers = 0

  private var devices: [I2CAddress: any I2CDevice] = [:]
  private var faults: [I2CAddress: WireFault] = [:]
  private let clock: any MonotonicClock
  private let bitTime: Duration

  /// Time limit of a transfer (``LinuxI2CBus`` asks for the same).
  static let timeout = Duration.milliseconds(200)

  /// A bus without devices.
  /// - Parameter kilohertz: speed of its clock.
  public init(name: String, clock: any MonotonicClock, kilohertz: Int = 100) {
    (self.name, self.clock) = (name, clock)
    bitTime = .nanoseconds(1_000_000 / max(kilohertz, 1))
  }

  /// Puts a device on the bus.
  public func attach(_ device: any I2CDevice, at address: I2CAddress) { devices[address] = device }

  /// Sets or ends a fault on the wires of a device.
  public func set(_ fault: WireFault?, at address: I2CAddress) { faults[address] = fault }

  /// Carries out operations on the model at the address, unless a fault that was set prevents it.
  public func transaction(_ operations: [I2COperation], at address: I2CAddress) throws(I2CError) -> [[UInt8]] {
    transfers += 1
    if isStuck || faults[address] == .timeout {
      clock.sleep(until: clock.now().advanced(by: Self.timeout))
      throw I2CError(isStuck ? .busStuck : .timeout, bus: name, address: address)
    }
    if faults[address] == .arbitrationLost { throw I2CError(.arbitrationLost, bus: name, address: address) }
    var reads: [[UInt8]] = []
    for operation in operations { try carryOut(operation, address, &reads) }
    return reads
  }

  private func carryOut(_ operation: I2COperation, _ address: I2CAddress, _ reads: inout [[UInt8]]) throws(I2CError) {
    guard let device = devices[address], !isRefused(address) else {
      pass(bytes: 1)
      throw I2CError(.noAcknowledge, bus: name, address: address)
    }
    switch operation {
    case .write(let bytes):
      pass(bytes: bytes.count + 1)
      guard device.write(bytes, at: clock.now()) else { throw I2CError(.noAcknowledge, bus: name, address: address) }
    case .read(let count):
      guard let answer = device.read(count, at: clock.now()) else {
        pass(bytes: 1)
        throw I2CError(.noAcknowledge, bus: name, address: address)
      }
      pass(bytes: count + 1)
      reads.append(damaged(answer, address))
    }
  }

  private func isRefused(_ address: I2CAddress) -> Bool {
    switch faults[address] {
    case .unplugged: return true
    case .noAcknowledge(let operation):
      faults[address] = operation > 0 ? .noAcknowledge(operation: operation - 1) : nil
      return operation == 0
    case .corrupt, .timeout, .arbitrationLost, nil: return false
    }
  }

  private func damaged(_ bytes: [UInt8], _ address: I2CAddress) -> [UInt8] {
    guard case .corrupt(let index)? = faults[address], bytes.indices.contains(index) else { return bytes }
    var bytes = bytes
    bytes[index] ^= 0xFF
    return bytes
  }

  /// Nine bits a byte, and start and stop.
  private func pass(bytes: Int) { clock.sleep(until: clock.now().advanced(by: bitTime * (bytes * 9 + 2))) }
}
