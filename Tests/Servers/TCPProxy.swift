// A link between two programs that counts, and that breaks in the ways in which real ones do.

import Glibc
import Platform

/// Passes what comes on a port of 127.0.0.1 on to another, until it is told to break.
package final class TCPProxy: Sendable {
  /// One connection: both sockets, and what waits to be written to each.
  private struct Pair {
    var ends: [Int32]
    var waiting: [[UInt8]] = [[], []]
    /// Nothing passes any more, and neither side is told.
    var isDead = false
  }

  private struct State {
    var target: UInt16
    var pairs: [Pair] = []
    var isStill = false
    var isEnding = false
    /// Bytes of payload to the target, and from it.
    var bytes: (to: Int64, from: Int64) = (0, 0)
  }

  /// Bytes that wait at most for one side before the other is no longer read.
  private static let most = 256 * 1024

  package let port: UInt16
  private let listener: Int32
  private let state: Monitor<State>
  private let wakeUp: WakeUp
  private let thread: Monitor<Platform.Thread?> = Monitor(nil)

  /// - Parameter target: the port that is passed on to; may be closed.
  package init(to target: UInt16) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    port = try Port.listen(listener)
    state = Monitor(State(target: target))
    wakeUp = try WakeUp()
    let (listener, state, wakeUp) = (listener, state, wakeUp)
    let thread = try Platform.Thread(name: "proxy") {
      while Self.turn(listener, state, wakeUp) {}
    }
    self.thread.withLock { $0 = thread }
  }

  deinit {
    change { $0.isEnding = true }
    thread.withLock { $0 }?.join()
    close(listener)
  }

  /// Bytes of payload to the target, and from it.
  package var bytes: (to: Int64, from: Int64) { state.withLock { $0.bytes } }

  /// Breaks all connections: both sides are told.
  package func cut() {
    change { state in
      for pair in state.pairs { Self.reset(pair) }
      state.pairs = []
    }
  }

  /// Passes nothing on, or goes on: a link that stands still.
  package func hold(_ isStill: Bool) { change { $0.isStill = isStill } }

  /// Nothing passes any more on the connections that there are, and nobody is told: half-open links. New ones are served.
  package func deaden() {
    change { state in for index in state.pairs.indices { state.pairs[index].isDead = true } }
  }

  /// New connections go to another port.
  package func turn(to target: UInt16) { change { $0.target = target } }

  private func change(_ body: (inout State) -> Void) {
    state.withLock(body)
    wakeUp.wake()
  }

  private static func reset(_ pair: Pair) {
    for end in pair.ends {
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(end, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
      close(end)
    }
  }

  // MARK: The thread

  /// Waits, and passes on what can be.
  /// - Returns: whether to go on.
  private static func turn(_ listener: Int32, _ state: Monitor<State>, _ wakeUp: WakeUp) -> Bool {
    var descriptors = [
      pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeUp.number, events: Int16(POLLIN), revents: 0),
    ]
    state.withLock { state in
      for pair in state.pairs where !pair.isDead && !state.isStill {
        for side in 0...1 {
          var events = Int16(0)
          if pair.waiting[1 - side].count < most { events |= Int16(POLLIN) }
          if !pair.waiting[side].isEmpty { events |= Int16(POLLOUT) }
          descriptors.append(pollfd(fd: pair.ends[side], events: events, revents: 0))
        }
      }
    }
    _ = poll(&descriptors, UInt(descriptors.count), 1_000)
    wakeUp.clear()
    let ready = Dictionary(
      descriptors.dropFirst(2).map { ($0.fd, $0.revents) }, uniquingKeysWith: { first, _ in first })
    return state.withLock { state in
      if descriptors[0].revents != 0 { accept(listener, &state) }
      if state.isEnding {
        for pair in state.pairs { reset(pair) }
        return false
      }
      guard !state.isStill else { return true }
      for index in state.pairs.indices.reversed() where !state.pairs[index].isDead {
        guard !pass(&state.pairs[index], ready, &state.bytes) else { continue }
        reset(state.pairs.remove(at: index))
      }
      return true
    }
  }

  /// Reads from both sides and writes to both.
  /// - Returns: whether both still stand.
  private static func pass(_ pair: inout Pair, _ ready: [Int32: Int16], _ bytes: inout (to: Int64, from: Int64)) -> Bool
  {
    for side in 0...1 {
      guard let events = ready[pair.ends[side]], events != 0, pair.waiting[1 - side].count < most else { continue }
      var buffer = [UInt8](repeating: 0, count: 64 * 1024)
      let count = read(pair.ends[side], &buffer, buffer.count)
      if count > 0 {
        pair.waiting[1 - side] += buffer.prefix(count)
        if side == 0 { bytes.to += Int64(count) } else { bytes.from += Int64(count) }
      } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
        return false
      }
    }
    for side in 0...1 where !pair.waiting[side].isEmpty {
      let count = send(pair.ends[side], pair.waiting[side], pair.waiting[side].count, Int32(MSG_NOSIGNAL))
      if count > 0 {
        pair.waiting[side].removeFirst(count)
      } else if errno != EAGAIN, errno != EINTR {
        return false
      }
    }
    return true
  }

  private static func accept(_ listener: Int32, _ state: inout State) {
    let connection = Glibc.accept(listener, nil, nil)
    guard connection >= 0 else { return }
    let target = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard Port.connect(target, to: state.target) else {
      close(target)
      close(connection)
      return
    }
    var one: Int32 = 1
    for end in [connection, target] {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      setsockopt(end, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }
    state.pairs.append(Pair(ends: [connection, target]))
  }
}
