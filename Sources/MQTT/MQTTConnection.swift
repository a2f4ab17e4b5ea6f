// One connection to a broker, from the attempt to its end.

import CMosquitto
import Glibc
import Platform

/// One connection to a broker with MQTT 3.1.1, from the attempt to its end.
///
/// Everything happens in the thread that calls ``step(waiting:orReadable:)``; nothing is called back. The session is clean: after the end,
/// another connection knows nothing of this one. Only the search for the host's address can hold the caller for longer than it asked for:
/// as long as the system's resolver takes.
public final class MQTTConnection {
  /// How far it has come.
  public enum State: Equatable, Sendable {
    /// The broker has not answered yet.
    case connecting
    /// The broker has accepted.
    case connected
    /// It is over.
    case closed(MQTTError)
  }

  /// How far it has come.
  public private(set) var state = State.connecting
  /// Messages of ``MQTTQuality/atLeastOnce`` that the broker has not acknowledged yet.
  public private(set) var unacknowledged = 0

  /// The socket, for those who wait for many connections at once: they call ``step(waiting:orReadable:)`` when it is readable, when it is
  /// writable and ``wantsToWrite``, and every second. -1 if there is none.
  public var descriptor: Int32 { isClosed ? -1 : library.socket }
  /// Whether something waits to be written to the socket.
  public var wantsToWrite: Bool { !isClosed && library.wantsToWrite }

  private let library: MosquittoClient
  private let answerDue: Int64
  private let slice: Int64
  private var events: [MQTTEvent] = []

  /// Begins to connect.
  /// - Parameter onlyIPv4: to leave out the host's other addresses. The library tries the first address that the kernel accepts, so a
  ///   caller whose attempt came ``MQTTError/tooLate`` may try the others by this.
  /// - Throws: ``MQTTError/settings(_:)`` and ``MQTTError/machine(_:)`` alone; what the network does comes as ``MQTTEvent/closed(_:)``.
  public init(_ settings: MQTTSettings, onlyIPv4: Bool = false) throws(MQTTError) {
    library = try MosquittoClient(settings)
    answerDue = MonotonicTime.now() + Int64(settings.patience) * 1_000_000_000
    slice = Int64(settings.keepAlive) * 250_000_000
    library.report = { [unowned self] report in take(report) }
    if let error = library.connect(settings, onlyIPv4: onlyIPv4) { close(error) }
  }

  /// Passes messages in both directions, and returns what happened: as soon as something has, or one of the other descriptors is
  /// readable, or the time is over.
  /// - Parameters:
  ///   - milliseconds: how long to wait at most; 0 to look only.
  ///   - others: descriptors that end the wait as well.
  public func step(waiting milliseconds: Int, orReadable others: [Int32] = []) -> [MQTTEvent] {
    let due = MonotonicTime.now() + Int64(milliseconds) * 1_000_000
    var interrupted = false
    while events.isEmpty, !interrupted, !isClosed {
      let now = MonotonicTime.now()
      if state == .connecting, now >= answerDue {
        close(.tooLate)
        break
      }
      var until = min(due, now + slice)
      if state == .connecting { until = min(until, answerDue) }
      // Rounded up, so that the end of the wait is not spent looking again and again.
      interrupted = pass(waiting: max(0, (until - now + 999_999) / 1_000_000), others)
      if now >= due { break }
    }
    defer { events.removeAll() }
    return events
  }

  /// One look at the descriptors, and what is due. Returns whether one of the others was readable.
  private func pass(waiting milliseconds: Int64, _ others: [Int32]) -> Bool {
    var descriptors = [pollfd(fd: library.socket, events: Int16(POLLIN), revents: 0)]
    if library.wantsToWrite { descriptors[0].events |= Int16(POLLOUT) }
    descriptors += others.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&descriptors, UInt(descriptors.count), Int32(clamping: milliseconds)) >= 0 else { return errno == EINTR }
    let ready = descriptors[0].revents
    if ready != 0, let error = serve(ready) { close(error) }
    if !isClosed, let error = library.keepAlive() { close(error) }
    return descriptors.dropFirst().contains { $0.revents != 0 }
  }

  private func serve(_ ready: Int16) -> MQTTError? {
    let isBroken = ready & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    if state == .connecting {
      // The library takes a connection that was refused for one that is still on its way. What the other side said before it broke
      // the connection, such as why, is read first.
      if isBroken, let error = library.breakage { return error }
      if let error = library.read() { return error }
      // A broker that does not like a certificate says so right after the handshake, and takes nothing more.
      if library.wantsToWrite, let error = library.read() { return error }
      if isBroken, !isClosed, let error = library.breakage { return error }
    } else if ready & Int16(POLLIN) != 0 || isBroken {
      if let error = library.read() { return error }
    }
    return ready & Int16(POLLOUT) != 0 && !isClosed ? library.write() : nil
  }

  private var isClosed: Bool {
    if case .closed = state { true } else { false }
  }

  private func take(_ report: MosquittoClient.Report) {
    guard !isClosed else { return }
    switch report {
    case .connected:
      state = .connected
      events.append(.connected)
    case .subscribed(let granted): events.append(.subscribed(granted: granted))
    case .acknowledged(let number):
      unacknowledged -= 1
      events.append(.acknowledged(MessageID(number: number)))
    case .received(let message): events.append(.received(message))
    case .disconnected(let error): close(error)
    }
  }

  private func close(_ error: MQTTError) {
    guard !isClosed else { return }
    let error = state == .connecting && error == .lost ? .dropped : error
    state = .closed(error)
    events.append(.closed(error))
  }

  /// Why nothing can be sent now, if so.
  private func checkOpen() throws(MQTTError) {
    switch state {
    case .connected: return
    case .connecting: throw .settings("not connected yet")
    case .closed(let error): throw error
    }
  }

  /// Asks for what matches filters; the answer is ``MQTTEvent/subscribed(granted:)``.
  public func subscribe(_ filters: [String], quality: MQTTQuality = .atLeastOnce) throws(MQTTError) {
    try checkOpen()
    if let error = library.subscribe(filters, quality) {
      close(error)
      throw error
    }
  }

  /// Sends a message, or keeps it until the window and the network let it go.
  /// - Returns: what ``MQTTEvent/acknowledged(_:)`` will name, if it is to be acknowledged. A message of ``MQTTQuality/atMostOnce`` is not.
  @discardableResult
  public func publish(_ message: MQTTMessage) throws(MQTTError) -> MessageID {
    try checkOpen()
    let number: Int32
    do {
      number = try library.publish(message)
    } catch {
      if case .settings = error { throw error }
      close(error)
      throw error
    }
    if message.quality == .atLeastOnce { unacknowledged += 1 }
    return MessageID(number: number)
  }

  /// Says farewell, so that the broker does not send the will, and closes.
  /// - Parameter milliseconds: how long the network may take for it.
  public func end(within milliseconds: Int = 1_000) {
    guard !isClosed else { return }
    let due = MonotonicTime.now() + Int64(milliseconds) * 1_000_000
    if state == .connected {
      library.disconnect()
      while !isClosed, MonotonicTime.now() < due { _ = pass(waiting: 20, []) }
    }
    close(.ended)
    events.removeAll()
  }
}
