// The air, the bed and the weather of a simulated house: one lump a zone, exact for any length of step.

import Climate
import RealModule
import Simulator

/// One zone's air and bed.
///
/// Each quantity is one store that goes exponentially towards what its flows would settle at, so that a step of a minute is as stable as one
/// of a second. It is no model of a shed: that is `SilkwormShed`. It is cheap, its heater is strong enough to do harm, and its
/// parameters differ from seed to seed.
struct HouseZone: Sendable {
  /// °C.
  private(set) var temperature: Double
  /// g/m³.
  private(set) var vapour: Double
  /// Vapour that the air can hold at its temperature, g/m³.
  private var saturated: Double
  /// ppm.
  private(set) var co2 = 800.0
  /// Water in the bed, % of saturated.
  private(set) var soil = 58.0

  /// Kelvins above the outside that the heater alone would reach.
  let heaterRise: Double
  private let loadRise: Double
  /// Air and fabric lose what they hold in this time, s.
  private let time: Double
  /// A running fan exchanges the air in this time, s.
  private let fanTime: Double
  private let leakTime: Double
  private let dryingPerDay: Double

  init(setpoint: Double, generator: inout SeededGenerator) {
    temperature = setpoint - 4 * generator.uniform()
    saturated = Self.saturation(temperature)
    vapour = 12
    heaterRise = 25 + 20 * generator.uniform()
    loadRise = 3 * generator.uniform()
    time = 1_500 + 4_000 * generator.uniform()
    fanTime = 400 + 800 * generator.uniform()
    leakTime = 4_000 + 5_000 * generator.uniform()
    dryingPerDay = 6 + 10 * generator.uniform()
  }

  /// Shares of a step that each actuator runs.
  struct Load: Sendable {
    var heater: Double
    var fan: Double
    var mister: Double
  }

  /// What the stores go towards under a load, and how fast, 1/s.
  private struct Flows {
    let loss: Double
    let temperature: Double
    let exchange: Double
    let vapour: Double
    let co2: Double
  }

  @inline(__always) private func flows(_ load: Load, _ out: Weather) -> Flows {
    let loss = 1 / time + load.fan / (fanTime * 6)
    let exchange = 1 / leakTime + load.fan / fanTime
    return Flows(
      loss: loss, temperature: out.temperature + (heaterRise * load.heater + loadRise) / (time * loss),
      exchange: exchange, vapour: out.vapour + (0.000_6 + 0.012 * load.mister) / exchange,
      co2: 420 + 0.12 / exchange)
  }

  /// Time in which no store changes by more than 1.5 K, 10 % of what the air can hold, or 500 ppm, s.
  func steadyTime(_ load: Load, _ out: Weather) -> Double {
    let flows = flows(load, out)
    let change = max(
      abs(flows.temperature - temperature) * flows.loss / 1.5,
      abs(flows.vapour - vapour) / saturated * flows.exchange / 0.1,
      abs(flows.co2 - co2) * flows.exchange / 500)
    return 1 / max(change, 1e-6)
  }

  /// Lets time pass.
  mutating func advance(by dt: Double, _ load: Load, water litres: Double, _ out: Weather) {
    let flows = flows(load, out)
    temperature += (flows.temperature - temperature) * settled(dt * flows.loss)
    vapour += (flows.vapour - vapour) * settled(dt * flows.exchange)
    saturated = Self.saturation(temperature)
    vapour = min(vapour, saturated)
    co2 += (flows.co2 - co2) * settled(dt * flows.exchange)
    soil = min(100, max(0, soil - dryingPerDay * dt / 86_400 + litres * 0.05))
  }

  /// Relative humidity, %.
  var humidity: Double { min(100, 100 * vapour / saturated) }

  /// Vapour that a cubic metre can hold, g.
  static func saturation(_ celsius: Double) -> Double {
    // Magnus form with the coefficients of Alduchov and Eskridge, 1996.
    216.679 * 6.1094 * Double.exp(17.625 * celsius / (celsius + 243.04)) / (celsius + 273.15)
  }

  /// 1 − e^−x to the second order of its continued fraction, exact enough for a house and never above 1.
  private func settled(_ x: Double) -> Double { x * (6 + x) / (6 + 4 * x + x * x) }

  /// The weather outside.
  struct Weather: Sendable {
    var temperature: Double
    var vapour: Double
  }
}

