// What a recipe aims at, at a moment.

import Climate

/// What the setpoints of a moment depend on, beside the place in the recipe.
struct Moment {
  /// What clock and sun say; `nil` while nobody knows the time: it is then taken for day.
  var time: LocalTime?
  /// Mean temperature of the zone, °C, for humidities that depend on it; `nil` for the setpoint.
  var temperature: Double?
  var psychrometer: Psychrometer
  var offset: SetpointOffset?
}

extension Recipe {
  /// What a zone aims at, at a place in the recipe and a moment.
  /// - Parameters:
  ///   - own: the zone's own setpoints, for what the stage leaves open.
  ///   - ownAim: the humidity among them, if the stage leaves it open and it is not relative.
  func setpoints(
    at progress: RecipeProgress, _ moment: Moment, over own: Setpoints, aim ownAim: HumidityAim?
  ) -> Setpoints {
    let stage = stages[progress.stage]
    var setpoints = stage.setpoints.completed(by: own)
    if let end = stage.temperature(at: moment.time) {
      let before = progress.stage > 0 ? stages[progress.stage - 1].temperature(at: moment.time) : nil
      let value = Course.moved(
        from: before ?? end, to: end, ramp: stage.temperature.ramp, for: progress.elapsed.inSeconds)
      setpoints.temperature?.move(to: value, onTheWayTo: end)
    }
    if let night = stage.humidity.night, stage.humidityAim == nil, let band = setpoints.humidity {
      setpoints.humidity?.setpoint = Course.value(
        day: band.setpoint, night: night, ramp: stage.humidity.ramp, stage.day, moment.time)
    }
    setpoints.apply(aim: stage.humidityAim(at: moment.time) ?? ownAim, moment)
    return setpoints
  }
}

extension Setpoints {
  /// Takes the offset in, and then the humidity that the zone's temperature makes of an aim.
  mutating func apply(aim: HumidityAim?, _ moment: Moment) {
    let offset = moment.offset
    if let offset, let band = temperature { temperature?.setpoint = band.setpoint + offset.temperature }
    if let aim, let celsius = moment.temperature ?? temperature?.setpoint {
      let meant = aim.relative(at: Temperature(celsius: celsius), psychrometer: moment.psychrometer)
      humidity?.setpoint = meant.setpoint
      humidity?.band = meant.band
    }
    if let offset, let band = humidity {
      humidity?.setpoint = min(max(band.setpoint + offset.humidity, 0), 100)
    }
  }
}

extension Stage {
  /// The temperature that it aims at, °C, once it has come there from the stage before; `nil` if it has none.
  fileprivate func temperature(at time: LocalTime?) -> Double? {
    guard let day = setpoints.temperature?.setpoint else { return nil }
    let value = Course.value(day: day, night: temperature.night, ramp: temperature.ramp, self.day, time)
    guard let drop = temperature.drop, let time else { return value }
    let low = (temperature.night ?? day) - drop.depth
    let sinceEnd = time.seconds(since: drop.begin) - drop.length.inSeconds
    // After it the temperature rises no faster than the stage allows.
    return sinceEnd < 0 ? low : Course.moved(from: low, to: value, ramp: temperature.ramp, for: sinceEnd)
  }

  /// The humidity that it aims at, where that is not given as relative humidity.
  func humidityAim(at time: LocalTime?) -> HumidityAim? {
    guard var aim = humidityAim else { return nil }
    aim.value = Course.value(day: aim.value, night: humidity.night, ramp: humidity.ramp, day, time)
    return aim
  }

  /// Whether the lamps are lit; `nil` if the stage leaves them alone. They stay dark while nobody knows the time.
  func isLit(at time: LocalTime?) -> Bool? {
    switch light {
    case .none: nil
    case .blackout: false
    case .on(let period): time.map { period.phase(at: $0).isDay } ?? false
    }
  }
}

extension Course {
  /// The value of a quantity with a setpoint by day and one by night.
  static func value(day: Double, night: Double?, ramp: Double?, _ period: DayPeriod, _ time: LocalTime?) -> Double {
    guard let night, let time else { return day }
    let (isDay, seconds) = period.phase(at: time)
    return isDay
      ? moved(from: night, to: day, ramp: ramp, for: seconds) : moved(from: day, to: night, ramp: ramp, for: seconds)
  }

  /// Where a value is that has moved for a time, by at most `ramp` an hour.
  static func moved(from start: Double, to end: Double, ramp: Double?, for seconds: Double) -> Double {
    guard let ramp else { return end }
    let most = ramp * max(seconds, 0) / 3_600
    return end > start ? min(start + most, end) : max(start - most, end)
  }
}

extension BandSetpoint {
  /// Moves the setpoint. While it is on its way from the stage before, the alarm limit on that side gives way by what is left.
  fileprivate mutating func move(to value: Double, onTheWayTo end: Double) {
    setpoint = value
    lowAlarm = lowAlarm.map { $0 + min(value - end, 0) }
    highAlarm = highAlarm.map { $0 + max(value - end, 0) }
  }
}
