// What goes into a step.

import Climate

/// What a person or the county asks for. Whoever takes a command in has checked that its subject exists.
public enum Command: Equatable, Sendable {
  /// Drives an output by hand for a while: mean 0…1.
  case override(OutputID, demand: Double, for: Duration, by: String)
  /// Ends an override.
  case automatic(OutputID, by: String)
  /// Acknowledges one alarm, or all.
  case acknowledge(AlarmID?, by: String)
  /// Puts a zone at the beginning of a stage of its recipe.
  case startStage(ZoneID, stage: Int, by: String)
}

/// What the guardian reports of the outputs.
public struct OutputFeedback: Equatable, Sendable {
  /// Outputs that are on, one bit each.
  public var on: UInt32
  /// Outputs that the guardian holds otherwise than asked, one bit each.
  public var held: UInt32

  /// A report from its parts.
  public init(on: UInt32, held: UInt32) {
    self.on = on
    self.held = held
  }
}

/// What goes into a step.
public struct Inputs: Sendable {
  /// What the buses have reported since the last step.
  public var samples: [Sample]
  /// What people have asked for since the last step.
  public var commands: [Command]
  /// What the guardian says of the outputs, if it has answered the last frame.
  public var feedback: OutputFeedback?
  /// Conditions of the system around the controller that hold now.
  public var conditions: Set<AlarmID>

  /// Inputs from their parts.
  public init(
    samples: [Sample] = [], commands: [Command] = [], feedback: OutputFeedback? = nil, conditions: Set<AlarmID> = []
  ) {
    self.samples = samples
    self.commands = commands
    self.feedback = feedback
    self.conditions = conditions
  }
}
