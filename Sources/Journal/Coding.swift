// How values stand in the tables.

package import Controller
package import Foundation
import GRDB

/// A sample's value in the log: whole ten-thousandths of the channel's unit.
///
/// Finer than what any supported sensor resolves (0.01 K, 0.01 %, 1 ppm, 0.13 mV), three or four bytes on disk instead of
/// eight, and sums of integers do not depend on their order.
enum SampleValue {
  private static let scale = 10_000.0

  /// The integer for a value; `nil` for none, and for what is not a number in range.
  static func encode(_ value: Double?) -> Int64? {
    value.flatMap { Int64(exactly: ($0 * scale).rounded()) }
  }

  /// The value of an integer.
  static func decode(_ value: Int64?) -> Double? {
    value.map { Double($0) / scale }
  }
}

/// A clock's trust in the log.
enum TrustCode {
  static let trusted: Int64 = 0

  static func encode(_ trust: ClockTrust) -> Int64 {
    switch trust {
    case .trusted: trusted
    case .freeRunning: 1
    case .unknown: 2
    }
  }

  static func decode(_ code: Int64) -> ClockTrust {
    switch code {
    case trusted: .trusted
    case 1: .freeRunning
    default: .unknown
    }
  }
}

/// The controller's memory in the log: one row, JSON.
package enum MemoryCoding {
  private static let key = "controller"

  /// Numbers that JSON does not have are written as words, so that no memory is refused.
  private static let words = (positive: "infinity", negative: "-infinity", nan: "nan")

  /// The memory as a row holds it.
  package static func encode(_ memory: Memory) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: words.positive, negativeInfinity: words.negative, nan: words.nan)
    return try encoder.encode(memory)
  }

  static func write(_ memory: Data, to db: Database) throws {
    try db.cachedStatement(sql: "INSERT OR REPLACE INTO memory (key, value) VALUES (?, ?)")
      .execute(arguments: [key, memory])
  }

  static func read(from db: Database) throws -> Memory? {
    let data = try Data.fetchOne(db, sql: "SELECT value FROM memory WHERE key = ?", arguments: [key])
    return try data.map { try decode($0) }
  }

  /// The memory that a row holds.
  package static func decode(_ data: Data) throws -> Memory {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: words.positive, negativeInfinity: words.negative, nan: words.nan)
    return try decoder.decode(Memory.self, from: data)
  }
}
