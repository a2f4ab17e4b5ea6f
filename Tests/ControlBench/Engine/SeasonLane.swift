// One shed with its contactors, and what becomes of it.

import Climate
public import Controller
import Simulator
import Station

/// What one way to run the shed has come to.
public struct SeasonFigures: Sendable {
  /// What one quantity has come to.
  public struct Quantity: Sendable {
    /// Seconds within the permitted band.
    public var isIn = 0.0
    /// Seconds in which the equipment could have been in the band, or was.
    public var reachable = 0.0
    /// Distance from the band, summed up over hours.
    public var exceedance = 0.0
    /// Hours out of reach above and below the band, stage by stage.
    public var outOfReach: [String: (above: Double, below: Double)] = [:]
  }

  /// Air temperature, K·h.
  public var temperature = Quantity()
  /// Relative humidity of the air, %·h.
  public var humidity = Quantity()
  /// Seconds of the season.
  public var seconds = 0.0
  /// kWh.
  public var energy = 0.0
  /// Litres.
  public var water = 0.0
  /// Of each relay: what it switches, its operations, and the most of them in one day.
  public var relays: [(kind: OutputKind, operations: Int, mostADay: Int)] = []
  /// The most starts a day that the heater's relay needs in any stage, at the stage's mean load; see
  /// `SilkwormShed.fewestStarts(duty:band:)`.
  public var fewestStarts = 0.0
  /// What was violated at the contactors; Bombyx alone knows constraints.
  public var violations: [String] = []
}

/// One shed with its contactors.
struct SeasonLane {
  private(set) var shed: SilkwormShed
  private var contactors: [Contactor]
  private let kinds: [OutputKind]
  private var noise: SeededGenerator
  private var figures = SeasonFigures()
  private var dayStart: [Int]
  private var checker: ConstraintChecker?
  private let heaterLimit: Double?
  /// Of the stage that runs: its name, band, seconds, and seconds with the heater on.
  private var load: (stage: String, band: Double, seconds: Double, on: Double)?

  /// - Parameters:
  ///   - outputs: what the relays switch, one contactor each. Relays of one kind share its power equally.
  ///   - isChecked: whether the outputs' constraints are to be kept.
  init(shed: SilkwormShed, noise: SeededGenerator, outputs: [OutputPlan], isChecked: Bool) {
    (self.shed, self.noise) = (shed, noise)
    kinds = outputs.map(\.kind)
    contactors = outputs.map { _ in Contactor() }
    dayStart = outputs.map { _ in 0 }
    figures.relays = outputs.map { ($0.kind, 0, 0) }
    checker = isChecked ? ConstraintChecker(outputs) : nil
    heaterLimit = isChecked ? outputs.first { $0.kind == .heater }?.highLimit : nil
  }

  mutating func begin(_ stage: SilkwormStage) {
    if shed.stage != stage { shed.stage = stage }
  }

  mutating func measure() -> ShedReadings {
    ShedReadings(
      north: probe(.north), south: probe(.south), co2: (shed.air.co2 + 5 * noise.nextGaussian()).rounded(),
      outside: probe(.outside))
  }

  private mutating func probe(_ position: ProbePosition) -> (temperature: Double, humidity: Double) {
    let conditions = shed.conditions(at: position)
    let temperature = conditions.temperature.celsius + 0.02 * noise.nextGaussian()
    let humidity = conditions.relativeHumidity.percent + 0.1 * noise.nextGaussian()
    return ((temperature * 100).rounded() / 100, min(max((humidity * 100).rounded() / 100, 0.2), 100))
  }

  /// - Parameter isOn: whether each relay is switched on.
  mutating func advance(_ isOn: (Int) -> Bool, at time: PlantTime, second: Int) {
    var states = ActuatorStates()
    for index in contactors.indices {
      let share = contactors[index].advance(by: .seconds(1), energised: isOn(index))
      states[kinds[index]] += share / Double(kinds.count { $0 == kinds[index] })
    }
    let now = Instant(seconds: Double(second))
    checker?.look(at: contactors, now: now)
    if let heaterLimit, heating > 0, shed.air.temperature.celsius > heaterLimit + 1 {
      figures.violations.append("heater on at \(shed.air.temperature.celsius) °C at \(second) s")
    }
    shed.advance(by: .seconds(1), at: time, actuators: states)
  }

  /// - Parameter stage: name of the recipe's stage.
  mutating func look(_ setpoints: Setpoints, stage: String) {
    figures.seconds += 1
    let air = shed.air
    if let band = setpoints.temperature {
      let value = air.temperature.celsius
      figures.temperature.look(at: value, band, stage) {
        value > band.setpoint
          ? shed.lowestTemperature <= band.setpoint + band.band
          : shed.highestTemperature(fan: 0) >= band.setpoint - band.band
      }
      noteLoad(stage, band.band)
    }
    if let band = setpoints.humidity {
      let value = air.relativeHumidity.percent
      figures.humidity.look(at: value, band, stage) {
        // At the temperature that the recipe asks for, or at the lowest there is if that is warmer.
        let temperature = max(setpoints.temperature?.setpoint ?? air.temperature.celsius, shed.lowestTemperature)
        let share = setpoints.ventilation.map { $0.on / $0.period } ?? 0
        return value > band.setpoint
          ? shed.lowestHumidity(at: temperature) <= band.setpoint + band.band
          : shed.highestHumidity(at: temperature, fan: share, mister: Self.mister) >= band.setpoint - band.band
      }
    }
  }

  /// Share of the time for which the example's mister may run: five minutes on, one off.
  private static let mister = 5.0 / 6

  private mutating func noteLoad(_ stage: String, _ band: Double) {
    if load?.stage != stage {
      closeLoad()
      load = (stage, band, 0, 0)
    }
    load?.seconds += 1
    let share = heating
    load?.on += share
  }

  /// Share of the heaters that are on.
  private var heating: Double {
    let heaters = kinds.indices.filter { kinds[$0] == .heater }
    return Double(heaters.count { contactors[$0].isClosed }) / Double(max(heaters.count, 1))
  }

  private mutating func closeLoad() {
    guard let load, load.seconds > 0 else { return }
    figures.fewestStarts = max(
      figures.fewestStarts, shed.fewestStarts(duty: load.on / load.seconds, band: load.band))
  }

  mutating func endDay() {
    for index in contactors.indices {
      figures.relays[index].operations = contactors[index].operations
      figures.relays[index].mostADay = max(
        figures.relays[index].mostADay, contactors[index].operations - dayStart[index])
      dayStart[index] = contactors[index].operations
    }
  }

  mutating func finish() -> SeasonFigures {
    closeLoad()
    figures.energy = shed.totals.energy
    figures.water = shed.totals.water
    figures.violations += checker?.violations ?? []
    return figures
  }
}

extension SeasonFigures.Quantity {
  /// - Parameter canReach: whether the equipment could be in the band; asked only outside it.
  fileprivate mutating func look(at value: Double, _ band: BandSetpoint, _ stage: String, _ canReach: () -> Bool) {
    if band.holds(value) {
      isIn += 1
      reachable += 1
      return
    }
    exceedance += (abs(value - band.setpoint) - band.band) / 3_600
    if canReach() {
      reachable += 1
    } else if value > band.setpoint {
      outOfReach[stage, default: (0, 0)].above += 1 / 3_600
    } else {
      outOfReach[stage, default: (0, 0)].below += 1 / 3_600
    }
  }
}
