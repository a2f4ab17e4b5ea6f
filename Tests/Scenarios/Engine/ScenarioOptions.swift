// What one run is made of, and what comes out of it.

/// What one run is made of.
public struct ScenarioOptions: Sendable {
  /// How trouble goes.
  public enum Mode: String, CaseIterable, Sendable {
    /// Trouble without bound: nothing unsafe may happen.
    case safety
    /// Trouble ends before the run does: everything must come back.
    case liveness
    /// No trouble at all.
    case calm
  }

  /// Seed of everything.
  public var seed: UInt64
  /// How trouble goes.
  public var mode: Mode
  /// Simulated days.
  public var days: Double
  /// The events that take place, by number; `nil` for all that the seed draws.
  public var events: Set<Int>?
  /// Leaves the wall clock alone: what the contacts do must be the same.
  public var leavesClockAlone = false

  /// Only what befalls one zone takes place, and every second is simulated; `nil` for all that befalls the house.
  public var zoneTrouble: ZoneTrouble?

  /// What befalls one zone.
  public struct ZoneTrouble: Sendable {
    /// The zone.
    public var zone: Int
    /// Whether it has its effect; without it the run is one to compare with.
    public var hasEffect: Bool

    /// Trouble of one zone.
    public init(zone: Int, hasEffect: Bool) { (self.zone, self.hasEffect) = (zone, hasEffect) }
  }

  /// A run of a month.
  public init(seed: UInt64, mode: Mode, days: Double = 30, events: Set<Int>? = nil) {
    (self.seed, self.mode, self.days, self.events) = (seed, mode, days, events)
  }

  /// Days after which the run is broken off; the events are drawn for all its days.
  public var end: Double?
  /// Keeps what happened in words.
  public var keepsLog = false

  /// The command that makes the same run.
  public var command: String {
    var words = ["./dev simulate-faults --seeds \(seed)..\(seed) --mode \(mode.rawValue)"]
    if days != 30 { words.append("--days \(days)") }
    if let events { words.append("--events \(events.sorted().map(String.init).joined(separator: ","))") }
    return words.joined(separator: " ")
  }
}

/// What came out of a run.
public struct ScenarioResult: Sendable {
  /// What was run.
  public var options: ScenarioOptions
  /// Promises that were broken; the run ends with the first.
  public var violations: [Violation] = []
  /// Situations that were reached.
  public var situations = Situations()
  /// Simulated days until the end.
  public var days = 0.0
  /// Events that took place, by number.
  public var events: [FaultEvent] = []
  /// Digest of everything that happened.
  public var trace = TraceHash()
  /// Digest of what the contacts did.
  public var contacts = TraceHash()
  /// The same by zone.
  public var zoneContacts: [TraceHash] = []
  /// What happened, in words, if that was asked for.
  public var log: [String] = []
  /// Steps of the controller.
  public var steps = 0
}

/// A digest of numbers in their order: FNV-1a with 64 bits.
public struct TraceHash: Equatable, Sendable {
  /// The digest.
  public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ number: UInt64) {
    value = (value ^ number) &* 0x0000_0100_0000_01B3
    value ^= value >> 29
  }

  mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

  mutating func add(_ text: String) { for byte in text.utf8 { add(UInt64(byte)) } }
}
