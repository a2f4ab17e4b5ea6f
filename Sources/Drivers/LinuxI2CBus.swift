// An I2C bus of the Linux kernel.

import CI2C
import Glibc
import Synchronization

/// A bus of the kernel, `/dev/i2c-N`.
///
/// Opened with the first transaction and again after it was gone, so that a bus that comes later is found. Error numbers are those
/// of the kernel's `Documentation/i2c/fault-codes.rst`.
public final class LinuxI2CBus: I2CBus {
  /// Longest a transfer may take, in the kernel's unit of 10 ms.
  private static let timeout: UInt = 20

  /// Name for people: `i2c1`.
  public let name: String
  private let adapter: I2CAdapter
  private let adapters: I2CAdapters
  private let state = Mutex(State())

  private struct State {
    var descriptor: Int32?
    /// The N of `/dev/i2c-N`, if the open device has one.
    var number: Int?
    var verified: Set<I2CAddress> = []
    var timeoutsInARow: [I2CAddress] = []
    /// Whether the adapter takes messages to several devices in one call; some (bcm2835) read only in the last message.
    var canBatch = true
    /// Batches to be carried out one by one after one that failed, so that an absent sensor does not cost every sweep twice.
    var batchesToSkip = 0
  }

  /// About a minute of sweeps with two batches each.
  private static let batchesAfterFailure = 120

  /// A bus that is not open yet.
  /// - Parameters:
  ///   - name: for people.
  ///   - adapter: where it is found, each time it is opened.
  ///   - adapters: the adapters of the machine.
  public init(name: String, adapter: I2CAdapter, adapters: I2CAdapters = I2CAdapters()) {
    (self.name, self.adapter, self.adapters) = (name, adapter, adapters)
  }

  deinit {
    state.withLock { if let descriptor = $0.descriptor { close(descriptor) } }
  }

  /// One `I2C_RDWR` call for all operations. Opens the bus if needed; never longer than the limit set on the adapter.
  public func transaction(_ operations: [I2COperation], at address: I2CAddress) throws(I2CError) -> [[UInt8]] {
    let result = state.withLock { state in
      Result { () throws(I2CFault.Thrown) in
        let descriptor = try open(&state)
        try verify(address, &state)
        return try transfer(operations.map { (address, $0) }, descriptor, &state)
      }
    }
    switch result {
    case .success(let bytes): return bytes
    case .failure(let thrown): throw I2CError(thrown.fault, bus: name, address: address)
    }
  }

  /// One `I2C_RDWR` call for all transactions. If it fails they are carried out one by one, which tells who did not answer. A device
  /// that had been served before the one that failed may refuse to be served twice: it then loses this one reading.
  public func transactions(_ batch: [I2CTransaction]) -> [Result<[[UInt8]], I2CError>] {
    let together = state.withLock { state -> [[UInt8]]? in
      guard batch.count > 1, state.canBatch else { return nil }
      guard state.batchesToSkip == 0 else {
        state.batchesToSkip -= 1
        return nil
      }
      do throws(I2CFault.Thrown) {
        let descriptor = try open(&state)
        for item in batch { try verify(item.address, &state) }
        return try transfer(batch.flatMap { item in item.operations.map { (item.address, $0) } }, descriptor, &state)
      } catch {
        if error.fault == .notSupported { state.canBatch = false }
        state.batchesToSkip = Self.batchesAfterFailure
        return nil
      }
    }
    guard var reads = together?[...] else { return oneByOne(batch) }
    return batch.map { item in
      let count = item.operations.count { if case .read = $0 { true } else { false } }
      defer { reads = reads.dropFirst(count) }
      return .success(Array(reads.prefix(count)))
    }
  }

  /// Whether a device answers at an address, asked in the way of `i2cdetect`: by a write of no bytes, or by reading a byte where such
  /// a write could corrupt an EEPROM.
  public func probe(_ address: I2CAddress) -> Result<Bool, I2CError> {
    state.withLock { state in
      Result { () throws(I2CFault.Thrown) in
        let descriptor = try open(&state)
        // The kernel refuses such a device too, but does not say whose it is.
        try verify(address, &state)
        try check(ci2c_select(descriptor, UInt16(address.value)), &state)
        let readsByte = (0x30...0x37).contains(address.value) || (0x50...0x5F).contains(address.value)
        let code = ci2c_probe(descriptor, readsByte ? 1 : 0)
        do throws(I2CFault.Thrown) {
          try check(code, address, &state)
          return true
        } catch {
          guard error.fault == .noAcknowledge else { throw error }
          return false
        }
      }.mapError { I2CError($0.fault, bus: name, address: address) }
    }
  }

  // MARK: The device

