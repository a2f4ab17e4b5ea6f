// The GPIO controller of the arm64 machine, an ARM PL061: stock hardware of QEMU's, stock driver of Debian's kernel.
//
// QEMU's test protocol (docs/devel/qtest.rst) tells of every change at its output pins, drives its inputs, and reads its registers past the
// guest; the monitor says under which name QEMU has it.

import Foundation
import Platform

/// The eight lines of a PL061, seen from outside the guest.
final class PL061Lines: @unchecked Sendable {
  /// Where the machine `virt` has it, and the registers of its data and directions (ARM DDI 0190B, §3.2).
  private static let base = 0x0903_0000
  private static let data = base + 0x3FC
  private static let direction = base + 0x400

  private let testListener: FileDescriptor
  private let monitorListener: FileDescriptor
  private let lock = NSLock()
  private var levels: Set<Int> = []
  private var changes = 0
  private var link: TextLink?

  /// Listens in a folder for QEMU.
  init(in directory: URL) throws {
    testListener = try UnixSocket.listen(at: Self.path("qtest", directory), kind: .stream, mode: 0o600)
    monitorListener = try UnixSocket.listen(at: Self.path("monitor", directory), kind: .stream, mode: 0o600)
  }

  private static func path(_ name: String, _ directory: URL) -> String {
    directory.appendingPathComponent("\(name).sock").path
  }

  /// What QEMU must be told.
  static func arguments(in directory: URL) -> [String] {
    [
      "-qtest", "unix:\(path("qtest", directory))", "-qtest-log", "/dev/null",
      "-chardev", "socket,id=monitor,path=\(path("monitor", directory))", "-mon", "chardev=monitor,mode=control",
    ]
  }

  /// Meets a QEMU that has just been started.
  func connect() throws {
    let monitor = TextLink(try accept(monitorListener.number))
    defer { monitor.end() }
    _ = try monitor.ask(#"{"execute": "qmp_capabilities"}"#) { $0.contains("\"return\"") }
    let list = #"{"execute": "qom-list", "arguments": {"path": "/machine/unattached"}}"#
    let reply = try monitor.ask(list) { $0.contains("\"return\"") }
    struct Listing: Decodable {
      struct Entry: Decodable {
        var name: String
        var type: String
      }
      var `return`: [Entry]
    }
    let entries = try JSONDecoder().decode(Listing.self, from: Data(reply.utf8)).`return`
    guard let device = entries.first(where: { $0.type == "child<pl061>" })?.name else {
      throw HILError("this machine has no PL061")
    }
    let link = TextLink(try accept(testListener.number))
    lock.withLock {
      self.link = link
      levels = []
    }
    _ = try ask("irq_intercept_out /machine/unattached/\(device)")
  }

  /// Forgets a QEMU that has ended.
  func disconnect() {
    lock.withLock {
      link?.end()
      link = nil
    }
  }

  private func accept(_ listener: Int32) throws -> Int32 {
    let number = Glibc.accept(listener, nil, nil)
    try require(number >= 0, "accept QEMU")
    return number
  }

  /// Asks QEMU; takes note of what has changed at the pins until it answers.
  private func ask(_ question: String) throws -> String {
    try lock.withLock {
      guard let link else { throw HILError("no QEMU to ask") }
      let answer = try link.ask(question) { line in
        let words = line.split(separator: " ")
        if words.count == 3, words[0] == "IRQ", let line = Int(words[2]) { take(line, isHigh: words[1] == "raise") }
        return words.first == "OK" || words.first == "FAIL" || words.first == "ERR"
      }
      try require(answer.hasPrefix("OK"), "\(question): \(answer)")
      return String(answer.dropFirst(3))
    }
  }

  private func take(_ line: Int, isHigh: Bool) {
    changes += 1
    if isHigh { levels.insert(line) } else { levels.remove(line) }
  }

  private func register(_ address: Int) throws -> UInt8 {
    let text = try ask("readl 0x\(String(address, radix: 16))")
    guard let value = UInt64(text.dropFirst(2), radix: 16) else { throw HILError("a register of \(text)") }
    return UInt8(value & 0xFF)
  }

  /// What is at the pins: lines that are outputs, lines that are high by their register, lines that are high by their changes, and how many
  /// changes there have been.
  func look() throws -> (outputs: Set<Int>, high: Set<Int>, seen: Set<Int>, changes: Int) {
    func lines(_ bits: UInt8) -> Set<Int> { Set((0..<8).filter { bits >> $0 & 1 != 0 }) }
    let (outputs, high) = (lines(try register(Self.direction)), lines(try register(Self.data)))
    return lock.withLock { (outputs, high, levels, changes) }
  }
}

/// A connection over which lines of text go.
private final class TextLink {
  private let descriptor: Int32
  private var received: [UInt8] = []

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  func end() { close(descriptor) }

  /// Sends a line and reads lines until one is the answer.
  func ask(_ question: String, _ isAnswer: (String) -> Bool) throws -> String {
    let bytes = Array("\(question)\n".utf8)
    try require(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count, "QEMU takes no question")
    while true {
      while let end = received.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: received[..<end], as: UTF8.self)
        received.removeFirst(end + 1)
        if isAnswer(line) { return line.trimmingCharacters(in: .whitespaces) }
      }
      var part = [UInt8](repeating: 0, count: 4_096)
      let count = read(descriptor, &part, part.count)
      try require(count > 0, "QEMU does not answer: \(question)")
      received += part[..<count]
    }
  }
}
