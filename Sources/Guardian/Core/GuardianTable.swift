// What the guardian knows of the outputs: its own limits, interlocks and failsafe states.

/// What an output does without a lease.
public enum Failsafe: Equatable, Sendable {
  /// Off.
  case off
  /// On.
  case on
  /// As it was for so many milliseconds, then off.
  case holdThenOff(milliseconds: Int64)
  /// On for `on` milliseconds at the start of each `period`.
  case duty(on: Int64, period: Int64)
}

/// Limits of one output. Times in milliseconds; zero means no limit, but for `evidenceSlot`.
public struct OutputLimits: Equatable, Sendable {
  /// Unique name, `a`–`z`, digits, `-` and `_`, or any other text without white space.
  public var name: String
  /// Label of the GPIO chip.
  public var chip: String
  /// Offset of the line on its chip.
  public var line: UInt32
  /// Name the line must have; empty if its chip does not name lines.
  public var lineName: String
  /// Whether a low level switches the actuator on.
  public var isActiveLow: Bool
  /// State without a lease.
  public var failsafe: Failsafe
  /// Longest time on without a break.
  public var maximumOn: Int64
  /// Shortest time off; the output counts as just switched off when the guardian starts.
  public var minimumOff: Int64
  /// Most starts in an hour.
  public var startsPerHour: Int
  /// Outputs with the same number above zero are never on together.
  public var interlock: Int
  /// Time between one output of the interlock going off and another going on.
  public var deadTime: Int64
  /// Slot of the lease frame whose temperature must be fresh before this output may be on; `nil` for an output that heats nothing.
  public var evidenceSlot: Int?
  /// Temperature in thousandths of a degree Celsius from which the output is switched off; only with an evidence slot.
  public var highLimit: Int32

  /// Limits from their parts.
  public init(
    name: String, chip: String, line: UInt32, lineName: String = "", isActiveLow: Bool = false,
    failsafe: Failsafe = .off,
    maximumOn: Int64 = 0, minimumOff: Int64 = 0, startsPerHour: Int = 0, interlock: Int = 0, deadTime: Int64 = 0,
    evidenceSlot: Int? = nil, highLimit: Int32 = .max
  ) {
    self.name = name
    self.chip = chip
    self.line = line
    self.lineName = lineName
    self.isActiveLow = isActiveLow
    self.failsafe = failsafe
    self.maximumOn = maximumOn
    self.minimumOff = minimumOff
    self.startsPerHour = startsPerHour
    self.interlock = interlock
    self.deadTime = deadTime
    self.evidenceSlot = evidenceSlot
    self.highLimit = highLimit
  }
}

extension OutputLimits {
  /// Whether it counts as just switched off when the guardian starts: every output but those that failsafe switches on.
  var restsAtStart: Bool {
    switch failsafe {
    case .off, .holdThenOff: true
    case .on, .duty: false
    }
  }
}

/// All the guardian knows: its outputs and the alive line. Immutable while it runs.
public struct GuardianTable: Equatable, Sendable {
  /// Most outputs: the bits of a lease frame.
  public static let maximumOutputs = 32

  /// The outputs; the index is the bit in the lease frame.
  public var outputs: [OutputLimits]
  /// Chip label and offset of the line that feeds the charge pump of the relay-coil supply; `nil` without one.
  public var aliveLine: AliveLine?

  /// The line that is toggled at the end of every verified cycle.
  public struct AliveLine: Equatable, Sendable {
    /// Label of the GPIO chip.
    public var chip: String
    /// Offset of the line on its chip.
    public var line: UInt32

    /// A line from its parts.
    public init(chip: String, line: UInt32) {
      self.chip = chip
      self.line = line
    }
  }

  /// A table from its parts.
  public init(outputs: [OutputLimits], aliveLine: AliveLine? = nil) {
    self.outputs = outputs
    self.aliveLine = aliveLine
  }
}

/// What is wrong with a guardian table.
public struct GuardianTableError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Line of the file, from 1; 0 for the file as a whole.
  public var line: Int
  /// What is wrong, and what would be right.
  public var problem: String

  /// The line, if the problem has one, and the problem.
  public var description: String { line > 0 ? "line \(line): \(problem)" : problem }
}