  private func open(_ state: inout State) throws(I2CFault.Thrown) -> Int32 {
    if let descriptor = state.descriptor { return descriptor }
    let path = try devicePath()
    let descriptor = Glibc.open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw .init(errno == ENOENT || errno == ENXIO ? .removed : .other(code: errno)) }
    var functions: UInt = 0
    guard ci2c_functions(descriptor, &functions) == 0, functions & UInt(I2C_FUNC_I2C) != 0 else {
      close(descriptor)
      throw .init(.notSupported)
    }
    // Adapters that know no limits keep their own, about a second.
    _ = ci2c_set_limits(descriptor, Self.timeout, 0)
    state.descriptor = descriptor
    state.number = adapters.number(ofDevice: path)
    return descriptor
  }

  /// Looked for with each opening: an adapter that went away can come back with another number.
  private func devicePath() throws(I2CFault.Thrown) -> String {
    switch adapter {
    case .device(let path): return path
    case .named(let name):
      let numbers = adapters.numbers(named: name)
      guard let number = numbers.first else { throw .init(.removed) }
      // Which of two is meant cannot be told, and a wrong one would measure another shed.
      guard numbers.count == 1 else { throw .init(.other(code: ENOTUNIQ)) }
      return "/dev/i2c-\(number)"
    }
  }

  /// A combined transfer does not ask whether a kernel driver has the address, so it is asked here, once.
  private func verify(_ address: I2CAddress, _ state: inout State) throws(I2CFault.Thrown) {
    guard !state.verified.contains(address) else { return }
    if let number = state.number, let driver = adapters.driver(of: address, bus: number) {
      throw .init(.inUseByKernelDriver(driver))
    }
    state.verified.insert(address)
  }

  // MARK: Transfers

  private func transfer(
    _ operations: [(address: I2CAddress, operation: I2COperation)], _ descriptor: Int32, _ state: inout State
  ) throws(I2CFault.Thrown) -> [[UInt8]] {
    guard let first = operations.first else { return [] }
    var buffer: [UInt8] = []
    for (_, operation) in operations {
      switch operation {
      case .write(let bytes): buffer += bytes
      case .read(let count): buffer += repeatElement(0, count: count)
      }
    }
    let code = buffer.withUnsafeMutableBufferPointer { bytes in
      withUnsafeTemporaryAllocation(of: i2c_msg.self, capacity: operations.count) { messages in
        var offset = 0
        for (index, (address, operation)) in operations.enumerated() {
          let (flags, count) = operation.flagsAndCount
          messages.initializeElement(
            at: index,
            to: i2c_msg(
              addr: UInt16(address.value), flags: flags, len: UInt16(clamping: count),
              buf: bytes.baseAddress.map { $0 + offset }))
          offset += count
        }
        guard let first = messages.baseAddress else { return Int32(0) }
        return ci2c_transfer(descriptor, first, UInt32(operations.count))
      }
    }
    try check(code, first.address, &state)
    // Some drivers report a device that does not acknowledge as a short count.
    guard code == operations.count else { throw .init(.noAcknowledge) }
    return reads(of: operations.map(\.operation), in: buffer)
  }

  private func reads(of operations: [I2COperation], in buffer: [UInt8]) -> [[UInt8]] {
    var reads: [[UInt8]] = []
    var rest = buffer[...]
    for operation in operations {
      let count = operation.flagsAndCount.count
      if case .read = operation { reads.append(Array(rest.prefix(count))) }
      rest = rest.dropFirst(count)
    }
    return reads
  }

  private func check(_ code: Int32, _ address: I2CAddress, _ state: inout State) throws(I2CFault.Thrown) {
    guard code == -ETIMEDOUT else {
      state.timeoutsInARow = []
      return try check(code, &state)
    }
    // One slow device times out alone; a line held low stops them all.
    state.timeoutsInARow = state.timeoutsInARow.suffix(3) + [address]
    throw .init(Set(state.timeoutsInARow).count > 1 || state.timeoutsInARow.count > 3 ? .busStuck : .timeout)
  }

  /// Any other error than a timeout.
  private func check(_ code: Int32, _ state: inout State) throws(I2CFault.Thrown) {
    guard code < 0 else { return }
    switch -code {
    case ENXIO, EREMOTEIO, EIO: throw .init(.noAcknowledge)
    case EAGAIN: throw .init(.arbitrationLost)
    case EBUSY: throw .init(.inUseByKernelDriver("?"))
    case ENODEV, EBADF, ENOENT:
      if let descriptor = state.descriptor { close(descriptor) }
      state.descriptor = nil
      state.verified = []
      throw .init(.removed)
    case EOPNOTSUPP: throw .init(.notSupported)
    default: throw .init(.other(code: -code))
    }
  }
}

extension I2COperation {
  fileprivate var flagsAndCount: (flags: UInt16, count: Int) {
    switch self {
    case .write(let bytes): (0, bytes.count)
    case .read(let count): (UInt16(I2C_M_RD), count)
    }
  }
}

extension I2CFault {
  /// A fault on its way to where bus and address are known.
  fileprivate struct Thrown: Error {
    let fault: I2CFault

    init(_ fault: I2CFault) { self.fault = fault }
  }
}
