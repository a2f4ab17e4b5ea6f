// Whether water that was given reaches the soil.

import Climate

/// Watches the doses of a bed. If two in a row, together, do not raise the soil moisture, the water goes elsewhere or does not flow at
/// all: watering pauses, so that a burst pipe does not drain the cistern. After the pause one dose is tried.
///
/// A bed is judged only after three doses in a row were felt. Where many small doses make up for what the plants drink, a single
/// one cannot be felt, and the daily cap alone bounds the loss. The figures are engineering proposals.
struct WateringEffect: Equatable, Sendable {
  /// Rise of soil moisture, points, that is an effect.
  static let effect = 1.0
  /// Doses that must show it together.
  static let doses = 2
  /// Doses in a row, each felt, that show that the probe can feel one.
  static let dosesToKnow = 3
  /// Length of the pause; a person's acknowledgement ends it.
  static let pause = Duration.hours(6)

  /// Until when watering pauses.
  private(set) var pausedUntil: Instant?
  /// Whether the present dose was given to the end; a part of one need not show an effect.
  var isWhole = false
  private var before = 0.0
  private var start = 0.0
  private var felt = 0
  private var failures = 0

  /// Whether the last doses did not reach the soil.
  var isWithoutEffect: Bool { failures >= Self.doses }

  /// A dose begins.
  mutating func begin(moisture: Double) {
    start = moisture
    before = failures == 0 ? moisture : min(before, moisture)
    isWhole = false
  }

  /// A dose has soaked in.
  mutating func judge(moisture: Double?, at now: Instant) {
    guard isWhole, let moisture else { return }
    isWhole = false
    guard felt >= Self.dosesToKnow else {
      felt = moisture - start >= Self.effect ? felt + 1 : 0
      return
    }
    if moisture - before >= Self.effect {
      (failures, pausedUntil) = (0, nil)
    } else {
      failures += 1
      if isWithoutEffect { pausedUntil = now.advanced(by: Self.pause) }
    }
  }

  /// A person has looked at it.
  mutating func acknowledge() { (failures, pausedUntil) = (0, nil) }

  /// Begins a pause.
  mutating func pause(at now: Instant) {
    (failures, felt) = (Self.doses, Self.dosesToKnow)
    // Any moisture that the next dose finds is less than this.
    before = .infinity
    pausedUntil = now.advanced(by: Self.pause)
  }
}
