// What is simulated.

public import Configuration
public import Simulator

/// A simulated site.
public enum SimulationSite: String, CaseIterable, Sendable {
  /// A silkworm shed.
  case silkwormShed = "silkworm-shed"
  /// A small greenhouse.
  case greenhouse
}

/// What is simulated.
public struct SimulationOptions: Sendable {
  /// The site.
  public var site: SimulationSite
  /// The device's configuration.
  public var configuration: DeviceConfiguration
  /// Seed of weather, noise and the building's parameters.
  public var seed: UInt64
  /// How long, in days; `nil` until stopped.
  public var days: Double?
  /// How many simulated seconds pass in one; `nil` for as fast as possible.
  public var speed: Double?
  /// What goes wrong.
  public var scenario: Scenario
  /// What else goes wrong, by the names of the configuration.
  public var events: [ScenarioEvent] = []
  /// Local midnight at which it begins.
  public var start: PlantTime
  /// Stage of the larvae at the start; those of a shed with a recipe follow the recipe.
  public var stage: SilkwormStage
  /// Directory of the log.
  public var stateDirectory: String
  /// Directory of the local service's socket; `nil` for none.
  public var runtimeDirectory: String?

  /// Options from their parts.
  public init(
    site: SimulationSite, configuration: DeviceConfiguration, seed: UInt64, days: Double?, speed: Double?,
    scenario: Scenario, start: PlantTime, stage: SilkwormStage, stateDirectory: String, runtimeDirectory: String?
  ) {
    (self.site, self.configuration, self.seed, self.days, self.speed) = (site, configuration, seed, days, speed)
    (self.scenario, self.start, self.stage) = (scenario, start, stage)
    (self.stateDirectory, self.runtimeDirectory) = (stateDirectory, runtimeDirectory)
  }
}
