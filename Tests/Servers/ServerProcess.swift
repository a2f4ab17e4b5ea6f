// A program of the system that a test has started, and a directory for its files.

import Foundation
import Glibc
import Platform

/// Something that a test needs did not come about.
package struct ServerError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Waits until something is so, looking every few milliseconds.
package func eventually(_ what: String, within seconds: Double = 60, _ isSo: () throws -> Bool) throws {
  let deadline = MonotonicTime.now() + Int64(seconds * 1e9)
  while try !isSo() {
    let now = MonotonicTime.now()
    guard now < deadline else { throw ServerError("not within \(seconds) s: \(what)") }
    MonotonicTime.sleep(until: now + 5_000_000)
  }
}

/// A directory that is removed when nobody holds it any more.
package final class ScratchDirectory {
  package let path: String

  package init() throws {
    var template = Array((NSTemporaryDirectory() + "bombyx-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw ServerError("no temporary directory") }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    // Servers that run as users of their own look into it.
    chmod(path, 0o755)
  }

  deinit { remove() }

  package func remove() { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String {
    try text.write(toFile: file(name), atomically: true, encoding: .utf8)
    return file(name)
  }
}

/// A program that a test has started; it is killed when nobody holds it any more.
package final class ServerProcess {
  private let process = Process()
  private let log: String

  package init(_ path: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws {
    self.log = log
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw ServerError("cannot write \(log)") }
    let output = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    process.standardError = output
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    // A program inherits the mask of the thread that starts it, and a test's thread may have been started by one that blocks all.
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
    try process.run()
  }

  deinit { end() }

  package var pid: Int32 { process.processIdentifier }
  /// Whether the program itself runs. Foundation takes one for running whose children live on: it waits for the end of what they inherit.
  package var isRunning: Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let end = status.lastIndex(of: ")"), let state = status[end...].dropFirst(2).first
    else { return false }
    return !"ZX".contains(state)
  }
  /// What it has printed.
  package var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  /// Sends a signal and waits until the program has ended.
  package func end(_ signal: Int32 = SIGKILL) {
    kill(pid, signal)
    while isRunning { MonotonicTime.sleep(until: MonotonicTime.now() + 1_000_000) }
  }

  /// Runs a program to its end and returns what it printed.
  @discardableResult
  package static func run(_ path: String, _ arguments: [String], input: String? = nil) throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = output
    let source = Pipe()
    process.standardInput = input == nil ? FileHandle.nullDevice : source
    try process.run()
    if let input {
      source.fileHandleForWriting.write(Data(input.utf8))
      try source.fileHandleForWriting.close()
    }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ServerError("\(path) \(arguments.joined(separator: " ")) ended with \(process.terminationStatus): \(text)")
    }
    return text
  }
}

/// Ports of this machine.
package enum Port {
  /// One that nobody listened on a moment ago.
  package static func free() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 ? getsockname(descriptor, $0, &size) : -1
      }
    }
    guard code == 0 else { throw ServerError("no free port") }
    return UInt16(bigEndian: address.sin_port)
  }

  /// Whether somebody takes connections on a port.
  package static func isOpen(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    return connect(descriptor, to: port)
  }

  static func connect(_ descriptor: Int32, to port: UInt16) -> Bool {
    var address = loopback(port)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// Listens with a socket on a port that is free.
  static func listen(_ descriptor: Int32) throws -> UInt16 {
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, 8) == 0 ? getsockname(descriptor, $0, &size) : -1
      }
    }
    guard code == 0 else { throw ServerError("cannot listen") }
    return UInt16(bigEndian: address.sin_port)
  }

  static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
