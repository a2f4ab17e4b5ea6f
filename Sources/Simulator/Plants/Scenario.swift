// Named courses of trouble, as data that a run applies.

import Climate

/// What goes wrong with a sensor.
public enum SensorTrouble: Hashable, Sendable {
  /// It no longer answers on the bus.
  case unplugged
  /// It answers, always with the same values.
  case stuck
  /// Its temperature walks away from the truth, K a day.
  case drifting(kelvinsPerDay: Double)
  /// Words arrive with a wrong checksum.
  case garbled
}

/// Something that happens at a moment of a run.
public struct ScenarioEvent: Hashable, Sendable {
  /// What happens.
  public enum Kind: Hashable, Sendable {
    /// The weather does something out of the ordinary.
    case weather(WeatherSpell, lasting: Duration)
    /// A sensor, by its name in the configuration, fails; `nil` lasts to the end of the run.
    case sensor(name: String, SensorTrouble, lasting: Duration?)
    /// The contactor of an output, by its name in the configuration, fails for good.
    case contactor(output: String, Contactor.Fault)
    /// No mains: no load has current, and the controller, which has no battery, is down.
    case powerCut(lasting: Duration)
  }

  /// Time since the start of the run, which is a local midnight.
  public var at: Duration
  /// What happens.
  public var kind: Kind

  /// An event some time after the start.
  public init(at: Duration, kind: Kind) {
    self.at = at
    self.kind = kind
  }
}

/// A named course of events. The raw value is the name on the command line.
public enum Scenario: String, CaseIterable, Codable, Sendable {
  /// Nothing out of the ordinary.
  case calm
  /// The second night is 9 K colder than it would have been.
  case coldNight = "cold-night"
  /// The second noon is 9 K hotter than it would have been.
  case hotNoon = "hot-noon"
  /// Three days of rain.
  case humidRain = "humid-rain"
  /// A thunderstorm in the second afternoon.
  case storm
  /// A sensor no longer answers for two hours of the second day.
  case probeUnplugged = "probe-unplugged"
  /// A sensor shows the same values for the second day's daylight hours.
  case probeStuck = "probe-stuck"
  /// A sensor drifts by half a kelvin a day.
  case probeDrifting = "probe-drifting"
  /// A sensor's words are garbled for one hour.
  case busNoise = "bus-noise"
  /// No mains for half an hour in the second evening.
  case powerCut = "power-cut"
  /// A contactor welds in the second night.
  case contactorWelded = "contactor-welded"
  /// A contactor no longer closes from the second night.
  case contactorDead = "contactor-dead"

  /// The events in order of time.
  /// - Parameters:
  ///   - sensor: name of the sensor that fails, if one does.
  ///   - output: name of the output whose contactor fails, if one does.
  public func events(sensor: String, output: String) -> [ScenarioEvent] {
    switch self {
    case .calm: []
    case .coldNight: [.init(at: .hours(43), kind: .weather(.coldNight, lasting: .hours(13)))]
    case .hotNoon: [.init(at: .hours(33), kind: .weather(.hotNoon, lasting: .hours(9)))]
    case .humidRain: [.init(at: .hours(24), kind: .weather(.humidRain, lasting: .hours(72)))]
    case .storm: [.init(at: .hours(38), kind: .weather(.storm, lasting: .hours(3)))]
    case .probeUnplugged: [.init(at: .hours(34), kind: .sensor(name: sensor, .unplugged, lasting: .hours(2)))]
    case .probeStuck: [.init(at: .hours(30), kind: .sensor(name: sensor, .stuck, lasting: .hours(12)))]
    case .probeDrifting:
      [.init(at: .hours(24), kind: .sensor(name: sensor, .drifting(kelvinsPerDay: 0.5), lasting: nil))]
    case .busNoise: [.init(at: .hours(34), kind: .sensor(name: sensor, .garbled, lasting: .hours(1)))]
    case .powerCut: [.init(at: .hours(44), kind: .powerCut(lasting: .minutes(30)))]
    case .contactorWelded: [.init(at: .hours(46), kind: .contactor(output: output, .welded))]
    case .contactorDead: [.init(at: .hours(46), kind: .contactor(output: output, .dead))]
    }
  }
}
