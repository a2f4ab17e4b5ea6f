// Boots of the machine that follow each other too fast.

import Climate

/// Counts the boots of the machine in time that it had power (`safety.md` F18).
///
/// No wall clock: a machine whose power comes and goes may not know the time. An age is what had passed when the memory was last
/// saved and what has passed since this controller began, so that it is never more than the truth.
struct BootCounter: Sendable {
  /// Boots in ``window`` from which the power is taken to be bad.
  static let limit = 5
  /// The window.
  static let window = Duration.minutes(30)

  /// The last boots, at most ``limit``, the oldest first.
  private let boots: [Instant]
  /// When the power will have been good for long enough; `nil` if it was good at the start.
  private let badUntil: Instant?

  /// - Parameters:
  ///   - ages: ages of earlier boots, the oldest first.
  ///   - isNewBoot: whether the machine has been booted since these were saved.
  init(_ ages: [Duration], isNewBoot: Bool, at now: Instant) {
    let earlier = ages.map { now.advanced(by: .zero - max($0, .zero)) }
    boots = (earlier + (isNewBoot ? [now] : [])).suffix(Self.limit)
    badUntil = boots.count == Self.limit ? boots.first?.advanced(by: Self.window) : nil
  }

  /// When the power will have been good for long enough; `nil` if it is.
  func brownOutUntil(at now: Instant) -> Instant? {
    guard let badUntil, now < badUntil, ControllerCheck.brownOut.isMade else { return nil }
    return badUntil
  }

  /// Time since the last boot, or since the controller first ran after it; `nil` if no boot is known.
  func timeSinceBoot(at now: Instant) -> Duration? { boots.last?.duration(to: now) }

  /// What must be known again after a restart.
  func saved(at now: Instant) -> [Duration] { boots.map { $0.duration(to: now) } }
}
