// Whose log it is: the one row of the table `origin`.

import Foundation
import GRDB

/// The one row of the table `origin`.
struct LogOrigin {
  /// Whose records they are; `nil` in a log that has just been made or brought up to date.
  var install: LogInstall?
  /// Version of the last note with what the county wants that was taken.
  var desired: Int64
  /// Sequences of the samples that are still rows, as the first version wrote them: none when empty.
  var rows: Range<Int64>

  init(_ db: Database) throws {
    let row = try Row.fetchOne(
      db.cachedStatement(sql: "SELECT install, desired, rowsFrom, rowsUpTo FROM origin LIMIT 1"))
    guard let row else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the log does not say whose it is") }
    install = Data.fromDatabaseValue(row[0]).flatMap { LogInstall([UInt8]($0)) }
    desired = try row.integer(1)
    let (from, upTo) = (try row.sequence(2), try row.sequence(3))
    rows = from..<max(from, upTo)
  }

  /// Gives the log an identity, if it has none.
  /// - Parameter desired: version of the last note that the logs before it have taken: it must not be taken again.
  static func begin(_ db: Database, drawing draw: () -> LogInstall, desired: () -> Int64) throws {
    guard try LogOrigin(db).install == nil else { return }
    try write(desired: desired(), to: db)
    try write(draw(), to: db)
  }

  static func write(_ install: LogInstall, to db: Database) throws {
    try db.execute(sql: "UPDATE origin SET install = ?", arguments: [Data(install.bytes)])
  }

  static func write(desired version: Int64, to db: Database) throws {
    try db.execute(sql: "UPDATE origin SET desired = max(desired, ?)", arguments: [version])
  }

  /// The oldest rows are blocks now, or gone.
  static func write(rowsFrom sequence: Int64, to db: Database) throws {
    try db.execute(sql: "UPDATE origin SET rowsFrom = ?", arguments: [sequence])
  }
}

extension Row {
  /// A column with a sequence, or 0 for none. They are counted up from 1: what leaves no room for more nobody of ours has given.
  func sequence(_ index: Int) throws -> Int64 {
    let number = try integer(index)
    guard (0..<Int64.max / 2).contains(number) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "sequence \(number) leaves no room for those to come")
    }
    return number
  }
}
