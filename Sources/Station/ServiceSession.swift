// One client's conversation with the local service, without the socket.

import LocalService

/// What one client has said and is to be told: bytes in, bytes out.
package struct ServiceSession {
  private let peer: String
  private var input = LineBuffer(limit: ServiceCoding.longestRequest)
  private var subscription: (interval: Int64, next: Int64)?
  /// Bytes for the client; whoever sends them takes them away.
  package var output: [UInt8] = []
  /// Whether the connection is to be closed.
  package private(set) var isDone = false

  /// A conversation with a user.
  package init(peer: String) { self.peer = peer }

  /// Whether as much waits as one request may have; the rest may stay in the socket.
  var hasEnough: Bool { input.count > ServiceCoding.longestRequest }

  /// When the client is to be sent a status, monotonic nanoseconds; `nil` without a subscription.
  var statusDue: Int64? { subscription?.next }

  /// Takes bytes of the client in.
  package mutating func receive(_ bytes: some Collection<UInt8>) { input.append(bytes) }

  /// Answers the next whole line.
  /// - Parameter now: monotonic nanoseconds.
  /// - Returns: whether there was one.
  package mutating func answerNext(_ handler: RequestHandler, now: Int64) -> Bool {
    guard let line = input.next() else {
      if input.isTooLong, !isDone {
        put(Self.error(.invalidRequest, "the line is longer than 64 KiB", zh: "请求行超过64 KiB"))
        isDone = true
      }
      return false
    }
    if let request = ServiceCoding.decode(ServiceRequest.self, from: line) {
      answer(request, handler, now: now)
    } else {
      put(Self.error(.parse, "the line is no JSON-RPC request", zh: "该行不是JSON-RPC请求"))
    }
    return true
  }

  /// Sends the status, if it is due.
  /// - Parameter now: monotonic nanoseconds.
  package mutating func publish(_ handler: RequestHandler, now: Int64) {
    guard let due = subscription, now >= due.next else { return }
    subscription = (due.interval, now + due.interval)
    // A client that has not read the last status does not need another.
    if output.isEmpty, let status = handler.statusLine() { append(status) }
  }

  /// Tells the client that it cannot be served.
  mutating func refuse() { put(Self.error(.busy, "too many connections; try again later", zh: "连接过多，请稍后再试")) }

  private mutating func answer(_ request: ServiceRequest, _ handler: RequestHandler, now: Int64) {
    if request.method == ServiceMethod.subscribe.rawValue {
      let interval = min(max(request.params?.interval ?? 1, 0.1), 3_600)
      subscription = (Int64(interval * 1e9), now)
      return
    }
    if let response = handler.answer(request, from: peer) { append(response) }
  }

  private mutating func put(_ message: some Encodable) {
    if let data = ServiceCoding.encode(message) { append(data) }
  }

  private mutating func append(_ line: some Collection<UInt8>) {
    output.append(contentsOf: line)
    output.append(UInt8(ascii: "\n"))
  }

  private static func error(_ code: ServiceError.Code, _ text: String, zh: String) -> ServiceResponse<Acknowledgement> {
    ServiceResponse(id: nil, result: nil, error: ServiceError(code, text, zh: zh))
  }
}
