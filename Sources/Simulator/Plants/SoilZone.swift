// A strip of soil as a bucket of water.

/// The root zone of a strip of ground: drip water sinks in, roots drink, what the soil cannot hold drains.
///
/// A bucket after FAO-56 chapter 8, with a store above the roots that delays the water on its way to roots and probe.
struct SoilZone: Hashable, Sendable {
  /// Water on its way to the roots, mm.
  private(set) var sinking = 0.0
  /// Water among the roots, mm.
  private(set) var stored: Double
  /// Water below the roots since the start, mm.
  private(set) var drained = 0.0

  /// A zone with a share of water, m³/m³.
  init(moisture: Double, rootDepth: Double) {
    stored = moisture * rootDepth * 1000
  }

  /// Share of water, m³/m³.
  func moisture(_ p: Greenhouse.Parameters) -> Double { stored / (p.rootDepth * 1000) }

  /// How much of what they could transpire the plants do, 0…1 (FAO-56 eq. 84).
  func uptake(_ p: Greenhouse.Parameters) -> Double {
    let stressBelow = p.fieldCapacity - p.readilyAvailable * (p.fieldCapacity - p.wiltingPoint)
    return min(max((moisture(p) - p.wiltingPoint) / (stressBelow - p.wiltingPoint), 0), 1)
  }

  /// Lets `dt` seconds pass in which `watered` and `transpired` mm come and go.
  mutating func advance(by dt: Double, watered: Double, transpired: Double, _ p: Greenhouse.Parameters) {
    let depth = p.rootDepth * 1000
    sinking += watered
    let arriving = sinking * PlantPhysics.lag(dt, p.infiltrationTime)
    sinking -= arriving
    stored += arriving - transpired
    let overflow = max(stored - p.saturation * depth, 0)
    let excess = max(stored - overflow - p.fieldCapacity * depth, 0)
    let draining = overflow + excess * PlantPhysics.lag(dt, p.drainageTime)
    stored -= draining
    drained += draining
  }
}
