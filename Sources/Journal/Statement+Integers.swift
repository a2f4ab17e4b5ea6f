// Inserting many rows of integers.

import GRDB
import GRDBSQLite

extension Statement {
  /// Executes an insertion of four integers, past the boxes in which arguments usually travel: samples are nearly all rows of the log,
  /// and are written by the hundred.
  func insert(_ first: Int64, _ second: Int64, _ third: Int64?, _ fourth: Int64, _ db: Database) throws {
    sqlite3_bind_int64(sqliteStatement, 1, first)
    sqlite3_bind_int64(sqliteStatement, 2, second)
    if let third { sqlite3_bind_int64(sqliteStatement, 3, third) } else { sqlite3_bind_null(sqliteStatement, 3) }
    sqlite3_bind_int64(sqliteStatement, 4, fourth)
    let code = sqlite3_step(sqliteStatement)
    // The message belongs to the failed step, the next call would replace it.
    let message = code == SQLITE_DONE ? nil : db.lastErrorMessage
    sqlite3_reset(sqliteStatement)
    guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message) }
  }
}
