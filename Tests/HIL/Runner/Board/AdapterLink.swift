// The wires of a real board: an adapter that is an I2C target and feels relay lines, and speaks lines of text.

import Climate
import Drivers
import Foundation
import Platform

/// What an adapter says, and what it is answered. docs/hil.md has the protocol for who builds one.
enum AdapterMessage: Equatable {
  /// Bytes that the board wrote to an address: `W 44 2400`.
  case write(address: Int, bytes: [UInt8])
  /// The board reads; the adapter holds the clock until it is answered: `R 44 6`.
  case read(address: Int, count: Int)
  /// A line has a new level: `L 17 1`.
  case line(Int, isHigh: Bool)

  /// A line of text; `nil` for anything else.
  init?(_ text: some StringProtocol) {
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count >= 2 else { return nil }
    switch words[0] {
    case "W":
      guard words.count <= 3, let address = Int(words[1], radix: 16), (0...0x7F).contains(address),
        let bytes = Self.bytes(words.count == 3 ? words[2] : "")
      else { return nil }
      self = .write(address: address, bytes: bytes)
    case "R":
      guard words.count == 3, let address = Int(words[1], radix: 16), (0...0x7F).contains(address),
        let count = Int(words[2]), (0...255).contains(count)
      else { return nil }
      self = .read(address: address, count: count)
    case "L":
      guard words.count == 3, let line = Int(words[1]), (0...255).contains(line), words[2] == "0" || words[2] == "1"
      else { return nil }
      self = .line(line, isHigh: words[2] == "1")
    default: return nil
    }
  }

  private static func bytes(_ text: some StringProtocol) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  /// The answer to a read: `D 5c28ed`, or `N` where nobody acknowledges. Writes and lines are not answered.
  static func answer(_ bytes: [UInt8], _ status: UInt8) -> String {
    status == 0 ? "D " + bytes.map { String(format: "%02x", $0) }.joined() : "N"
  }
}

/// The connection to an adapter.
final class AdapterLink: @unchecked Sendable {
  private let descriptor: Int32
  private let shed: SimulatedShed
  private let lock = NSLock()
  /// The board's uptime and this machine's clock at the same moment.
  private var aligned: (uptime: Double, here: Int64) = (0, MonotonicTime.now())
  private var thread: Platform.Thread?

  /// Opens a serial device, or connects to HOST:PORT.
  init(to place: String, shed: SimulatedShed) throws {
    self.shed = shed
    descriptor = try place.hasPrefix("/") ? Self.openSerial(place) : Self.connect(to: place)
    thread = try Platform.Thread(name: "adapter") { [self] in run() }
  }

  private static func openSerial(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    try require(descriptor >= 0, "open \(path): \(String(cString: strerror(errno)))")
    var settings = termios()
    tcgetattr(descriptor, &settings)
    cfmakeraw(&settings)
    cfsetspeed(&settings, speed_t(B115200))
    tcsetattr(descriptor, TCSANOW, &settings)
    return descriptor
  }

  private static func connect(to place: String) throws -> Int32 {
    let parts = place.split(separator: ":")
    try require(parts.count == 2, "\(place) is neither a device nor HOST:PORT")
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    try require(getaddrinfo(String(parts[0]), String(parts[1]), &hints, &found) == 0, "\(place) is not known")
    defer { freeaddrinfo(found) }
    guard let info = found?.pointee else { throw HILError("\(place) is not known") }
    let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
    try require(
      Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0,
      "connect to \(place): \(String(cString: strerror(errno)))")
    return descriptor
  }

  /// Says what the board's uptime is now.
  func align(uptime: Double) { lock.withLock { aligned = (uptime, MonotonicTime.now()) } }

  /// Ends the connection.
  func stop() {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  private var boardTime: Instant {
    let (uptime, here) = lock.withLock { aligned }
    return Instant(seconds: uptime).advanced(by: .nanoseconds(MonotonicTime.now() - here))
  }

  private func run() {
    var received: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(descriptor, &part, part.count)
      guard count > 0 else { return }
      received += part[..<count]
      while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        take(String(decoding: received[..<end], as: UTF8.self))
        received.removeFirst(end + 1)
      }
      // No message is so long: noise on a serial line.
      if received.count > 4_096 { received = [] }
    }
  }

  private func take(_ text: String) {
    let time = boardTime
    switch AdapterMessage(text) {
    case .write(let address, let bytes): _ = shed.transfer(.write(bytes), at: address, time: time)
    case .read(let address, let count):
      let (bytes, status) = shed.transfer(.read(count: count), at: address, time: time)
      let answer = Array((AdapterMessage.answer(bytes, status) + "\n").utf8)
      _ = write(descriptor, answer, answer.count)
    case .line(let line, let isHigh):
      let stamp = UInt32(truncatingIfNeeded: time.nanoseconds / 16_000) & (1 << 30 - 1)
      shed.line(line, isHigh: isHigh, isDriven: true, stamp: stamp)
    case nil: shed.note("the adapter says: \(text)")
    }
  }
}
