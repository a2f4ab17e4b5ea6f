// A queue between a driver in the guest and its device here: virtio 1.2, split virtqueues (§2.7).

import CVirtio
import Foundation

/// What a driver asks of its device.
struct VirtioRequest {
  /// Bytes from the driver.
  let bytes: [UInt8]
  /// How many bytes the driver has room for.
  let room: Int
  fileprivate let head: UInt16
  fileprivate let answers: [UnsafeMutableRawBufferPointer]
}

/// One queue of one device.
final class Virtqueue {
  static let indirect: UInt64 = 1 << 28
  static let eventIndex: UInt64 = 1 << 29

  /// Where the guest tells of new requests, and where it is told of answers; -1 for none.
  var kick: Int32 = -1
  var call: Int32 = -1
  var size = 0
  var features: UInt64 = 0
  private var memory = GuestMemory()
  private var descriptors = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var available = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var used = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var next: UInt16 = 0
  private var answered: UInt16 = 0

  deinit { for descriptor in [kick, call] where descriptor >= 0 { close(descriptor) } }

  /// The next request's index.
  var position: UInt16 {
    get { next }
    set { next = newValue }
  }

  /// Finds the three parts of the queue, by addresses of QEMU.
  func place(descriptors: UInt64, available: UInt64, used: UInt64, in memory: GuestMemory) throws {
    self.memory = memory
    self.descriptors = try memory.bytes(atUser: descriptors, count: 16 * size)
    self.available = try memory.bytes(atUser: available, count: 6 + 2 * size)
    self.used = try memory.bytes(atUser: used, count: 6 + 8 * size)
    answered = index(of: self.used)
  }

  /// The next request; `nil` when there is none, and the guest will tell of the next.
  func take() throws -> VirtioRequest? {
    guard size > 0, available.count > 0 else { return nil }
    if index(of: available) == next {
      guard features & Self.eventIndex != 0 else { return nil }
      store(next, in: used, at: 4 + 8 * size)
      guard index(of: available) != next else { return nil }
    }
    let head = available.loadUnaligned(fromByteOffset: 4 + 2 * (Int(next) % size), as: UInt16.self)
    next &+= 1
    return try request(head)
  }

  private func request(_ head: UInt16) throws -> VirtioRequest {
    var (table, index) = (descriptors, Int(head))
    var bytes: [UInt8] = []
    var answers: [UnsafeMutableRawBufferPointer] = []
    for _ in 0..<1_024 {
      guard 16 * index + 16 <= table.count else { throw HILError("a request leads out of its table") }
      let address = table.loadUnaligned(fromByteOffset: 16 * index, as: UInt64.self)
      let count = Int(table.loadUnaligned(fromByteOffset: 16 * index + 8, as: UInt32.self))
      let flags = table.loadUnaligned(fromByteOffset: 16 * index + 12, as: UInt16.self)
      if flags & 4 != 0 {
        (table, index) = (try memory.bytes(at: address, count: count), 0)
        continue
      }
      let part = try memory.bytes(at: address, count: count)
      if flags & 2 != 0 { answers.append(part) } else { bytes += part }
      guard flags & 1 != 0 else { break }
      index = Int(table.loadUnaligned(fromByteOffset: 16 * index + 14, as: UInt16.self))
    }
    return VirtioRequest(bytes: bytes, room: answers.reduce(0) { $0 + $1.count }, head: head, answers: answers)
  }

  /// Gives a request back with its answer, and interrupts the guest.
  func answer(_ request: VirtioRequest, _ bytes: [UInt8]) {
    guard size > 0, used.count > 0 else { return }
    var rest = bytes[...]
    for part in request.answers {
      part.copyBytes(from: rest.prefix(part.count))
      rest = rest.dropFirst(part.count)
    }
    let place = 4 + 8 * (Int(answered) % size)
    used.storeBytes(of: UInt32(request.head), toByteOffset: place, as: UInt32.self)
    used.storeBytes(of: UInt32(bytes.count), toByteOffset: place + 4, as: UInt32.self)
    answered &+= 1
    store(answered, in: used, at: 2)
    guard call >= 0 else { return }
    var one: UInt64 = 1
    _ = write(call, &one, 8)
  }

  private func index(of ring: UnsafeMutableRawBufferPointer) -> UInt16 {
    guard let start = ring.baseAddress else { return 0 }
    return cvirtio_load(start + 2)
  }

  private func store(_ value: UInt16, in ring: UnsafeMutableRawBufferPointer, at offset: Int) {
    guard let start = ring.baseAddress else { return }
    cvirtio_store(start + offset, value)
  }
}
