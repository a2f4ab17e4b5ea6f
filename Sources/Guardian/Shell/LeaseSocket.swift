// The socket on which the controller asks.

import Glibc
import Platform

/// Listens for the controller and speaks lease and status frames with it.
///
/// One connection at a time: a controller that connects anew, after a restart, takes the place of its last life. A peer of another
/// user is refused, whatever it sends.
struct LeaseSocket: ~Copyable {
  /// What has come in.
  enum Arrival {
    case nothing
    case frame(LeaseFrame)
    /// Bytes that are no frame.
    case garbage
    /// The controller has hung up. It stays so until ``hangUp()``.
    case end
  }

  private let listener: FileDescriptor
  private let allowedUser: UInt32
  private var connection: FileDescriptor?
  private let buffer: UnsafeMutableRawBufferPointer

  /// Listens at a path for frames of one user.
  init(path: String, allowedUser: UInt32) throws(SystemError) {
    self.init(listener: try Self.listen(at: path), allowedUser: allowedUser)
  }

  private init(listener: consuming FileDescriptor, allowedUser: UInt32) {
    self.listener = listener
    self.allowedUser = allowedUser
    // One byte more than a frame, so that a longer message is seen to be longer.
    buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(LeaseFrame.size + 1, StatusFrame.size), alignment: 8)
  }

  deinit { buffer.deallocate() }

  private static func listen(at path: String) throws(SystemError) -> FileDescriptor {
    let listener = try UnixSocket.listen(at: path, kind: .sequencedPackets, mode: 0o660, backlog: 4)
    guard fcntl(listener.number, F_SETFL, O_NONBLOCK) == 0 else { throw .last("configure \(path)") }
    return listener
  }

  /// Descriptors to wait on: the listener and the connection, −1 without one.
  var descriptors: (listener: Int32, connection: Int32) { (listener.number, connectionNumber ?? -1) }

  private var connectionNumber: Int32? {
    switch connection {
    case .some(let open): open.number
    case .none: nil
    }
  }

  /// Takes a waiting controller.
  /// - Returns: the user of a peer that was refused.
  mutating func acceptController() -> UInt32? {
    guard let peer = UnixSocket.accept(from: listener) else { return nil }
    let user = UnixSocket.peerUser(of: peer)
    guard user == allowedUser || user == 0 else { return user ?? UInt32.max }
    connection = consume peer
    return nil
  }

  /// Takes the next frame, if one has come.
  mutating func receive() -> Arrival {
    guard let number = connectionNumber else { return .nothing }
    let count = recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
    if count > 0 {
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      return LeaseFrame(bytes).map { .frame($0) } ?? .garbage
    }
    return count == 0 || (errno != EAGAIN && errno != EINTR) ? .end : .nothing
  }

  /// Closes the connection. A controller that waits for this knows that its outputs are in failsafe.
  mutating func hangUp() { connection = nil }

  /// Tells the controller how things stand. A controller that does not read misses it; nobody waits for it.
  func send(_ status: StatusFrame) {
    guard let number = connectionNumber else { return }
    status.encode(into: buffer)
    _ = Glibc.send(
      number, buffer.baseAddress, StatusFrame.size, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
  }
}
