// Whether something heats a zone whose heaters are all off.

import Climate

/// Watches a zone for heat that nobody asked for: a contact that is welded, or a stove that a person has lit.
///
/// Heat is stray when all heaters have been off for 10 min, the zone lies above its band and gets warmer by 0.5 K in these, though
/// it is at least 3 K colder outside and there is no strong light. It is so until the zone is back in its band. Engineering
/// proposals; a house that the sun heats needs a light sensor, or the sun is taken for a heater.
struct StrayHeat: Sendable {
  /// What a zone looks like.
  struct View {
    /// Temperature, °C.
    var temperature: Double
    /// Upper end of the band, °C.
    var upperEnd: Double
    /// Whether any heater is on.
    var isHeating: Bool
    /// Temperature outside, °C, if known.
    var outside: Double?
    /// Light, lx, if known.
    var light: Double?
  }

  /// Minutes over which heaters are off and the temperature rises.
  static let window = 10
  /// Rise in the window, K.
  static let rise = 0.5
  /// How much colder it must be outside, K.
  static let outsideDifference = 3.0
  /// Light, lx, from which the sun may be what heats.
  static let strongLight = 5_000.0

  /// Whether something heats.
  private(set) var isPresent = false
  private var means = MinuteMeans()

  /// Takes in what held since the last call; `nil` if the zone's temperature is not known.
  mutating func step(_ view: View?, seconds: Double) {
    guard let view, means.add(view.temperature, isOn: view.isHeating, seconds: seconds), let last = means.value() else {
      return
    }
    let isColderOutside = view.outside.map { $0 <= last - Self.outsideDifference } ?? true
    guard last > view.upperEnd, isColderOutside else {
      isPresent = false
      return
    }
    guard (view.light ?? 0) < Self.strongLight, means.onShare(in: Self.window + 1) == 0,
      let rise = means.rise(in: Self.window), rise >= Self.rise
    else { return }
    isPresent = true
  }
}
