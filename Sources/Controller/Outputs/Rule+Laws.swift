// The rules that laws act by, as a person would name them.

import Climate

extension LoopPlan {
  /// The rule a person would name for this loop.
  var rule: Rule {
    switch (quantity, direction) {
    case (.temperature, .raise): .heating
    case (.temperature, .lower): .cooling
    case (.humidity, .raise): .humidifying
    case (.humidity, .lower): .drying
    case (.co2, _): .co2
    case (.ammonia, _): .ammonia
    case (.carbonMonoxide, _): .carbonMonoxide
    case (.soilMoisture, _): .irrigation
    case (.soilTemperature, _), (.surfaceTemperature, _), (.conductivity, _), (.illuminance, _), (.pressure, _),
      (.voltage, _), (.windSpeed, _),
      (.rain, _):
      .idle
    }
  }
}

extension Irrigation {
  /// The rule a person would name for what the bed does.
  var rule: Rule { phase.rule == .irrigation && isForUse ? .waterUse : phase.rule }
}

extension Irrigation.Phase {
  /// The rule a person would name for this phase.
  var rule: Rule {
    switch self {
    case .idle: .idle
    case .opening, .dosing, .closing: .irrigation
    case .soaking: .soaking
    case .capped: .waterCap
    case .paused: .noEffect
    }
  }

  /// When the phase ends by itself.
  var until: Instant? {
    switch self {
    case .opening(let until), .closing(let until), .soaking(let until), .paused(let until): until
    case .idle, .dosing, .capped: nil
    }
  }
}
