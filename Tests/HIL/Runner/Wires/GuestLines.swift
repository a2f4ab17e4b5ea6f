// The guest's GPIO chip: relay lines are seen here, input lines are driven from here.

import Foundation

/// A GPIO chip of a guest: virtio 1.2, §5.18.
final class GuestLines: VirtioDevice, @unchecked Sendable {
  let queues = 2
  /// Edges of input lines.
  let features: UInt64 = 1 << 0
  private let count: Int
  private let shed: SimulatedShed?
  private let lock = NSLock()
  private var lines: [Line]
  private var server: VhostServer?

  private struct Line {
    /// 0 nothing, 1 output, 2 input.
    var direction: UInt8 = 0
    var output = false
    var input = false
    /// 1 rising, 2 falling, 3 both.
    var edges: UInt32 = 0
    var waiting: VirtioRequest?
  }

  /// A chip.
  /// - Parameter shed: the shed whose relays hang on its lines; `nil` for a chip that is in the way of another.
  init(count: Int, shed: SimulatedShed?) {
    (self.count, self.shed) = (count, shed)
    lines = Array(repeating: Line(), count: count)
  }

  var configuration: [UInt8] { [UInt8(count & 0xFF), UInt8(count >> 8), 0, 0, 0, 0, 0, 0] }

  func connect() {
    lock.withLock {
      let inputs = lines.map(\.input)
      lines = inputs.map { Line(input: $0) }
    }
    shed?.connectLines()
  }

  /// What is wanted of a line (§5.18.6.3).
  private enum Kind: UInt64 {
    case names = 1, getDirection, setDirection, getValue, setValue, interruptType
  }

  func serve(_ request: VirtioRequest, queue: Int, of server: VhostServer) -> [UInt8]? {
    let number = { (at: Int, count: Int) in
      request.bytes.dropFirst(at).prefix(count).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
    let line = Int(number(queue == 1 ? 0 : 2, 2))
    guard line < count else { return [1, 0] }
    guard queue == 0 else {
      lock.withLock { (lines[line].waiting, self.server) = (request, server) }
      return nil
    }
    let value = UInt32(truncatingIfNeeded: number(4, 4))
    return lock.withLock { serve(Kind(rawValue: number(0, 2)), line, value) }
  }

  private func serve(_ kind: Kind?, _ line: Int, _ value: UInt32) -> [UInt8] {
    switch kind {
    case .getDirection: return [0, lines[line].direction]
    case .getValue: return [0, level(line) ? 1 : 0]
    case .setDirection:
      lines[line].direction = UInt8(value & 3)
      tell(line, value)
    case .setValue:
      lines[line].output = value & 1 != 0
      tell(line, value)
    case .interruptType: return change(line, edges: value)
    case .names, nil: return [1, 0]
    }
    return [0, 0]
  }

  /// A line that no longer reports edges gives its waiting request back as invalid.
  private func change(_ line: Int, edges: UInt32) -> [UInt8] {
    lines[line].edges = edges
    if edges == 0, let waiting = lines[line].waiting {
      lines[line].waiting = nil
      server?.answer(waiting, [0], queue: 1)
    }
    return [0, 0]
  }

  /// What is at the pin: a line that nobody drives falls back to its resistor's level, low.
  private func level(_ line: Int) -> Bool {
    lines[line].direction == 1 ? lines[line].output : lines[line].input
  }

  /// The guest's time in units of 16 µs stands above the value.
  private func tell(_ line: Int, _ value: UInt32) {
    let isHigh = lines[line].direction == 1 && lines[line].output
    shed?.line(line, isHigh: isHigh, isDriven: lines[line].direction == 1, stamp: value >> 2)
  }

  /// Drives an input line from outside.
  func drive(_ line: Int, _ isHigh: Bool) {
    lock.withLock {
      guard lines.indices.contains(line), lines[line].input != isHigh else { return }
      lines[line].input = isHigh
      guard lines[line].edges & (isHigh ? 1 : 2) != 0, let waiting = lines[line].waiting else { return }
      lines[line].waiting = nil
      server?.answer(waiting, [1], queue: 1)
    }
  }
}
