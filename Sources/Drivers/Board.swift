// A board as data: its pins, chips and buses.

/// A GPIO chip, by the label its driver gives it.
public struct BoardChip: Equatable, Sendable {
  /// Label, such as `pinctrl-bcm2711`: it stays the same when chips are numbered anew.
  public var label: String
  /// What a line does when the process that held it is gone.
  public var onRelease: ReleaseBehaviour

  /// A chip from its parts.
  public init(label: String, onRelease: ReleaseBehaviour) { (self.label, self.onRelease) = (label, onRelease) }
}

/// What a line does when the process that held it is gone.
public enum ReleaseBehaviour: String, Codable, Sendable, CaseIterable {
  /// It keeps its level.
  case keepsLevel = "keeps-level"
  /// It becomes an input; the pull resistor decides.
  case becomesInput = "becomes-input"
}

/// The pull resistor of a pin between power-on and the guardian's start.
public enum BootPull: String, Codable, Sendable, CaseIterable {
  /// Pulled up: an active-high relay is on until the guardian starts.
  case up
  /// Pulled down.
  case down
  /// No resistor: the level is not defined.
  case none
}

/// A pin of the header.
public struct BoardPin: Equatable, Sendable {
  /// Names by which a configuration may call it: `relay1`, `GPIO17`, `pin11`.
  public var names: [String]
  /// Label of its chip.
  public var chip: String
  /// Offset on its chip.
  public var offset: UInt32
  /// Name the kernel gives the line; empty if it gives none.
  public var lineName: String
  /// Its pull resistor at power-on.
  public var bootPull: BootPull
  /// What else uses the pin, if something does: `i2c1`.
  public var reservedFor: String?

  /// A pin from its parts.
  public init(
    names: [String], chip: String, offset: UInt32, lineName: String = "", bootPull: BootPull, reservedFor: String? = nil
  ) {
    (self.names, self.chip, self.offset, self.lineName) = (names, chip, offset, lineName)
    (self.bootPull, self.reservedFor) = (bootPull, reservedFor)
  }
}

/// An I2C bus of a board.
public struct BoardBus: Equatable, Sendable {
  /// Name in a configuration: `i2c1`.
  public var name: String
  /// Where the kernel has it.
  public var adapter: I2CAdapter

  /// A bus from its parts.
  public init(name: String, adapter: I2CAdapter) { (self.name, self.adapter) = (name, adapter) }
}

/// A board as data.
public struct Board: Equatable, Sendable {
  /// Name in a configuration: `raspberry-pi-4`.
  public var model: String
  /// Name as shown.
  public var title: String
  /// GPIO chips.
  public var chips: [BoardChip]
  /// Pins of the header.
  public var pins: [BoardPin]
  /// I2C buses.
  public var buses: [BoardBus]
  /// Longest time the hardware watchdog can be set to, s.
  public var watchdogLimit: Int

  /// A board from its parts.
  public init(
    model: String, title: String, chips: [BoardChip], pins: [BoardPin], buses: [BoardBus], watchdogLimit: Int
  ) {
    (self.model, self.title, self.chips, self.pins) = (model, title, chips, pins)
    (self.buses, self.watchdogLimit) = (buses, watchdogLimit)
  }

  /// The pin of a name.
  public func pin(named name: String) -> BoardPin? { pins.first { $0.names.contains(name) } }

  /// The bus of a name.
  public func bus(named name: String) -> BoardBus? { buses.first { $0.name == name } }
}
