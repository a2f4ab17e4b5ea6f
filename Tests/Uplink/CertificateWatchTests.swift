// Somebody is told in time that the device's certificate ends.

import Climate
import Controller
import Foundation
import MQTT
import Servers
import Testing

@testable import Uplink

@Suite("Watch of the certificate")
struct CertificateWatchTests {
  private static let day: Int64 = 86_400_000
  /// 2027-01-01T00:00:00Z.
  private static let end: Int64 = 1_798_761_600_000
  private static let validity = "20200101000000Z"..."20270101000000Z"

  private let authority: CertificateAuthority

  init() throws { authority = try CertificateAuthority() }

  private func wall(_ milliseconds: Int64, _ trust: ClockTrust = .trusted) -> WallTime {
    WallTime(unixMilliseconds: milliseconds, trust: trust)
  }

  @Test("gives notice 30, 14, 7 and 1 days before the end, not a moment earlier, and after it too")
  func notices() {
    func notice(_ left: Int64) -> Int? { CertificateWatch.notice(end: Self.end, at: Self.end - left) }
    #expect(notice(31 * Self.day) == nil)
    for (days, before) in [(30, nil), (14, 30), (7, 14), (1, 7)] as [(Int64, Int?)] {
      #expect(notice(days * Self.day + 1) == before)
      #expect(notice(days * Self.day) == Int(days))
    }
    #expect(notice(0) == 1)
    #expect(notice(-400 * Self.day) == 1)
    #expect(CertificateWatch.notice(end: .min, at: .max) == nil)
  }

  @Test("looks at the file anew, so that a renewed certificate ends the notice")
  func renewed() throws {
    let old = try authority.sign("shed", validity: Self.validity)
    var watch = CertificateWatch(TLSSettings.Identity(certificate: old.certificate, key: old.key), at: .zero)
    watch.look(at: .zero, wall: wall(Self.end - 10 * Self.day))
    #expect(watch.notice == 14)
    let new = try authority.sign("shed")
    try FileManager.default.removeItem(atPath: old.certificate)
    try FileManager.default.copyItem(atPath: new.certificate, toPath: old.certificate)
    let next = try #require(watch.due)
    watch.look(at: next.advanced(by: .milliseconds(-1)), wall: wall(Self.end - 10 * Self.day))
    #expect(watch.notice == 14)
    watch.look(at: next, wall: wall(Self.end - 10 * Self.day))
    #expect(watch.notice == nil)
  }

  @Test("says nothing by a clock that nobody has set, and takes one that runs freely for what it is")
  func clock() throws {
    let identity = try authority.sign("shed", validity: Self.validity)
    for (trust, expected) in [(ClockTrust.unknown, nil), (.freeRunning, 7), (.trusted, 7)] as [(ClockTrust, Int?)] {
      var watch = CertificateWatch(
        TLSSettings.Identity(certificate: identity.certificate, key: identity.key), at: .zero)
      watch.look(at: .zero, wall: wall(Self.end - 2 * Self.day, trust))
      #expect(watch.notice == expected, "\(trust)")
    }
  }

  @Test("has nothing to do without a certificate")
  func none() {
    var watch = CertificateWatch(nil, at: .zero)
    watch.look(at: .zero, wall: wall(Self.end))
    #expect(watch.notice == nil)
    #expect(watch.due == nil)
  }
}
