// Serves one device of the guest over vhost-user, as QEMU's manual describes the protocol (docs/interop/vhost-user.rst).

import CVirtio
import Foundation
import Platform

/// A device that a program plays.
protocol VirtioDevice: AnyObject, Sendable {
  /// How many queues it has.
  var queues: Int { get }
  /// Features of this kind of device.
  var features: UInt64 { get }
  /// What the driver can read of it.
  var configuration: [UInt8] { get }
  /// A driver has found it, with everything as after power-up.
  func connect()
  /// Does what is asked.
  /// - Returns: the answer; `nil` to give it later, by the queue.
  func serve(_ request: VirtioRequest, queue: Int, of server: VhostServer) throws -> [UInt8]?
}

/// The side of QEMU's socket on which a device is.
final class VhostServer: @unchecked Sendable {
  private enum Request: UInt32 {
    case getFeatures = 1, setFeatures, setOwner, resetOwner, setMemory
    case setQueueSize = 8, setQueueAddresses, setQueueBase, getQueueBase, setKick, setCall, setError
    case getProtocolFeatures = 15, setProtocolFeatures, getQueueCount, enableQueue
    case getConfiguration = 24, setConfiguration
  }

  private static let version1: UInt64 = 1 << 32
  private static let protocolFeatures: UInt64 = 1 << 30
  /// Several queues, replies on request, and a configuration space where the device has one.
  private var wanted: UInt64 { 1 << 0 | 1 << 3 | (device.configuration.isEmpty ? 0 : 1 << 9) }

  private let device: any VirtioDevice
  private let listener: FileDescriptor
  private let lock = NSRecursiveLock()
  private var queues: [Virtqueue] = []
  private var memory = GuestMemory()
  private var connection: Int32 = -1
  private var isStopped = false
  private var thread: Platform.Thread?

  /// Waits for QEMU at a path.
  init(path: String, device: any VirtioDevice) throws {
    self.device = device
    listener = try UnixSocket.listen(at: path, kind: .stream, mode: 0o600)
    thread = try Platform.Thread(name: "vhost", stack: 2 << 20) { [self] in run() }
  }

  /// Ends the service.
  func stop() {
    lock.withLock {
      isStopped = true
      if connection >= 0 { shutdown(connection, Int32(SHUT_RDWR)) }
    }
    shutdown(listener.number, Int32(SHUT_RDWR))
    thread?.join()
  }

  /// Answers a request that was left open.
  func answer(_ request: VirtioRequest, _ bytes: [UInt8], queue: Int) {
    lock.withLock { if queues.indices.contains(queue) { queues[queue].answer(request, bytes) } }
  }

  private func run() {
    while !lock.withLock({ isStopped }) {
      let number = accept(listener.number, nil, nil)
      guard number >= 0 else { return }
      lock.withLock {
        connection = number
        memory = GuestMemory()
        queues = (0..<device.queues).map { _ in Virtqueue() }
      }
      device.connect()
      do { try serve() } catch { FileHandle.standardError.write(Data("hil: \(error)\n".utf8)) }
      lock.withLock {
        queues = []
        connection = -1
      }
      close(number)
    }
  }

  private func serve() throws {
    while true {
      var waits = [pollfd(fd: connection, events: Int16(POLLIN), revents: 0)]
      waits += queues.map { pollfd(fd: $0.kick, events: Int16(POLLIN), revents: 0) }
      if poll(&waits, nfds_t(waits.count), -1) < 0 { continue }
      for (index, wait) in waits.dropFirst().enumerated() where wait.revents != 0 {
        var count: UInt64 = 0
        _ = read(queues[index].kick, &count, 8)
        try drain(index)
      }
      if waits[0].revents != 0, try !takeMessage() { return }
    }
  }

  private func drain(_ index: Int) throws {
    while let request = try lock.withLock({ try queues[index].take() }) {
      guard let bytes = try device.serve(request, queue: index, of: self) else { continue }
      answer(request, bytes, queue: index)
    }
  }

  // MARK: Messages

