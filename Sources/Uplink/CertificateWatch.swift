// Whether the device's certificate ends soon.

import Climate
import Controller
import MQTT

/// Looks now and then at the certificate that the device shows its broker (`safety.md` F58).
///
/// It is read anew each time: whoever renews it puts another file in its place.
struct CertificateWatch {
  /// Days before the end at which somebody is told anew.
  static let notices = [1, 7, 14, 30]
  private static let interval = Duration.minutes(15)
  private static let day: Int64 = 86_400_000

  private let identity: TLSSettings.Identity?
  private var nextLook: Instant
  /// Within how many days the certificate ends, one of ``notices``; `nil` if that is far off, or nobody knows.
  private(set) var notice: Int?

  init(_ identity: TLSSettings.Identity?, at now: Instant) { (self.identity, nextLook) = (identity, now) }

  /// When it looks again; `nil` if there is nothing to look at.
  var due: Instant? { identity == nil ? nil : nextLook }

  /// Looks if it is time.
  mutating func look(at now: Instant, wall: WallTime) {
    guard let identity, now >= nextLook else { return }
    nextLook = now.advanced(by: Self.interval)
    // A clock that nobody has set says nothing about a date.
    guard wall.trust != .unknown, let end = identity.end else { return notice = nil }
    notice = Self.notice(end: end, at: wall.unixMilliseconds)
  }

  /// The notice that is due some time before the end; times in ms since 1970.
  static func notice(end: Int64, at now: Int64) -> Int? {
    let (left, overflow) = end.subtractingReportingOverflow(now)
    guard !overflow else { return nil }
    return notices.first { left <= Int64($0) * day }
  }
}
