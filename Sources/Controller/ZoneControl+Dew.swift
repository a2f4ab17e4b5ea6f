// Dew in a zone: what runs against it, and what must not make more of it.

import Climate

extension ZoneControl {
  /// Looks how near the zone's surfaces are to the dew point. Before its loops, which ask for no air that would fall as dew.
  mutating func watchDew(_ readings: [Reading], at now: Instant) {
    guard let plan = plan.dew else { return }
    let probe = reading(of: .surfaceTemperature, in: readings)
    let temperature = reading(of: .temperature, in: readings)?.trusted
    let humidity = reading(of: .humidity, in: readings)?.trusted
    dew?.step(
      temperature: temperature, humidity: humidity, measured: (probe != nil, probe?.trusted), margin: plan.margin,
      at: now)
  }

  mutating func addDew(_ readings: [Reading], _ plans: [OutputPlan], to claims: inout Claims) {
    guard let plan = plan.dew, let demand = dew?.demand(margin: plan.margin), demand > 0 else { return }
    let reason = dewReason(beyond: 0)
    for output in plan.outputs {
      let share =
        switch plans[output.index].kind {
        case .heater: min(demand, roomForHeat(readings))
        case .fan, .vent: demand * usefulness(against: .humidity, readings)
        default: demand
        }
      claims.add(share, for: output, because: reason)
    }
  }

  /// Why nothing may moisten the zone's air; `nil` if it may be moistened.
  var dewRefusal: Reason? { dew?.isNear == true ? dewReason(beyond: DewGuard.release) : nil }

  /// Whether air from outside would fall as dew on what stands in the zone.
  func bringsDew(_ readings: [Reading]) -> Bool {
    guard let plan = plan.dew, let surface = dew?.surface,
      let celsius = readings.trusted(self.plan.outside[.temperature]),
      let percent = readings.trusted(self.plan.outside[.humidity]),
      let dewPoint = DewGuard.dewPoint(celsius: celsius, percent: percent)
    else { return false }
    return dewPoint > surface - plan.margin
  }

  /// How much more heat the zone bears, 0…1: none at the end of its band, all of it in the middle of the band's upper half.
  private func roomForHeat(_ readings: [Reading]) -> Double {
    guard let (setpoint, band) = temperature, let value = reading(of: .temperature, in: readings)?.trusted else {
      return 0
    }
    let width = max(band / 2, 0.1)
    return ProportionalBand(direction: .raise, width: width).demand(value: value, start: setpoint + band)
  }

  /// The surface, and the temperature that it should have: the margin, and so much more, above the dew point. Without a value where nobody
  /// knows.
  private func dewReason(beyond more: Double) -> Reason {
    let channel = plan.channels[.surfaceTemperature] ?? plan.channels[.temperature]
    guard let surface = dew?.surface, let distance = dew?.distance, let margin = plan.dew?.margin else {
      return Reason(rule: .dewPoint, channel: channel)
    }
    return Reason(rule: .dewPoint, channel: channel, value: surface, setpoint: surface - distance + margin + more)
  }
}
