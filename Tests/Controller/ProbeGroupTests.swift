// Redundant probes made into one reading.

import Climate
import Controller
import Testing

@Suite("Probe group")
struct ProbeGroupTests {
  private let median = ProbeGroup(probes: [ChannelID(0), ChannelID(1), ChannelID(2)])
  private let first = ProbeGroup(probes: [ChannelID(2), ChannelID(0), ChannelID(1)], redundancy: .firstGood)

  private func good(_ value: Double, at seconds: Double = 100) -> Reading {
    Reading(lastValue: value, quality: .good, at: Instant(seconds: seconds))
  }

  private func bad(_ value: Double?, _ quality: Quality, _ fault: QualityFault = .spike) -> Reading {
    Reading(lastValue: value, quality: quality, fault: fault, at: value.map { _ in Instant(seconds: 90) })
  }

  @Test("median of three is the middle one, so that a wrong probe is outvoted")
  func three() {
    #expect(median.reading(from: [good(25), good(60), good(24)]).trusted == 25)
  }

  @Test("median of two is their mean")
  func two() {
    #expect(median.reading(from: [good(25), bad(60, .suspect), good(24)]).trusted == 24.5)
  }

  @Test("one trustworthy probe is enough")
  func one() {
    let reading = median.reading(from: [bad(nil, .failed), bad(60, .suspect), good(24)])
    #expect(reading.trusted == 24)
    #expect(reading.quality == .good)
  }

  @Test("without a trustworthy probe there is nothing to act on, and the best left is shown")
  func none() {
    let reading = median.reading(from: [bad(1, .failed), bad(2, .suspect), bad(3, .stale)])
    #expect(reading.trusted == nil)
    #expect((reading.lastValue, reading.quality, reading.fault) == (2, .suspect, .allProbesLost))
    let nothing = median.reading(from: [.none, .none, .none])
    #expect((nothing.lastValue, nothing.quality, nothing.fault) == (nil, .failed, .allProbesLost))
  }

  @Test("a lost group of one probe says what is wrong with that probe")
  func lostSingle() {
    let reading = ProbeGroup(probes: [ChannelID(0)]).reading(from: [bad(20, .stale, .noAnswer)])
    #expect(reading.fault == .noAnswer)
  }

  @Test("a group is as old as the oldest probe it is made of")
  func age() {
    let reading = median.reading(from: [good(25, at: 100), good(26, at: 97), good(24, at: 99)])
    #expect(reading.at == Instant(seconds: 97))
  }

  @Test("an untrusted probe does not make the group older")
  func ageOfTrusted() {
    let reading = median.reading(from: [good(25, at: 100), bad(26, .suspect), good(24, at: 99)])
    #expect(reading.at == Instant(seconds: 99))
  }

  @Test("a simulated probe makes the group simulated")
  func simulated() {
    var probe = good(25)
    probe.quality = .simulated
    #expect(median.reading(from: [probe, good(25), good(25)]).quality == .simulated)
  }

  @Test("first-good takes the first trustworthy probe in its own order")
  func firstGood() {
    #expect(first.reading(from: [good(20), good(21), good(22)]).trusted == 22)
    #expect(first.reading(from: [good(20), good(21), bad(22, .stale)]).trusted == 20)
    #expect(first.reading(from: [bad(20, .failed), good(21), bad(22, .stale)]).trusted == 21)
    #expect(first.reading(from: [bad(20, .failed), bad(21, .stale), bad(22, .stale)]).trusted == nil)
  }

  @Test("highest takes the highest trustworthy probe, and is as old as the oldest that it looked at")
  func highest() {
    let group = ProbeGroup(probes: [ChannelID(0), ChannelID(1), ChannelID(2)], redundancy: .highest)
    let reading = group.reading(from: [good(20, at: 98), good(40), bad(90, .stale)])
    #expect(reading.trusted == 40 && reading.at == Instant(seconds: 98))
    #expect(group.reading(from: [bad(20, .failed), bad(40, .stale), bad(90, .failed)]).trusted == nil)
  }

  @Test("backups serve only while no probe of its own can be trusted, and are marked as a substitute of their own age")
  func backups() {
    let group = ProbeGroup(probes: [ChannelID(0), ChannelID(1)], backups: [ChannelID(2)])
    #expect(group.reading(from: [good(20), bad(21, .stale), good(30)]) == good(20))
    let reading = group.reading(from: [bad(20, .failed), bad(21, .stale), good(30, at: 97)])
    #expect(reading == Reading(lastValue: 30, quality: .substituted, at: Instant(seconds: 97)))
    #expect(reading.trusted == 30)
  }

  @Test("of several backups the same is made as of probes", arguments: [(Redundancy.median, 25.0), (.firstGood, 20)])
  func severalBackups(redundancy: Redundancy, expected: Double) {
    let group = ProbeGroup(
      probes: [ChannelID(0)], redundancy: redundancy, backups: [ChannelID(1), ChannelID(2), ChannelID(3)])
    let reading = group.reading(from: [bad(nil, .failed), bad(50, .suspect), good(20, at: 99), good(30, at: 98)])
    #expect((reading.trusted, reading.quality) == (expected, .substituted))
    #expect(reading.at == Instant(seconds: redundancy == .median ? 98 : 99))
  }

  @Test("a group whose backups are lost, too, is lost")
  func lostBackups() {
    let group = ProbeGroup(probes: [ChannelID(0)], backups: [ChannelID(1)])
    let reading = group.reading(from: [bad(20, .failed, .noAnswer), bad(30, .stale, .noAnswer)])
    #expect((reading.trusted, reading.lastValue, reading.fault) == (nil, 30, .allProbesLost))
  }
}
