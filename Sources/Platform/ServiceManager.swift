// Telling systemd that the service is ready, alive or stopping.

import Glibc

/// The notification socket of the service manager, if the process was started by one.
///
/// The protocol of sd_notify(3): a datagram of `NAME=value` lines to the socket in `NOTIFY_SOCKET`. It is written out here because
/// the guardian's loop must not allocate, and because the protocol is a stable promise while the library is one more thing to load.
public struct ServiceManager: ~Copyable {
  private let socket: Int32
  /// How often the service manager wants to hear from us, nanoseconds; `nil` if it does not watch.
  public let watchdogInterval: Int64?

  /// Connects to the service manager of this process; without one, every message goes nowhere.
  public init() {
    socket = Self.connect()
    watchdogInterval = Self.readWatchdogInterval()
  }

  deinit {
    if socket >= 0 { close(socket) }
  }

  /// The service is ready.
  public func ready() { send("READY=1\n") }

  /// The service is alive. Called only from work that has been verified.
  public func alive() { send("WATCHDOG=1\n") }

  /// The service is stopping.
  public func stopping() { send("STOPPING=1\n") }

  private func send(_ message: StaticString) {
    guard socket >= 0 else { return }
    _ = Glibc.send(socket, message.utf8Start, message.utf8CodeUnitCount, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
  }

  private static func connect() -> Int32 {
    guard let value = getenv("NOTIFY_SOCKET") else { return -1 }
    let length = strlen(value)
    guard length > 1, length <= UnixSocket.longestPath else { return -1 }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { path in
      path.copyMemory(from: UnsafeRawBufferPointer(start: value, count: length))
      // A leading @ stands for the abstract namespace, whose names begin with a zero byte.
      if path[0] == UInt8(ascii: "@") { path[0] = 0 }
    }
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return -1 }
    let size = socklen_t(MemoryLayout<sa_family_t>.size + length)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
    }
    guard connected == 0 else {
      close(descriptor)
      return -1
    }
    return descriptor
  }

  private static func readWatchdogInterval() -> Int64? {
    guard let value = getenv("WATCHDOG_USEC"), let microseconds = Int64(String(cString: value)), microseconds > 0
    else { return nil }
    if let pid = getenv("WATCHDOG_PID"), let number = Int32(String(cString: pid)), number != getpid() { return nil }
    return microseconds.multipliedReportingOverflow(by: 1_000).partialValue
  }
}
