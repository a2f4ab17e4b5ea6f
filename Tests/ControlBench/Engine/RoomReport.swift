// What recipes in rooms have come to, in words and in one table.

extension RoomScenario.Outcome {
  /// A few lines for people.
  public var text: String {
    func line(_ held: RoomFigures.Held, _ unit: String) -> String {
      "\(short(100 * held.share)) % (+\(short(held.above)) -\(short(held.below)) \(unit), out of reach "
        + "\(short(held.outOfReach.above / 3_600)) h above, \(short(held.outOfReach.below / 3_600)) h below)"
    }
    var lines = figures.stages.sorted { $0.key < $1.key }.map { name, held in
      "  \(name): T \(line(held.temperature, "K")), RH \(line(held.humidity, "%")) of \(short(held.temperature.seconds / 3_600)) h"
    }
    lines.append(
      "  CO2 \(short(figures.co2)) ppm, ammonia \(short(ammonia)) ppm, wetted \(short(wetted)) g/kg, lost \(short(lost)) g/kg, "
        + "moisture \(short(moisture)) of \(short(finalMoisture)), product up to \(short(hottest)) °C, \(short(celsius)) °C at the end"
    )
    lines.append(
      "  operations a day \(figures.operations.sorted { $0.key < $1.key }.map { "\($0.key) \(short($0.value))" }), alarms "
        + "\(figures.alarms.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }), violations \(figures.violations.count)"
        + ", advice \(figures.advice)")
    return lines.joined(separator: "\n")
  }

  /// All stages together.
  public var whole: (temperature: RoomFigures.Held, humidity: RoomFigures.Held) {
    figures.stages.values.reduce(into: (RoomFigures.Held(), RoomFigures.Held())) {
      $0.0.add($1.temperature)
      $0.1.add($1.humidity)
    }
  }
}

extension RoomScenario {
  /// One line for all rooms of a kind: the mean share of the time in reach in which the bands were held with that of the worst room, the
  /// share of the time that was out of reach, and the operations of the busiest output.
  public func summary(_ outcomes: [Outcome]) -> String {
    func column(_ name: String, _ held: [RoomFigures.Held]) -> String {
      let controlled = held.filter { $0.seconds > 0 }
      guard !controlled.isEmpty else { return "\(name) -" }
      let mean = controlled.reduce(0) { $0 + $1.share } / Double(controlled.count)
      let worst = controlled.map(\.share).min() ?? 0
      let seconds = controlled.reduce(0) { $0 + $1.seconds }
      func out(_ side: (RoomFigures.Held) -> Double) -> String {
        short(100 * controlled.reduce(0) { $0 + side($1) } / seconds)
      }
      return
        "\(name) \(short(100 * mean)) % (worst \(short(100 * worst))), out of reach \(out { $0.outOfReach.above }) % above and "
        + "\(out { $0.outOfReach.below }) % below"
    }
    let wholes = outcomes.map(\.whole)
    let busiest = outcomes.flatMap { $0.figures.operations.map { ($0.key, $0.value) } }.max { $0.1 < $1.1 }
    return "\(rawValue): " + column("T", wholes.map(\.temperature)) + "; " + column("RH", wholes.map(\.humidity))
      + "; busiest \(busiest?.0 ?? "-") \(short(busiest?.1 ?? 0)) a day"
  }
}

extension RoomFigures.Held {
  fileprivate mutating func add(_ other: Self) {
    (seconds, inBand) = (seconds + other.seconds, inBand + other.inBand)
    outOfReach.above += other.outOfReach.above
    outOfReach.below += other.outOfReach.below
    (above, below) = (max(above, other.above), max(below, other.below))
  }
}

private func short(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
