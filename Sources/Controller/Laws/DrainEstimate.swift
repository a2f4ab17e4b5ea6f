// How much of the water given runs through.

import Climate

/// What a bed or its containers can hold, for an estimate of what drains off.
public struct DrainPlan: Equatable, Sendable {
  /// Substrate or soil that the bed's emitters reach, litres; positive.
  public var volume: Double
  /// Share of that volume that is water at the probe's wet calibration point and not at its dry one, 0…1.
  public var water: Double

  /// A substrate from its parts.
  public init(volume: Double, water: Double) { (self.volume, self.water) = (volume, water) }
}

/// Shares of the water given that drained off, by estimate.
public struct DrainShares: Equatable, Sendable {
  /// Litres of the last dose that could be judged.
  public var given: Double
  /// Share of it that drained off, 0…1.
  public var last: Double
  /// Share of all doses judged in the last 24 hours, 0…1.
  public var day: Double
}

/// Estimates the drain of a bed from a water balance: what was given, less what the probe says the substrate took up until the water had sunk in.
///
/// There is no drain sensor. What the plants drink while the water sinks in, and what evaporates, counts as drained; what the probe does not
/// reach counts as like what it does. The drain to aim at by light is ``SubstrateWater/drainShare(on:)`` (`agronomy.md` §3.9).
struct DrainEstimate: Equatable, Sendable {
  private struct Dose: Equatable {
    var at: Instant
    var given: Double
    var drained: Double
  }

  /// Before the present dose; `nil` while none is under way.
  private var moistureBefore: Double?
  private var given = 0.0
  private var doses: [Dose] = []

  /// When a dose was last judged.
  var judgedAt: Instant? { doses.last?.at }

  /// A dose begins at a soil moisture, %.
  mutating func begin(moisture: Double) { (moistureBefore, given) = (moisture, 0) }

  /// Water has flowed, litres.
  mutating func add(_ litres: Double) { given += litres }

  /// The water has sunk in. Without a moisture, or without water, nothing can be said.
  mutating func judge(moisture: Double?, _ plan: DrainPlan, at now: Instant) {
    defer { moistureBefore = nil }
    doses.removeAll { $0.at.duration(to: now) > WaterBudget.window }
    guard let moisture, let moistureBefore, given > 0 else { return }
    let held = (moisture - moistureBefore) / 100 * plan.volume * plan.water
    doses.append(Dose(at: now, given: given, drained: given - min(max(held, 0), given)))
  }

  /// The shares as of `now`; `nil` while no dose of the last 24 hours was judged.
  func shares(at now: Instant) -> DrainShares? {
    let recent = doses.filter { $0.at.duration(to: now) <= WaterBudget.window }
    guard let last = recent.last else { return nil }
    let (given, drained) = recent.reduce((0.0, 0.0)) { ($0.0 + $1.given, $0.1 + $1.drained) }
    return DrainShares(given: last.given, last: last.drained / last.given, day: drained / given)
  }
}