/// Wind and gusts of a month, and when the anemometer does not answer.
struct ScenarioWind: Sendable {
  private let mean: Double
  private let phase: Double
  /// The anemometer is away for some hours every so many days.
  private let lossPeriod: Int64
  private static let lossTime: Int64 = 2 * 3_600_000

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed, purpose: "wind")
    mean = 4 + 4 * generator.uniform()
    phase = 2 * .pi * generator.uniform()
    lossPeriod = Int64(30 + generator.next() % 60) * 3_600_000
  }

  /// m/s. Storms of half a day, over which gusts of minutes ride.
  func speed(at milliseconds: Int64) -> Double {
    let hours = Double(milliseconds) / 3_600_000
    let storm = Double.cos(hours * 2 * .pi / 61 + phase) + 0.5 * Double.cos(hours * 2 * .pi / 23)
    return max(0, mean * (1 + 0.8 * storm) + 1.5 * Double.cos(hours * 2 * .pi * 5))
  }

  /// How long the anemometer goes on as it does, and the wind stays below a speed, ms.
  func steadyTime(below speed: Double, at now: Int64) -> Int64 {
    let phase = now % lossPeriod
    // Its gusts rise by no more than 0.0131 m/s in a second, its storms by another 0.0007.
    let calm = Int64(max(0, speed - self.speed(at: now)) / 0.014 * 1_000)
    return phase < lossPeriod - Self.lossTime ? min(calm, lossPeriod - Self.lossTime - phase) : 0
  }

  /// What the anemometer gives; `nil` if it does not answer.
  func measured(at milliseconds: Int64) -> Double? {
    milliseconds % lossPeriod < lossPeriod - Self.lossTime ? speed(at: milliseconds) : nil
  }
}

/// The air over a fire: carbon monoxide while its flue is blocked, and a sensor that now and then does not answer.
struct ScenarioFumes: Sendable {
  /// ppm.
  private(set) var concentration = 2.0
  /// Since when there has been as much as the limit, ms; `nil` while there is less.
  private(set) var overSince: Int64?
  /// Since when nobody could know, ms; `nil` while the sensor answers.
  private(set) var unknownSince: Int64?
  private let limit: Double
  private let period: Int64
  private let end: Int64
  private static let blockedTime: Int64 = 3 * 3_600_000
  private static let lossTime: Int64 = 2 * 3_600_000

  /// - Parameters:
  ///   - limit: from which the fire must be out, ppm.
  ///   - end: nothing is the matter after it, ms.
  init(seed: UInt64, limit: Double, end: Int64) {
    var generator = SeededGenerator(seed: seed, purpose: "fumes")
    period = Int64(20 + generator.next() % 40) * 3_600_000
    (self.limit, self.end) = (limit, end)
  }

  /// What the sensor gives; `nil` if it does not answer. It goes in the middle between two times of a blocked flue.
  func measured(at now: Int64) -> Double? {
    let time = (now + period / 2) % period
    // A cell is never quite still, and one that is counts as stuck.
    return now < end && time >= period - Self.lossTime ? nil : concentration + 0.2 * Double.cos(Double(now) / 600_000)
  }

  private func flow(fire: Double, fan: Double, at now: Int64) -> (target: Double, exchange: Double) {
    let isBlocked = now < end && now % period >= period - Self.blockedTime
    let exchange = 1 / 4_000 + fan / 500
    return (2 + (isBlocked ? 0.4 * fire : 0) / exchange, exchange)
  }

  /// How long the concentration, flue and sensor stay about as they are, 5 ppm and no more, ms; 0 while what has just changed is not known yet.
  func steadyTime(fire: Double, fan: Double, at now: Int64) -> Int64 {
    let (target, exchange) = flow(fire: fire, fan: fan, at: now)
    var steady = Int64(5_000 / max(abs(target - concentration) * exchange, 1e-6))
    for (length, shift) in [(Self.blockedTime, Int64(0)), (Self.lossTime, period / 2)] where now < end {
      let (phase, begin) = ((now + shift) % period, period - length)
      let (since, next) = phase < begin ? (phase, begin) : (phase - begin, period)
      steady = min(steady, since < 120_000 ? 0 : next - phase)
    }
    return steady
  }

  /// Lets time pass with the shares of the step that fire and fan ran.
  mutating func advance(by seconds: Double, fire: Double, fan: Double, at now: Int64) {
    let (target, exchange) = flow(fire: fire, fan: fan, at: now)
    concentration += (target - concentration) * (1 - Double.exp(-seconds * exchange))
    overSince = concentration >= limit ? overSince ?? now : nil
    unknownSince = measured(at: now) == nil ? unknownSince ?? now : nil
  }
}

/// The weather of a month: a daily wave on a slow one.
struct ScenarioWeather: Sendable {
  private let mean: Double
  private let daily: Double
  private let slow: Double
  private let phase: Double

  init(generator: inout SeededGenerator) {
    mean = -2 + 20 * generator.uniform()
    daily = 3 + 5 * generator.uniform()
    slow = 4 * generator.uniform()
    phase = 2 * .pi * generator.uniform()
  }

  func at(_ milliseconds: Int64) -> HouseZone.Weather {
    let day = Double(milliseconds) / 86_400_000
    let temperature = mean + daily * Double.cos(2 * .pi * (day - 0.6)) + slow * Double.cos(day * 0.9 + phase)
    return HouseZone.Weather(temperature: temperature, vapour: 0.7 * HouseZone.saturation(temperature))
  }
}
