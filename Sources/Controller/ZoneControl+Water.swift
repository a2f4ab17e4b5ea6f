// The bed of a zone: when it is watered.

import Climate

/// The sky over a bed, looked at once a minute.
struct Sky: Sendable {
  /// Light without clouds, W/m²; `nil` while nobody knows the time.
  private(set) var clear: Double?
  /// Pressure of the air at the site's altitude.
  private(set) var pressure = Pressure.seaLevel
  private var nextLookAt = Instant(nanoseconds: .min)

  mutating func look(at now: Instant, _ wall: WallTime, _ place: SitePlace) {
    guard now >= nextLookAt else { return }
    nextLookAt = now.advanced(by: .minutes(1))
    (clear, pressure) = (place.clearSky(wall), .atAltitude(metres: place.position.altitude))
  }
}

extension ZoneControl {
  mutating func addBed(
    _ setpoints: Setpoints, _ readings: [Reading], _ outputs: OutputControl, mayWater: Bool, to claims: inout Claims,
    at now: Instant
  ) {
    guard let bed = plan.bed else { return }
    let channel = setpoints.soilMoisture == nil ? nil : plan.channels[.soilMoisture]
    let band = channel == nil ? nil : setpoints.soilMoisture
    let use = bed.irrigation.use
    guard band != nil || use != nil else { return }
    let moisture = readings.trusted(channel)
    let start = band.map { $0.setpoint - $0.band / 2 }
    if let use { irrigation.use.step(bedWeather(readings), use, dose: bed.irrigation.dose, at: now) }
    let flowing = bed.valve.map { outputs.isOn($0) } ?? true && bed.pump.map { outputs.isOn($0) } ?? true
    let demand = irrigation.demand(
      moisture: moisture, start: start, enough: band.map { $0.setpoint + $0.band / 2 } ?? .infinity, flowing: flowing,
      mayWater: mayWater, plan: bed.irrigation, at: now)
    let isBlind = !mayWater || moisture == nil && use == nil
    let reason = Reason(
      rule: isBlind ? .readingLost : irrigation.rule, channel: channel, value: mayWater ? moisture : nil,
      setpoint: start, until: irrigation.phase.until)
    // Without a pump the valve alone makes the water flow: it must not open before the dose begins.
    let isValveOpen = bed.pump == nil ? demand.pump : demand.valve
    if let valve = bed.valve { claims.add(isValveOpen ? 1 : 0, for: valve, because: reason) }
    if let pump = bed.pump { claims.add(demand.pump ? 1 : 0, for: pump, because: reason) }
  }

  /// The air and the light over the bed: the zone's own where it has probes of its own, else those outside.
  private func bedWeather(_ readings: [Reading]) -> BedWeather {
    let isUnderCover = plan.channels[.temperature] != nil && plan.channels[.humidity] != nil
    let own = isUnderCover ? plan.channels : plan.outside
    var weather = BedWeather(isUnderCover: isUnderCover, clearSky: sky.clear)
    weather.light = readings.trusted(plan.channels[.illuminance] ?? plan.outside[.illuminance]).map {
      Illuminance(lux: $0)
    }
    weather.wind = readings.trusted(plan.outside[.windSpeed]).map { Speed(metresPerSecond: $0) }
    if let celsius = readings.trusted(own[.temperature]), let percent = readings.trusted(own[.humidity]) {
      weather.air = MoistAir(
        temperature: Temperature(celsius: celsius), relativeHumidity: RelativeHumidity(percent: percent),
        pressure: sky.pressure)
    }
    return weather
  }
}
