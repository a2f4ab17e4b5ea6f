// A systemd unit file, and what systemd does with it, as far as a rig needs it.

import Foundation
import Platform

/// The `[Service]` section of a unit of this repository. The tests start programs by it, so that they notice when it changes.
struct ServiceUnit {
  private var values: [String: [String]] = [:]
  private let name: String

  init(_ name: String) throws {
    self.name = name
    let text = try String(contentsOfFile: Built.root + "/deploy/systemd/\(name).service", encoding: .utf8)
    var section = ""
    for line in text.replacing("\\\n", with: " ").split(separator: "\n") where !line.hasPrefix("#") {
      if line.hasPrefix("[") { section = String(line) }
      guard section == "[Service]", let equals = line.firstIndex(of: "=") else { continue }
      values[String(line[..<equals]), default: []].append(String(line[line.index(after: equals)...]))
    }
  }

  func value(_ key: String) throws -> String {
    guard let value = values[key]?.last else { throw RigError(description: "\(name).service has no \(key)=") }
    return value
  }

  /// A time in seconds: `3s`, `200ms`.
  func seconds(_ key: String) throws -> Double {
    let text = try value(key)
    if text.hasSuffix("ms"), let number = Double(text.dropLast(2)) { return number / 1_000 }
    if text.hasSuffix("s"), let number = Double(text.dropLast()) { return number }
    throw RigError(description: "\(name).service: \(key)=\(text) is no time that this test knows")
  }

  /// The words of a command, without the mark that its failure does not matter.
  func command(_ key: String) throws -> [String] {
    let text = try value(key)
    return (text.hasPrefix("-") ? String(text.dropFirst()) : text).split(separator: " ").map(String.init)
  }

  /// `Environment=`
  var environment: [String: String] {
    var result: [String: String] = [:]
    for setting in values["Environment"] ?? [] {
      guard let equals = setting.firstIndex(of: "=") else { continue }
      result[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
    }
    return result
  }
}

extension ServiceUnit {
  /// Does something with the scheduling policy of the unit, which programs that are started inherit; with the ordinary one where
  /// this user may not choose.
  func withPriority<Result>(_ body: () throws -> Result) throws -> Result {
    guard try value("CPUSchedulingPolicy") == "fifo", let priority = Int32(try value("CPUSchedulingPriority")) else {
      throw RigError(description: "\(name).service has a policy that this test does not know")
    }
    let policy = sched_getscheduler(0)
    var (before, wanted) = (sched_param(), sched_param(sched_priority: priority))
    sched_getparam(0, &before)
    sched_setscheduler(0, SCHED_FIFO, &wanted)
    defer { sched_setscheduler(0, policy, &before) }
    return try body()
  }
}

/// The socket on which systemd hears from a service.
final class NotifySocket {
  let path: String
  private let descriptor: FileDescriptor

  init(path: String) throws {
    self.path = path
    descriptor = FileDescriptor(owning: socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try require(bound == 0, "bind \(path): \(String(cString: strerror(errno)))")
  }

  deinit { unlink(path) }

  /// Waits for a message.
  /// - Returns: what it says; `nil` if none came in time.
  func next(within seconds: Double) -> String? {
    var wait = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, Int32(max(0, seconds * 1_000))) > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = recv(descriptor.number, &bytes, bytes.count, 0)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  /// Waits for one message among others.
  func await(_ message: String, within seconds: Double = 30) throws {
    let deadline = MonotonicTime.now() + Int64(seconds * 1e9)
    while let next = next(within: Double(deadline - MonotonicTime.now()) / 1e9) {
      if next.contains(message) { return }
    }
    throw RigError(description: "the service did not say \(message) within \(seconds) s")
  }

  /// Returns when the service has not said that it lives for so long.
  /// - Returns: when it last did, ns of the monotonic clock.
  func awaitSilence(of seconds: Double) -> Int64 {
    var last = MonotonicTime.now()
    while true {
      let left = seconds - Double(MonotonicTime.now() - last) / 1e9
      guard left > 0, let message = next(within: left) else { return last }
      if message.contains("WATCHDOG=1") { last = MonotonicTime.now() }
    }
  }
}
