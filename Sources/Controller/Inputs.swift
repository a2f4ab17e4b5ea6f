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
  /// Raises an alarm for a while to prove that siren and message path work.
  case testAlarm(for: Duration, by: String)
  /// Puts a zone at the beginning of a stage of its recipe.
  case startStage(ZoneID, stage: Int, by: String)
  /// Acts on a zone's recipe otherwise.
  case recipe(ZoneID, RecipeAction, by: String)
}

/// What a person can do to a running recipe.
public enum RecipeAction: Equatable, Sendable {
  /// Something has happened that begins a stage, a while ago: the rest of the timeline moves with it.
  case event(String, ago: Duration)
  /// Stops the recipe's clock.
  case hold
  /// Lets the clock go on, or takes a stopped recipe up again.
  case resume
  /// Ends the recipe: the zone keeps to its own setpoints.
  case stop
  /// Moves all setpoints for a while: K and points.
  case offset(temperature: Double, humidity: Double, for: Duration)
  /// Ends the offset.
  case endOffset
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
  /// Longest time since the last step, s, for which outputs and house are taken to have stayed as they were; more is a stall, of which
  /// nobody knows what they did. A simulation that knows may pass over more.
  public var longestStep = Inputs.usualLongestStep

  /// ``longestStep`` of every device, s.
  public static let usualLongestStep = 60.0

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
