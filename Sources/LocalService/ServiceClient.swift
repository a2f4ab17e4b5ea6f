// Asking a running daemon.

package import FoundationEssentials
import Glibc
import Platform

/// Why a daemon could not be asked.
public enum ServiceClientError: Error, Equatable, Sendable {
  /// Nobody listens at the socket.
  case notRunning(socket: String)
  /// The socket may not be opened by this user.
  case notAllowed(socket: String)
  /// The connection broke, or the answer was no answer.
  case broken(String)
  /// The daemon refused.
  case refused(ServiceError)
}

/// A connection to the local service of a daemon; one request at a time.
public final class ServiceClient {
  private let connection: FileDescriptor
  private var received = LineBuffer(limit: ServiceCoding.longestResponse)
  private var nextID = 1

  /// Where the service of a device listens.
  public static let systemSocket = "/run/bombyx/bombyxd.sock"

  /// Connects to a service.
  public init(socket: String) throws(ServiceClientError) {
    do throws(SystemError) {
      connection = try UnixSocket.connect(to: socket, kind: .stream)
    } catch {
      throw error.code == EACCES ? .notAllowed(socket: socket) : .notRunning(socket: socket)
    }
    // A daemon that is stopped must not hang the command line.
    var timeout = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(connection.number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Sends a request and waits for its result.
  public func call<Result: Codable & Sendable>(
    _ method: ServiceMethod, _ parameters: ServiceParameters? = nil, returning: Result.Type
  ) throws(ServiceClientError) -> Result {
    try send(method, parameters)
    return try next(Result.self)
  }

  /// Sends a request without waiting.
  public func send(_ method: ServiceMethod, _ parameters: ServiceParameters? = nil) throws(ServiceClientError) {
    guard var line = ServiceCoding.encode(ServiceRequest(id: nextID, method: method, params: parameters)) else {
      throw .broken("the request could not be encoded")
    }
    nextID += 1
    line.append(UInt8(ascii: "\n"))
    var rest = line[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(connection.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .broken("the daemon closed the connection") }
      rest = rest.dropFirst(count)
    }
  }

  /// Waits for the next message.
  public func next<Result: Codable & Sendable>(_: Result.Type) throws(ServiceClientError) -> Result {
    try Self.result(Result.self, of: try nextLine())
  }

  /// What a line of the daemon says.
  package static func result<Result: Codable & Sendable>(
    _: Result.Type, of line: Data
  ) throws(ServiceClientError) -> Result {
    guard let response = ServiceCoding.decode(ServiceResponse<Result>.self, from: line) else {
      throw .broken("the daemon's answer could not be read; is it of the same version?")
    }
    if let error = response.error { throw .refused(error) }
    guard let result = response.result else { throw .broken("the daemon's answer is empty") }
    return result
  }

  private func nextLine() throws(ServiceClientError) -> Data {
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      if let line = received.next() { return line }
      guard !received.isTooLong else { throw .broken("the daemon's answer is too long") }
      let count = recv(connection.number, &chunk, chunk.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .broken("the daemon did not answer within 10 s") }
      guard count > 0 else { throw .broken("the daemon closed the connection") }
      received.append(chunk[..<count])
    }
  }
}
