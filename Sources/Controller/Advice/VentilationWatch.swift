// Whether the fans and vents of a zone carry what they have to.

import Climate

/// Watches, over the last 24 hours, how long a zone stayed above its band with all the air that its equipment moves, and whether the air
/// outside could have helped.
///
/// In a steady state what a zone gives off leaves with the air: `E = V (C - Co)`. The flow that would have held the upper end of the band is
/// then `(C - Co) / (Cu - Co)` times the flow there was, whatever the flow is: no fan need be known for it. For vapour C is the content of
/// the air in g/m³, at the zone's temperature; for CO2 ppm; for heat the temperature.
///
/// What counts as long and as far is an engineering proposal.
struct VentilationWatch: Sendable {
  /// Hours out of 24 from which there is something to say.
  static let hoursNeeded = 3.0
  /// Wanted mean from which an output runs at full.
  static let full = 0.99
  /// How often it looks. What it looks for lasts for hours.
  static let interval = 10.0
  /// CO2 outside, ppm (NOAA Global Monitoring Laboratory, global mean of the years around 2023, rounded).
  static let outsideCO2 = 420.0
  /// Hours of which nothing is forgotten: 24 whole ones, and the one that runs.
  private static let capacity = 25

  /// What air could do for a zone at a moment.
  struct View {
    /// Value and upper end of the band, in the quantity's unit.
    var value: Double
    var upperEnd: Double
    /// Content of the air inside, at the upper end of the band, and outside, in one unit.
    var inside: Double
    var atUpperEnd: Double
    var outside: Double
    /// How far the air outside must lie below the upper end to be of use, in that unit.
    var usefulDifference: Double
    var isAtFull: Bool
  }

  /// Sums over one hour, each times seconds.
  private struct Hour: Sendable {
    var short = 0.0
    var excess = 0.0
    var drop = 0.0
    var wantedDrop = 0.0
    var outside = 0.0
  }

  let quantity: Quantity
  /// What airs the zone for the sake of this quantity.
  let outputs: [OutputID]
  /// Of these the fans, one bit each.
  let fans: UInt32
  /// How far above the setpoint the zone is aired, where that is beyond the band: cooling may have a setpoint of its own.
  let offset: Double
  private var hours = [Hour](repeating: Hour(), count: VentilationWatch.capacity)
  private var current = 0
  private var elapsed = 0.0

  init(_ quantity: Quantity, outputs: [OutputID], fans: UInt32, offset: Double) {
    (self.quantity, self.outputs, self.fans, self.offset) = (quantity, outputs, fans, offset)
  }

  /// Whether all that airs the zone does so at full. A vent that stands open does not run, and a fan may have to rest.
  func isAtFull(_ decision: Decision, on: UInt32) -> Bool {
    on & fans == fans && outputs.allSatisfy { decision.outputs[$0.index].demand >= Self.full }
  }

  /// Takes in what held for some seconds; `nil` if it is not known.
  mutating func add(_ view: View?, seconds: Double) {
    elapsed += seconds
    if elapsed >= 3_600 {
      elapsed -= 3_600
      current = (current + 1) % Self.capacity
      hours[current] = Hour()
    }
    guard let view, view.value > view.upperEnd else { return }
    guard view.outside < view.atUpperEnd - view.usefulDifference else {
      hours[current].outside += seconds
      return
    }
    guard view.isAtFull else { return }
    hours[current].short += seconds
    hours[current].excess += (view.value - view.upperEnd) * seconds
    hours[current].drop += (view.inside - view.outside) * seconds
    hours[current].wantedDrop += (view.atUpperEnd - view.outside) * seconds
  }

  // MARK: Memory

  /// The hours in which there was anything; `nil` for none.
  var saved: Memory.SavedVentilation? {
    let kept = hours.indices.filter { hours[$0].short > 0 || hours[$0].outside > 0 }.map { index in
      let hour = hours[index]
      return Memory.SavedVentilation.Hour(
        ago: (current - index + Self.capacity) % Self.capacity,
        sums: [hour.short, hour.excess, hour.drop, hour.wantedDrop, hour.outside].map { $0.rounded() })
    }
    guard !kept.isEmpty else { return nil }
    return Memory.SavedVentilation(quantity: quantity.rawValue, elapsed: elapsed.rounded(), hours: kept)
  }

  /// Takes up hours that were saved so long ago. Sums that cannot be are left out.
  mutating func resume(_ saved: Memory.SavedVentilation, age: Duration) {
    let seconds = (0...3_600).contains(saved.elapsed) ? saved.elapsed : 0
    let later = min(seconds + max(0, age.inSeconds), 1e9)
    let passed = Int(later / 3_600)
    elapsed = later - Double(passed) * 3_600
    for hour in saved.hours where hour.ago >= 0 && hour.ago < Self.capacity - passed {
      let sums = hour.sums
      guard sums.count == 5, sums.allSatisfy({ (0...1e9).contains($0) }), sums[0] <= 3_660, sums[4] <= 3_660,
        sums[0] == 0 || sums[3] > 0
      else { continue }
      hours[(current - hour.ago - passed + 2 * Self.capacity) % Self.capacity] = Hour(
        short: sums[0], excess: sums[1], drop: sums[2], wantedDrop: sums[3], outside: sums[4])
    }
  }

  /// What there is to say.
  var advice: [Advice] {
    var sum = Hour()
    for hour in hours {
      sum.short += hour.short
      sum.excess += hour.excess
      sum.drop += hour.drop
      sum.wantedDrop += hour.wantedDrop
      sum.outside += hour.outside
    }
    var advice: [Advice] = []
    let least = Self.hoursNeeded * 3_600
    if sum.short >= least, sum.excess / sum.short >= quantity.worthSaying {
      advice.append(
        .ventilationShortfall(
          VentilationShortfall(
            quantity: quantity, outputs: outputs, hours: min(sum.short / 3_600, 24), excess: sum.excess / sum.short,
            factor: sum.drop / sum.wantedDrop)))
    }
    if sum.outside >= least { advice.append(.outsideAir(quantity: quantity, hours: min(sum.outside / 3_600, 24))) }
    return advice
  }
}

extension Quantity {
  /// Mean distance from a band that is worth a person's while, in the unit of the quantity. Engineering proposals.
  fileprivate var worthSaying: Double {
    switch self {
    case .temperature: 0.3
    case .humidity: 2
    case .co2: 100
    case .ammonia: 1
    default: .infinity
    }
  }
}
