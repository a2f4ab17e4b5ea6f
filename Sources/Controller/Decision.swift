// What comes out of a step.

import Climate

/// What one output should do, and why.
public struct OutputDecision: Equatable, Sendable {
  /// Wanted mean, 0…1.
  public var demand: Double
  /// Wanted state of the line.
  public var isOn: Bool
  /// Why.
  public var reason: Reason

  /// A decision from its parts.
  public init(demand: Double, isOn: Bool, reason: Reason) {
    self.demand = demand
    self.isOn = isOn
    self.reason = reason
  }

  /// Whether a person would call it the same decision: same state, same reason.
  func isSame(as other: OutputDecision) -> Bool { isOn == other.isOn && reason.isSameCause(as: other.reason) }
}

/// What the guardian must know of a zone's temperature before it lets a heater run.
public struct HeaterEvidence: Equatable, Sendable {
  /// The highest trustworthy temperature of the zone, °C; `nil` if there is none.
  public var temperature: Double?
  /// Age of the oldest probe that was looked at.
  public var age: Duration

  /// No evidence.
  public static let none = HeaterEvidence(temperature: nil, age: .zero)

  /// Evidence from its parts.
  public init(temperature: Double?, age: Duration) {
    self.temperature = temperature
    self.age = age
  }
}

/// What comes out of a step.
public struct Decision: Sendable {
  /// One for each output of the plan.
  public var outputs: [OutputDecision] = []
  /// One for each zone of the plan.
  public var evidence: [HeaterEvidence] = []
  /// What is to be kept, in order.
  public var records: [Record] = []
  /// Whether something that must survive a restart has changed by more than the passing of time.
  public var mustSave = false

  /// Nothing decided.
  public init() {}

  /// Forgets everything but the storage.
  mutating func removeAll() {
    outputs.removeAll(keepingCapacity: true)
    evidence.removeAll(keepingCapacity: true)
    records.removeAll(keepingCapacity: true)
    mustSave = false
  }

  /// The wanted states, one bit an output.
  public var wanted: UInt32 {
    var bits: UInt32 = 0
    for index in outputs.indices where outputs[index].isOn { bits |= 1 << UInt32(index) }
    return bits
  }
}
