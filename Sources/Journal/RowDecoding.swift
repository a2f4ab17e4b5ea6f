// Columns of a row, without trusting the file.

import Climate
import Controller
import GRDB

extension Row {
  /// A column that must be a whole number. What is not there or of another type is damage, not a trap.
  func integer(_ index: Int) throws -> Int64 {
    guard let value = integerIfPresent(index) else { throw damage(index) }
    return value
  }

  /// A column that must be text.
  func text(_ index: Int) throws -> String {
    guard let value = textIfPresent(index) else { throw damage(index) }
    return value
  }

  /// A column that may be a whole number.
  func integerIfPresent(_ index: Int) -> Int64? { Int64.fromDatabaseValue(self[index]) }

  /// A column that may be a number.
  func realIfPresent(_ index: Int) -> Double? { Double.fromDatabaseValue(self[index]) }

  /// A column that may be text.
  func textIfPresent(_ index: Int) -> String? { String.fromDatabaseValue(self[index]) }

  /// Monotonic time, wall time and trust in three columns from `index` on.
  func stamp(_ index: Int) throws -> Stamp {
    let trust = TrustCode.decode(try integer(index + 2))
    return Stamp(
      at: Instant(nanoseconds: try integer(index)),
      wall: WallTime(unixMilliseconds: try integer(index + 1), trust: trust))
  }

  private func damage(_ index: Int) -> DatabaseError {
    DatabaseError(resultCode: .SQLITE_CORRUPT, message: "column \(index) of a row does not have its form")
  }
}
