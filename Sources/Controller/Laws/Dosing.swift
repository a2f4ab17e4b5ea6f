// Carbon dioxide for plants.

/// A loop that raises carbon dioxide while plants can use it.
public struct DosingPlan: Equatable, Sendable {
  /// The outputs that give it off, in the order in which they are brought in.
  public var outputs: [OutputID]
  /// Concentration aimed at, ppm.
  public var setpoint: Double
  /// Distance below the setpoint at which the outputs run all the time, ppm; positive.
  public var width: Double
  /// Light below which nothing is given, lx: leaves take nothing up in the dark. Zero to give it always.
  public var lightAbove: Double
  /// Opening or duty of the vents and fans from which nothing is given, 0…1: it would go outside.
  public static let mostAiring = 0.1

  /// A loop from its parts.
  public init(outputs: [OutputID], setpoint: Double, width: Double, lightAbove: Double) {
    self.outputs = outputs
    self.setpoint = setpoint
    self.width = width
    self.lightAbove = lightAbove
  }

  /// The demand, 0…1, at a concentration.
  /// - Parameters:
  ///   - light: lx; `nil` without a trustworthy reading.
  ///   - airing: the largest demand on vents and fans.
  public func demand(value: Double, light: Double?, airing: Double) -> Double {
    guard airing < Self.mostAiring else { return 0 }
    guard lightAbove <= 0 || light ?? 0 >= lightAbove else { return 0 }
    return ProportionalBand(direction: .raise, width: width).demand(value: value, start: setpoint)
  }
}
