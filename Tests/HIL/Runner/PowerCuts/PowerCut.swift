// The power cut, after the fact: what a disk can hold when the power goes after any of its writes.

import Foundation
import Simulator

/// What the disk did with the writes that nobody had flushed.
enum CutPolicy: CaseIterable {
  /// All of them are there.
  case all
  /// None is.
  case none
  /// Any of them.
  case some
  /// Any of them, some only in part.
  case torn
}

/// Cuts the power along a log of writes, again and again.
struct PowerCuts {
  /// Marks that the guest writes behind its file system: so many promises had been given.
  static let markOffset = 44 << 20
  private static let mark = Array("PROMISE ".utf8)

  let log: BlockLog
  /// The disk before the first entry.
  let base: [UInt8]
  /// Whether the disk says that it flushes and does not.
  let ignoresFlushes: Bool

  /// The disk after a cut, and how many promises had been given by then.
  struct State {
    var image: [UInt8]
    var promises: Int
  }

  /// The index behind each mark, by the number of promises that it states.
  var marks: [(index: Int, promises: Int)] {
    log.entries.enumerated().compactMap { index, entry in
      guard entry.offset == Self.markOffset, !entry.isDiscard, entry.count > 0 else { return nil }
      let bytes = Array(log.bytes(of: entry).prefix(32))
      guard bytes.starts(with: Self.mark) else { return nil }
      let digits = bytes.dropFirst(Self.mark.count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      return Int(String(decoding: digits, as: UTF8.self)).map { (index + 1, $0) }
    }
  }

  /// So many places just behind a promise, spread over all of them, and so many anywhere in the log after the first promise, in order.
  /// Empty if nothing was promised.
  func places(behindPromises: Int, anywhere: Int, seed: UInt64) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    let marks = marks.map(\.index)
    guard let first = marks.first else { return [] }
    let behind = (0..<behindPromises).map { marks[$0 * marks.count / behindPromises] }
    let any = (0..<anywhere).map { _ in first + Int(generator.next() % UInt64(max(log.entries.count - first, 1))) }
    return (behind + any).sorted()
  }

  /// Calls a closure with the disk after a cut at each place, in order.
  func forEach(
    _ places: [Int], seed: UInt64, _ body: (_ state: State, _ place: Int, _ policy: CutPolicy) throws -> Void
  ) rethrows {
    var generator = SeededGenerator(seed: seed)
    var (durable, done) = (base, 0)
    for (number, place) in places.enumerated() {
      let flushed = ignoresFlushes ? 0 : log.entries[..<place].lastIndex(where: \.isFlush) ?? 0
      while done < flushed {
        log.apply(log.entries[done], to: &durable)
        done += 1
      }
      let policy = CutPolicy.allCases[number % CutPolicy.allCases.count]
      var image = durable
      for entry in log.entries[done..<place] { keep(entry, policy, &generator, &image) }
      let promises = marks.last { $0.index <= place }?.promises ?? 0
      try body(State(image: image, promises: promises), place, policy)
    }
  }

  private func keep(
    _ entry: BlockLog.Entry, _ policy: CutPolicy, _ generator: inout SeededGenerator, _ image: inout [UInt8]
  ) {
    let isForced = entry.isForced && !ignoresFlushes
    switch policy {
    case .all: log.apply(entry, to: &image)
    case .none: if isForced { log.apply(entry, to: &image) }
    case .some, .torn:
      guard isForced || generator.next() % 2 == 0 else { return }
      let isTorn = policy == .torn && !isForced && generator.next() % 3 == 0
      let sectors = UInt64(entry.count / 512 + 1)
      log.apply(entry, to: &image, most: isTorn ? Int(generator.next() % sectors) * 512 : .max)
    }
  }
}
