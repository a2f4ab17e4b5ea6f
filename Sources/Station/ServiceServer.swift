// The server of the local service: connections, lines, subscriptions.

import CLinux
import Glibc
import Platform

/// Serves JSON-RPC on a Unix socket, in one thread of its own, without ever waiting for one client.
final class ServiceServer: Sendable {
  /// Most connections at once (`security-and-deployment.md` §6, 24).
  static let mostConnections = 16
  /// A client that does not read its answers is dropped when so many bytes wait for it.
  static let mostUnread = 64 * 1024 * 1024

  /// How long nobody is let in when it could not be done, ns.
  private static let deafTime: Int64 = 200_000_000

  private let listener: FileDescriptor
  private let handler: RequestHandler
  private let isStopping = Monitor(false)
  private let path: String

  /// Listens at a path.
  init(path: String, handler: RequestHandler) throws(SystemError) {
    let listener = try UnixSocket.listen(at: path, kind: .stream, mode: 0o660)
    guard fcntl(listener.number, F_SETFL, O_NONBLOCK) == 0 else { throw .last("configure \(path)") }
    self.listener = listener
    self.handler = handler
    self.path = path
  }

  /// Asks ``run()`` to end.
  func stop() {
    isStopping.withLock { $0 = true }
    // Wakes the wait: a listener that is shut down is always readable.
    shutdown(listener.number, Int32(SHUT_RDWR))
  }

  /// Serves until stopped.
  func run() {
    var clients: [ClientConnection] = []
    var deafUntil: Int64?
    while !isStopping.withLock({ $0 }) {
      if let end = deafUntil, MonotonicTime.now() >= end { deafUntil = nil }
      if wait(clients, deafUntil: deafUntil), !accept(into: &clients) {
        // Nobody could be let in, for want of descriptors; the knocking would go on and on.
        deafUntil = MonotonicTime.now() + Self.deafTime
      }
      for client in clients { client.serve(handler) }
      clients.removeAll(where: \.isDone)
    }
    unlink(path)
  }

  /// Lets in who waits.
  /// - Returns: whether anybody could be let in.
  private func accept(into clients: inout [ClientConnection]) -> Bool {
    var hasAccepted = false
    while let connection = UnixSocket.accept(from: listener) {
      hasAccepted = true
      let client = ClientConnection(connection)
      guard clients.count < Self.mostConnections else {
        client.refuse()
        continue
      }
      clients.append(client)
    }
    return hasAccepted
  }

  /// Waits until somebody connects, asks, or is due a status.
  /// - Parameter deafUntil: until when nobody is let in, ns of the monotonic clock; `nil` if who knocks is heard.
  /// - Returns: whether somebody wants to connect.
  private func wait(_ clients: [ClientConnection], deafUntil: Int64?) -> Bool {
    var waits = [pollfd(fd: deafUntil == nil ? listener.number : -1, events: Int16(POLLIN), revents: 0)]
    var timeout: Int32 = deafUntil == nil ? -1 : Int32(Self.deafTime / 1_000_000)
    for client in clients {
      waits.append(pollfd(fd: client.number, events: client.events, revents: 0))
      if let due = client.timeUntilDue { timeout = timeout < 0 ? due : min(timeout, due) }
    }
    return poll(&waits, nfds_t(waits.count), timeout) > 0 && waits[0].revents != 0
  }
}

/// One connection.
private final class ClientConnection {
  private let connection: FileDescriptor
  private var session: ServiceSession
  private var isClosed = false

  init(_ connection: consuming FileDescriptor) {
    session = ServiceSession(peer: Self.name(of: UnixSocket.peerUser(of: connection)))
    self.connection = connection
  }

  var number: Int32 { connection.number }

  var isDone: Bool { isClosed || session.isDone }

  /// Who does not read the answers is not asked for more questions: so they cost no memory.
  var events: Int16 { Int16(session.output.isEmpty ? POLLIN : POLLOUT) }

  /// Milliseconds until a subscription is due, rounded up; `nil` without one.
  var timeUntilDue: Int32? {
    session.statusDue.map { Int32(clamping: max(0, ($0 - MonotonicTime.now() + 999_999) / 1_000_000)) }
  }

  func refuse() {
    session.refuse()
    flush()
  }

  func serve(_ handler: RequestHandler) {
    flush()
    if session.output.isEmpty { read() }
    while session.output.isEmpty, session.answerNext(handler, now: MonotonicTime.now()) { flush() }
    session.publish(handler, now: MonotonicTime.now())
    flush()
    if session.output.count > ServiceServer.mostUnread { isClosed = true }
  }

  private func read() {
    var chunk = [UInt8](repeating: 0, count: 16 * 1024)
    while !session.hasEnough {
      let count = recv(connection.number, &chunk, chunk.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        session.receive(chunk[..<count])
        continue
      }
      if count == 0 || (errno != EAGAIN && errno != EINTR) { isClosed = true }
      return
    }
  }

  private func flush() {
    while !session.output.isEmpty {
      let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
      let count = session.output.withUnsafeBytes { send(connection.number, $0.baseAddress, $0.count, flags) }
      if count <= 0 {
        if errno != EAGAIN, errno != EINTR { isClosed = true }
        return
      }
      session.output.removeFirst(count)
    }
  }

  /// The user's name, as it stands in records.
  private static func name(of user: UInt32?) -> String {
    guard let user else { return "unknown" }
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 4_096)
    guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.pw_name
    else { return "uid \(user)" }
    return String(cString: name)
  }
}
