// All targets by name.

/// The parsers of outside data. A new one is added here, with inputs under `Tests/Fuzz/Corpus`; the HTTP service, when there is one,
/// beside the local service.
public enum FuzzTargets {
  /// The targets that are fuzzed unless others are named.
  public static let names = [
    "lease-frame", "status-frame", "guardian-table", "configuration", "recipe", "board", "sensors", "requests",
    "responses", "command-line", "cosim", "memory", "sample-block", "log-rows", "log-file",
    "sync-batch", "sync-acknowledgement", "sync-desired", "hub-message",
  ]
  /// Targets with a fault on purpose, which show that the fuzzer can find one.
  public static let planted = ["planted-trap", "planted-hang", "planted-acceptance"]

  /// A target.
  /// - Parameters:
  ///   - root: the checkout.
  ///   - scratch: a directory for the target's files.
  public static func make(_ name: String, root: String, scratch: String) throws -> any FuzzTarget {
    switch name {
    case "lease-frame": LeaseFrameTarget()
    case "status-frame": StatusFrameTarget()
    case "guardian-table": GuardianTableTarget()
    case "configuration": try ConfigurationTarget(root: root)
    case "recipe": RecipeTarget()
    case "board": BoardTarget()
    case "sensors": SensorTarget()
    case "requests": try RequestTarget(root: root)
    case "responses": ResponseTarget()
    case "command-line": CommandLineTarget()
    case "cosim": try CoSimulationTarget(root: root)
    case "memory": try MemoryTarget(root: root)
    case "sample-block": SampleBlockTarget()
    case "log-rows": try LogRowTarget(scratch: scratch)
    case "log-file": try LogFileTarget(scratch: scratch)
    case "sync-batch": try BatchTarget()
    case "sync-acknowledgement": AcknowledgementTarget()
    case "sync-desired": try DesiredTarget()
    case "hub-message": try HubMessageTarget()
    case "planted-trap": PlantedTarget(.trap)
    case "planted-hang": PlantedTarget(.hang)
    case "planted-acceptance": PlantedTarget(.acceptance)
    default: throw Finding("there is no target \(name); targets: \(names.joined(separator: ", "))")
    }
  }
}
