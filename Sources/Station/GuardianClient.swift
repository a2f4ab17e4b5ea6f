// The controller's end of the lease socket.

import CLinux
import Glibc
import Guardian
import Platform

/// Talks to the guardian without ever waiting for it.
///
/// A guardian that is away is looked for again with every frame; until then the outputs are in failsafe anyway.
struct GuardianClient: ~Copyable {
  /// How long a guardian is waited for that does not answer any more; its lease ends by itself, ns.
  private static let longestRelease: Int64 = 1_000_000_000

  private let path: String
  private var connection: FileDescriptor?
  private var isReleased = false
  private let buffer: UnsafeMutableRawBufferPointer

  init(path: String) {
    self.path = path
    buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: StatusFrame.size + 1, alignment: 8)
  }

  deinit { buffer.deallocate() }

  /// Sends a frame, connecting first if need be.
  mutating func send(_ frame: LeaseFrame) {
    if number == nil, !isReleased { reconnect() }
    guard let number else { return }
    frame.encode(into: buffer)
    let count = Glibc.send(number, buffer.baseAddress, LeaseFrame.size, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    if count < 0, errno != EAGAIN, errno != EINTR { connection = nil }
  }

  /// What a look at the socket found.
  enum Look {
    /// Nothing new.
    case unchanged
    /// The newest answer.
    case status(StatusFrame)
    /// The guardian is gone.
    case gone
  }

  /// Takes the newest answer, if there is one. Of a guardian that has hung up no answer counts any more.
  /// - Parameter sequence: of the last frame sent; after its answer none can follow.
  mutating func look(upTo sequence: UInt64) -> Look {
    var newest: StatusFrame?
    // A guardian answers each frame once; more than a few waiting answers are only the older ones.
    for _ in 0..<64 {
      guard let number else { return .gone }
      let count = recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        newest = StatusFrame(UnsafeRawBufferPointer(rebasing: buffer[..<count])) ?? newest
        if newest?.sequence == sequence { break }
        continue
      }
      if count == 0 || (errno != EAGAIN && errno != EINTR) {
        connection = nil
        return .gone
      }
      break
    }
    return newest.map { .status($0) } ?? .unchanged
  }

  /// Hangs up for good, and waits until the guardian has put the outputs in failsafe, which it says by hanging up itself.
  mutating func release() {
    isReleased = true
    guard let number else { return }
    shutdown(number, Int32(SHUT_WR))
    let deadline = MonotonicTime.now() + Self.longestRelease
    while MonotonicTime.now() < deadline {
      var wait = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
      _ = poll(&wait, 1, Int32(clamping: (deadline - MonotonicTime.now()) / 1_000_000 + 1))
      let count = recv(number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { break }
    }
    connection = nil
  }

  private var number: Int32? {
    switch connection {
    case .some(let open): open.number
    case .none: nil
    }
  }

  private mutating func reconnect() {
    guard let new = try? UnixSocket.connect(to: path, kind: .sequencedPackets) else { return }
    _ = fcntl(new.number, F_SETFL, O_NONBLOCK)
    connection = consume new
  }
}
