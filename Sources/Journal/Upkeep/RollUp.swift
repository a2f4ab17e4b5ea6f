// Means of the samples over windows.

import Controller
import GRDB

/// Takes the means of samples, a window at a time.
struct RollUp {
  /// Length of a window, ms.
  private let length: Int64
  /// The window that was not over when it was last looked at: where it begins.
  private var openWindow: (after: Int64, boot: Int64, stretch: Int64)?

  private static let scansOfWindow = 5_000

  init(length: Int64) { self.length = max(length, 1) }

  /// Takes the means of the oldest window that is over and has none yet.
  ///
  /// A window is a run of scans, in the order of the log, of one boot and one stretch of the wall clock. It is over when the next
  /// scan belongs to another. When the wall clock steps back, the same stretch of it gets a second window. Blocks that cannot be read
  /// have no part in it.
  /// - Returns: whether there was one.
  mutating func run(_ db: Database) throws -> Bool {
    let done = try Int64.fetchOne(db, sql: "SELECT max(last) FROM windows") ?? 0
    guard try !isOpen(since: done, length, db), done < .max else { return false }
    var walk = try SampleWalk(db, from: done + 1)
    var window: Window?
    while let stored = try walk.next() {
      guard case .success(let block) = stored.content else { continue }
      var finished: Window?
      block.forEachSample { sample in
        guard sample.id > done, finished == nil else { return }
        if window?.holds(sample, length) == false || window?.scans ?? 0 > Self.scansOfWindow {
          finished = window
        } else if window?.add(sample) == nil {
          window = Window(sample)
        }
      }
      guard let finished else { continue }
      try write(finished, length, db)
      openWindow = nil
      return true
    }
    openWindow = window.map { (after: done, boot: $0.boot, stretch: Self.stretch($0.wall, length)) }
    return false
  }

  /// Whether the newest samples belong to the window that was found open last time, so that nobody need read them again.
  private func isOpen(since done: Int64, _ length: Int64, _ db: Database) throws -> Bool {
    guard let openWindow, openWindow.after == done else { return false }
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT boot, until FROM blocks ORDER BY id DESC LIMIT 1"))
    guard let row else { return false }
    return try row.integer(0) == openWindow.boot && Self.stretch(try row.integer(1), length) == openWindow.stretch
  }

  /// A window as far as it has been read.
  private struct Window {
    /// What a channel has had in it.
    struct Tally {
      var sum = 0.0
      var minimum = Int64.max
      var maximum = Int64.min
      var good: Int64 = 0
      var bad: Int64 = 0

      mutating func add(_ sample: StoredSample) {
        guard let value = sample.value, Quality(rawValue: sample.quality)?.isTrustworthy == true else {
          bad += 1
          return
        }
        good += 1
        sum += Double(value)
        (minimum, maximum) = (min(minimum, value), max(maximum, value))
      }

      /// Ten-thousandths, as ``SampleValue``.
      var mean: Int64? { good > 0 ? Int64(exactly: (sum / Double(good)).rounded()) : nil }
    }

    let id: Int64
    let boot: Int64
    let mono: Int64
    let wall: Int64
    let trust: Int64
    private(set) var last: Int64
    private(set) var scans = 1
    private(set) var tallies: [Int64: Tally] = [:]
    private var newest: (mono: Int64, wall: Int64)

    init(_ sample: StoredSample) {
      (id, boot, mono, wall, trust) = (sample.id, sample.boot, sample.mono, sample.wall, sample.trust)
      last = sample.id
      newest = (sample.mono, sample.wall)
      add(sample)
    }

    func holds(_ sample: StoredSample, _ length: Int64) -> Bool {
      sample.boot == boot && RollUp.stretch(sample.wall, length) == RollUp.stretch(wall, length)
    }

    mutating func add(_ sample: StoredSample) {
      if newest != (sample.mono, sample.wall) { scans += 1 }
      newest = (sample.mono, sample.wall)
      last = sample.id
      tallies[sample.channel, default: Tally()].add(sample)
    }
  }

  /// Number of a stretch of the wall clock, counted from 1970.
  private static func stretch(_ wall: Int64, _ length: Int64) -> Int64 {
    (wall / length) - (wall % length < 0 ? 1 : 0)
  }

  /// Beginning of the stretch that a time lies in; of a time at the end of all times that time itself.
  private static func start(of wall: Int64, _ length: Int64) -> Int64 {
    let (start, overflow) = stretch(wall, length).multipliedReportingOverflow(by: length)
    return overflow ? wall : start
  }

  private func write(_ window: Window, _ length: Int64, _ db: Database) throws {
    try db.cachedStatement(
      sql: "INSERT INTO windows (id, last, length, boot, mono, wall, trust, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
    ).execute(
      arguments: [
        window.id, window.last, length, window.boot, window.mono, Self.start(of: window.wall, length), window.trust,
        try LaneRows.newest(.live, db) + 1,
      ])
    let insertMean = try db.cachedStatement(
      sql: "INSERT INTO means (window, channel, mean, minimum, maximum, good, bad) VALUES (?, ?, ?, ?, ?, ?, ?)")
    for (channel, tally) in window.tallies.sorted(by: { $0.key < $1.key }) {
      let hasValue = tally.good > 0
      try insertMean.execute(
        arguments: [
          window.id, channel, tally.mean, hasValue ? tally.minimum : nil, hasValue ? tally.maximum : nil, tally.good,
          tally.bad,
        ])
    }
  }
}
