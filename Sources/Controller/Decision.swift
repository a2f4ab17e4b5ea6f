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
}

/// What the guardian must know of a zone's temperature before it lets a heater run.
public struct HeaterEvidence: Equatable, Sendable {
  /// Temperature, °C; `nil` if there is no trustworthy one.
  public var temperature: Double?
  /// Its age.
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

  /// The wanted states, one bit an output.
  public var wanted: UInt32 {
    var bits: UInt32 = 0
    for (index, output) in outputs.enumerated() where output.isOn { bits |= 1 << UInt32(index) }
    return bits
  }
}