  private func takeMessage() throws -> Bool {
    var (descriptors, count) = ([Int32](repeating: -1, count: Int(CVIRTIO_DESCRIPTORS)), Int32(0))
    guard let header = receive(12, &descriptors, &count) else { return false }
    let (code, flags, size) = (word(header, 0), word(header, 4), Int(word(header, 8)))
    var none = [Int32](repeating: -1, count: Int(CVIRTIO_DESCRIPTORS))
    var zero: Int32 = 0
    guard size <= 4_096, let body = size == 0 ? [] : receive(size, &none, &zero) else { return false }
    let received = Array(descriptors.prefix(Int(count)))
    var reply = try lock.withLock { try handle(Request(rawValue: code), body, received) }
    if reply == nil, flags & 8 != 0 { reply = bytes(of: UInt64(0)) }
    if let reply {
      let message = bytes(of: code) + bytes(of: UInt32(5)) + bytes(of: UInt32(reply.count)) + reply
      guard send(connection, message, message.count, Int32(MSG_NOSIGNAL)) == message.count else { return false }
    }
    return true
  }

  private func receive(_ size: Int, _ descriptors: inout [Int32], _ count: inout Int32) -> [UInt8]? {
    var (bytes, have) = ([UInt8](repeating: 0, count: size), 0)
    while have < size {
      var more: Int32 = 0
      let part = bytes.withUnsafeMutableBytes { buffer in
        cvirtio_receive(connection, buffer.baseAddress.map { $0 + have }, size - have, &descriptors, &more)
      }
      guard part > 0 else { return nil }
      if more > 0 { count = more }
      have += part
    }
    return bytes
  }

  private func handle(_ request: Request?, _ body: [UInt8], _ descriptors: [Int32]) throws -> [UInt8]? {
    switch request {
    case .getFeatures:
      return bytes(
        of: Self.version1 | Self.protocolFeatures | Virtqueue.indirect | Virtqueue.eventIndex | device.features)
    case .setFeatures: for queue in queues { queue.features = long(body, 0) }
    case .getProtocolFeatures: return bytes(of: wanted)
    case .getQueueCount: return bytes(of: UInt64(device.queues))
    case .setMemory: try map(body, descriptors)
    case .setQueueSize: try queue(word(body, 0)).size = Int(word(body, 4))
    case .setQueueBase: try queue(word(body, 0)).position = UInt16(truncatingIfNeeded: word(body, 4))
    case .setQueueAddresses:
      try queue(word(body, 0)).place(
        descriptors: long(body, 8), available: long(body, 24), used: long(body, 16), in: memory)
    case .getQueueBase:
      let queue = try queue(word(body, 0))
      replace(&queue.kick, by: nil)
      return bytes(of: word(body, 0)) + bytes(of: UInt32(queue.position))
    case .setKick: replace(&(try queue(UInt32(long(body, 0) & 0xFF))).kick, by: descriptors.first)
    case .setCall: replace(&(try queue(UInt32(long(body, 0) & 0xFF))).call, by: descriptors.first)
    case .getConfiguration:
      let (offset, size) = (Int(word(body, 0)), Int(word(body, 4)))
      let space = device.configuration + [UInt8](repeating: 0, count: 256)
      return Array(body.prefix(12)) + space[min(offset, 256)..<min(offset + size, 256)]
    case .setError, .setConfiguration: for descriptor in descriptors { close(descriptor) }
    case .setOwner, .resetOwner, .setProtocolFeatures, .enableQueue, nil: break
    }
    return nil
  }

  private func map(_ body: [UInt8], _ descriptors: [Int32]) throws {
    memory = GuestMemory()
    for (index, descriptor) in descriptors.enumerated() where index < word(body, 0) {
      let at = 8 + 32 * index
      try memory.add(
        guest: long(body, at), size: long(body, at + 8), user: long(body, at + 16), offset: long(body, at + 24),
        descriptor: descriptor)
    }
  }

  private func queue(_ index: UInt32) throws -> Virtqueue {
    guard queues.indices.contains(Int(index)) else { throw HILError("QEMU names queue \(index) of \(queues.count)") }
    return queues[Int(index)]
  }

  private func replace(_ descriptor: inout Int32, by new: Int32?) {
    if descriptor >= 0 { close(descriptor) }
    descriptor = new ?? -1
  }

  private func bytes<Number: FixedWidthInteger>(of value: Number) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }

  private func word(_ bytes: [UInt8], _ at: Int) -> UInt32 { UInt32(truncatingIfNeeded: number(bytes, at, 4)) }
  private func long(_ bytes: [UInt8], _ at: Int) -> UInt64 { number(bytes, at, 8) }

  private func number(_ bytes: [UInt8], _ at: Int, _ count: Int) -> UInt64 {
    bytes.dropFirst(at).prefix(count).enumerated().reduce(0) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
  }
}
