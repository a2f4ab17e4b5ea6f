// The bus as drivers see it.

/// A 7-bit address that a device may have.
public struct I2CAddress: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// 0x08…0x77; the others are reserved (UM10204 §3.1.12).
  public let value: UInt8

  /// An address; `nil` if it is reserved or no 7-bit number.
  public init?(_ value: Int) {
    guard (0x08...0x77).contains(value) else { return nil }
    self.value = UInt8(value)
  }

  /// All addresses that a device may have.
  public static let all = (0x08...0x77).compactMap { I2CAddress($0) }

  /// Hexadecimal, two digits: `0x44`.
  public var description: String { "0x" + (value < 16 ? "0" : "") + String(value, radix: 16) }

  /// Lower addresses come first.
  public static func < (left: I2CAddress, right: I2CAddress) -> Bool { left.value < right.value }
}

/// One part of a transaction.
public enum I2COperation: Equatable, Sendable {
  /// Bytes to the device.
  case write([UInt8])
  /// Bytes from the device.
  case read(count: Int)
}

/// Why a transaction failed.
public enum I2CFault: Equatable, Sendable {
  /// The device did not acknowledge its address or a byte.
  case noAcknowledge
  /// Another master, or noise, won the bus.
  case arbitrationLost
  /// The device or the adapter did not finish in time.
  case timeout
  /// Transactions with different devices time out: a line is held low.
  case busStuck
  /// The adapter is gone.
  case removed
  /// A driver of the kernel has the device.
  case inUseByKernelDriver(String)
  /// The adapter cannot do what was asked.
  case notSupported
  /// Any other error number of the kernel.
  case other(code: Int32)
}

/// A transaction that failed: what, where, how.
public struct I2CError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Why.
  public var fault: I2CFault
  /// Name of the bus.
  public var bus: String
  /// Address of the device.
  public var address: I2CAddress

  /// An error from its parts.
  public init(_ fault: I2CFault, bus: String, address: I2CAddress) {
    (self.fault, self.bus, self.address) = (fault, bus, address)
  }

  /// Bus, address, what it means and what to look at.
  public var description: String { "\(bus) \(address): \(fault.text)" }
}

extension I2CFault {
  /// What it means, and what to look at.
  var text: String {
    switch self {
    case .noAcknowledge: "does not answer; check plug, cable and address"
    case .arbitrationLost: "the bus was disturbed; check cable length and shielding"
    case .timeout: "does not finish in time"
    case .busStuck: "the bus hangs, a line is held low; unplug the sensors one by one"
    case .removed: "the bus is gone"
    case .inUseByKernelDriver(let driver): "is used by the kernel driver \(driver); unload it or remove its overlay"
    case .notSupported: "the adapter cannot do plain I2C transfers"
    case .other(let code): "failed with error number \(code)"
    }
  }
}

/// Operations at one address.
public struct I2CTransaction: Equatable, Sendable {
  /// The device.
  public var address: I2CAddress
  /// What to do, in order.
  public var operations: [I2COperation]

  /// A transaction from its parts.
  public init(_ operations: [I2COperation], at address: I2CAddress) {
    (self.operations, self.address) = (operations, address)
  }
}

/// An I2C bus.
///
/// *For authors of drivers:* everything is written on top of one primitive. A transaction belongs to one address and ends with
/// one stop condition. Keep to at most one write followed by at most one read: some adapters (bcm2835) can read only in the last
/// message of a transfer. Never wait inside a driver; say how long the device needs, and collect later.
///
/// *For authors of platforms:* one required method. It must end within a fraction of a second whatever the wires do, and report
/// a device that does not acknowledge as ``I2CFault/noAcknowledge``.
public protocol I2CBus: AnyObject, Sendable {
  /// Name for people: `i2c1`.
  var name: String { get }

  /// Carries out operations at an address without releasing the bus in between.
  /// - Returns: the bytes of each read, in order.
  func transaction(_ operations: [I2COperation], at address: I2CAddress) throws(I2CError) -> [[UInt8]]

  /// Carries out transactions with several devices. A platform may do it in one call to the kernel, with a repeated start
  /// condition where each transaction would end with a stop: only for devices whose data sheet says that the stop is optional.
  /// - Returns: for each transaction what ``transaction(_:at:)`` would have returned or thrown.
  func transactions(_ batch: [I2CTransaction]) -> [Result<[[UInt8]], I2CError>]
}

extension I2CBus {
  /// One after the other.
  public func transactions(_ batch: [I2CTransaction]) -> [Result<[[UInt8]], I2CError>] { oneByOne(batch) }

  /// Transactions one after the other, each with a result of its own.
  func oneByOne(_ batch: [I2CTransaction]) -> [Result<[[UInt8]], I2CError>] {
    batch.map { item in
      Result { () throws(I2CError) in try transaction(item.operations, at: item.address) }
    }
  }

  /// Writes bytes.
  public func write(_ bytes: [UInt8], to address: I2CAddress) throws(I2CError) {
    _ = try transaction([.write(bytes)], at: address)
  }

  /// Reads bytes.
  public func read(_ count: Int, from address: I2CAddress) throws(I2CError) -> [UInt8] {
    try transaction([.read(count: count)], at: address).first ?? []
  }

  /// Writes bytes, typically the number of a register, and reads bytes in the same transaction.
  public func writeRead(_ bytes: [UInt8], _ count: Int, at address: I2CAddress) throws(I2CError) -> [UInt8] {
    try transaction([.write(bytes), .read(count: count)], at: address).first ?? []
  }
}
