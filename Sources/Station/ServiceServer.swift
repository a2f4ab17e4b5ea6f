// The server of the local service: connections, lines, subscriptions.

import CLinux
import FoundationEssentials
import Glibc
import LocalService
import Platform

/// Serves JSON-RPC on a Unix socket, in one thread of its own, without ever waiting for one client.
final class ServiceServer: Sendable {
  /// Most connections at once (`security-and-deployment.md` §6, 24).
  static let mostConnections = 16
  /// A client that does not read its answers is dropped when so many bytes wait for it.
  static let mostUnread = 64 * 1024 * 1024

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
    while !isStopping.withLock({ $0 }) {
      let isKnockedAt = wait(clients)
      while isKnockedAt, let connection = UnixSocket.accept(from: listener) {
        let client = ClientConnection(connection)
        guard clients.count < Self.mostConnections else {
          client.refuse()
          continue
        }
        clients.append(client)
      }
      for client in clients { client.serve(handler) }
      clients.removeAll(where: \.isDone)
    }
    unlink(path)
  }

  /// Waits until somebody connects, asks, or is due a status.
  /// - Returns: whether somebody wants to connect.
  private func wait(_ clients: [ClientConnection]) -> Bool {
    var waits = [pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0)]
    var timeout: Int32 = -1
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
  private let peer: String
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  private var subscription: (interval: Int64, next: Int64)?
  private(set) var isDone = false

  init(_ connection: consuming FileDescriptor) {
    peer = Self.name(of: UnixSocket.peerUser(of: connection))
    self.connection = connection
  }

  var number: Int32 { connection.number }

  var events: Int16 { Int16(POLLIN) | (output.isEmpty ? 0 : Int16(POLLOUT)) }

  /// Milliseconds until a subscription is due, rounded up; `nil` without one.
  var timeUntilDue: Int32? {
    guard let subscription else { return nil }
    return Int32(clamping: max(0, (subscription.next - MonotonicTime.now() + 999_999) / 1_000_000))
  }

  func refuse() {
    put(
      ServiceResponse<Acknowledgement>(
        id: nil, result: nil, error: ServiceError(.busy, "too many connections; try again later", zh: "连接过多，请稍后再试")))
    flush()
  }

  func serve(_ handler: RequestHandler) {
    read()
    while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Data(input[..<end])
      input.removeFirst(end + 1)
      answer(line, handler)
    }
    if input.count > ServiceCoding.longestRequest {
      put(Self.error(.invalidRequest, "the line is longer than 64 KiB", zh: "请求行超过64 KiB"))
      input.removeAll()
      isDone = true
    }
    publish(handler)
    flush()
    if output.count > ServiceServer.mostUnread { isDone = true }
  }

  private func answer(_ line: Data, _ handler: RequestHandler) {
    guard let request = ServiceCoding.decode(ServiceRequest.self, from: line) else {
      put(Self.error(.parse, "the line is no JSON-RPC request", zh: "该行不是JSON-RPC请求"))
      return
    }
    if request.method == ServiceMethod.subscribe.rawValue {
      let interval = min(max(request.params?.interval ?? 1, 0.1), 3_600)
      subscription = (Int64(interval * 1e9), MonotonicTime.now())
      return
    }
    if let response = handler.answer(request, from: peer) { append(response) }
  }

  private func publish(_ handler: RequestHandler) {
    guard let due = subscription, MonotonicTime.now() >= due.next else { return }
    subscription = (due.interval, MonotonicTime.now() + due.interval)
    // A client that has not read the last status does not need another.
    if output.isEmpty, let status = handler.statusLine() { append(status) }
  }

  private func read() {
    var chunk = [UInt8](repeating: 0, count: 16 * 1024)
    while input.count <= ServiceCoding.longestRequest {
      let count = recv(connection.number, &chunk, chunk.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        input.append(contentsOf: chunk[..<count])
        continue
      }
      if count == 0 || (errno != EAGAIN && errno != EINTR) { isDone = true }
      return
    }
  }

  private func flush() {
    while !output.isEmpty {
      let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
      let count = output.withUnsafeBytes { send(connection.number, $0.baseAddress, $0.count, flags) }
      if count <= 0 {
        if errno != EAGAIN, errno != EINTR { isDone = true }
        return
      }
      output.removeFirst(count)
    }
  }

  private func put(_ message: some Encodable) {
    if let data = ServiceCoding.encode(message) { append(data) }
  }

  private func append(_ line: Data) {
    output.append(contentsOf: line)
    output.append(UInt8(ascii: "\n"))
  }

  private static func error(_ code: ServiceError.Code, _ text: String, zh: String) -> ServiceResponse<Acknowledgement> {
    ServiceResponse(id: nil, result: nil, error: ServiceError(code, text, zh: zh))
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
