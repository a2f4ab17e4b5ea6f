// A guardian core with a controller and a clock beside it, for the tests of its rules.

import Guardian

/// A repeatable sequence of random numbers (SplitMix64; Steele, Lea, Flood 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// A guardian core with a controller that sends it frames. A class, so that a test may expect of a call what it returns.
final class GuardianRig {
  var core: GuardianCore
  var now: Int64
  var boot: UInt64 = 7
  var sequence: UInt64 = 0

  init(_ outputs: [OutputLimits], now: Int64 = 1_000_000) {
    core = GuardianCore(table: GuardianTable(outputs: outputs), now: now)
    self.now = now
  }

  /// The next frame of the controller's present life.
  func frame(_ wanted: UInt32, evidence: TemperatureEvidence = .none) -> LeaseFrame {
    sequence += 1
    var slots: [8 of TemperatureEvidence] = .init(repeating: .none)
    slots[0] = evidence
    return LeaseFrame(
      boot: boot, sequence: sequence, tableHash: core.tableHash, wanted: wanted, evidence: slots)
  }

  /// Time passes, and a frame arrives.
  @discardableResult
  func send(_ wanted: UInt32, evidence: TemperatureEvidence = .none, after wait: Int64 = 1_000) -> UInt32 {
    now += wait
    let next = frame(wanted, evidence: evidence)
    return core.cycle(now: now, frame: next)
  }

  /// Time passes in silence.
  @discardableResult
  func silence(_ wait: Int64) -> UInt32 {
    now += wait
    return core.cycle(now: now, frame: nil)
  }

  /// A frame arrives as it is, now.
  @discardableResult
  func receive(_ frame: LeaseFrame) -> UInt32 { core.cycle(now: now, frame: frame) }

  /// The lines read so.
  func verify(readBack: UInt32?) -> Bool { core.verify(readBack: readBack) }

  /// Three frames that ask for nothing: the lease is held.
  func arm() {
    for _ in 0..<3 { send(0) }
  }

  /// Keeps a lease alive, a frame a second, until the output's state is as wanted.
  /// - Returns: how long it took, ms; `nil` if it took longer than `limit`.
  func time(until isOn: Bool, of output: Int, asking wanted: UInt32, limit: Int64) -> Int64? {
    let start = now
    while now - start <= limit {
      if (send(wanted) & (1 << UInt32(output)) != 0) == isOn { return now - start }
    }
    return nil
  }

  /// Why an output is held.
  func cause(of output: Int) -> HoldCause { core.status().causes[output] }

  /// How long the guardian says that an output will be held, ms.
  func remaining(of output: Int) -> UInt32 { core.status().remaining[output] }
}

extension OutputLimits {
  /// An output on a line of its own, with the limits a test is about.
  static func test(
    _ line: UInt32 = 0, failsafe: Failsafe = .off, maximumOn: Int64 = 0, minimumOff: Int64 = 0, startsPerHour: Int = 0,
    interlock: Int = 0, deadTime: Int64 = 0, evidenceSlot: Int? = nil, highLimit: Int32 = .max
  ) -> OutputLimits {
    OutputLimits(
      name: "output-\(line)", chip: "chip", line: line, failsafe: failsafe, maximumOn: maximumOn,
      minimumOff: minimumOff,
      startsPerHour: startsPerHour, interlock: interlock, deadTime: deadTime, evidenceSlot: evidenceSlot,
      highLimit: highLimit)
  }
}

extension LeaseFrame {
  /// The frame as it goes over the socket.
  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    bytes.withUnsafeMutableBytes { encode(into: $0) }
    return bytes
  }

  /// Reads a frame as it comes from the socket.
  init?(bytes: [UInt8]) {
    guard let frame = bytes.withUnsafeBytes({ LeaseFrame($0) }) else { return nil }
    self = frame
  }
}

extension StatusFrame {
  /// The frame as it goes over the socket.
  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.size)
    bytes.withUnsafeMutableBytes { encode(into: $0) }
    return bytes
  }

  /// Reads a frame as it comes from the socket.
  init?(bytes: [UInt8]) {
    guard let frame = bytes.withUnsafeBytes({ StatusFrame($0) }) else { return nil }
    self = frame
  }
}

/// Bytes closed by the checksum that makes a receiver look at the rest.
func sealed(_ bytes: [UInt8]) -> [UInt8] {
  let body = bytes.dropLast(4)
  let sum = CRC32.of(body)
  return Array(body) + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (8 * UInt32($0))) }
}
