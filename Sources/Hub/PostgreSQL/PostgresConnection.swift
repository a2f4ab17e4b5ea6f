// A connection to PostgreSQL through libpq, with its errors made into Swift.

import CPostgres
import Glibc

/// The rows of an answer.
final class PostgresRows {
  private let result: OpaquePointer

  fileprivate init(owning result: OpaquePointer) { self.result = result }

  deinit { PQclear(result) }

  var count: Int { Int(PQntuples(result)) }
  /// How many rows a command touched.
  var touched: Int { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

  /// `nil` for NULL, and for what is not there.
  func text(_ row: Int, _ column: Int) -> String? {
    guard row < count, column < PQnfields(result), PQgetisnull(result, Int32(row), Int32(column)) == 0 else {
      return nil
    }
    return PQgetvalue(result, Int32(row), Int32(column)).map { String(cString: $0) }
  }

  func integer(_ row: Int, _ column: Int) -> Int64? { text(row, column).flatMap { Int64($0) } }
  func id(_ row: Int, _ column: Int) -> Int32? { text(row, column).flatMap { Int32($0) } }
}

/// A connection, used by one thread.
final class PostgresConnection {
  private let connection: OpaquePointer

  /// What libpq is told before the caller's own parameters, so that a dead link is noticed.
  private static let defaults =
    "connect_timeout=5 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=15000 application_name=bombyx-hub "

  /// Connects.
  /// - Parameter parameters: as libpq has them (PostgreSQL documentation, §34.1.1): `host=… dbname=…`, or a URI.
  init(_ parameters: String) throws(StoreError) {
    let text = parameters.hasPrefix("postgres") ? parameters : Self.defaults + parameters
    guard let connection = PQconnectdb(text) else { throw .unavailable("no memory") }
    guard PQstatus(connection) == CONNECTION_OK else {
      let reason = Self.firstLine(PQerrorMessage(connection))
      PQfinish(connection)
      throw .unavailable(reason)
    }
    self.connection = connection
    // Notices, such as of tables that exist already, are nobody's business here.
    PQsetNoticeProcessor(connection, { _, _ in }, nil)
  }

  deinit { PQfinish(connection) }

  private static func firstLine(_ text: UnsafePointer<CChar>?) -> String {
    text.map { String(cString: $0) }?.split(separator: "\n").first.map(String.init) ?? "no reason given"
  }

  /// Data exceptions, integrity violations and exceeded program limits (PostgreSQL documentation, appendix A) are the content's fault.
  private static let contentClasses: Set<Substring> = ["22", "23", "54"]

  private func error(_ result: OpaquePointer?) -> StoreError {
    guard let result else { return .unavailable(Self.firstLine(PQerrorMessage(connection))) }
    // PG_DIAG_SQLSTATE is a macro of a character.
    let state = PQresultErrorField(result, 0x43).map { String(cString: $0) } ?? ""
    let reason = Self.firstLine(PQresultErrorMessage(result))
    return Self.contentClasses.contains(state.prefix(2)) ? .content(reason) : .unavailable(reason)
  }

  private func take(_ result: OpaquePointer?, _ expected: [ExecStatusType]) throws(StoreError) -> PostgresRows {
    guard let result, expected.contains(where: { $0 == PQresultStatus(result) }) else {
      let error = error(result)
      if let result { PQclear(result) }
      throw error
    }
    return PostgresRows(owning: result)
  }

  /// Runs commands that need no parameters.
  @discardableResult
  func run(_ sql: String) throws(StoreError) -> PostgresRows {
    try take(PQexec(connection, sql), [PGRES_COMMAND_OK, PGRES_TUPLES_OK])
  }

  /// Runs a command with parameters as text.
  @discardableResult
  func run(_ sql: String, _ parameters: [String?]) throws(StoreError) -> PostgresRows {
    let copies = parameters.map { $0.flatMap { strdup($0) } }
    defer { copies.forEach { free($0) } }
    let pointers = copies.map { UnsafePointer($0) }
    return try take(
      PQexecParams(connection, sql, Int32(clamping: parameters.count), nil, pointers, nil, nil, 0),
      [PGRES_COMMAND_OK, PGRES_TUPLES_OK])
  }

  /// Copies rows in PostgreSQL's binary format.
  func copy(_ sql: String, _ rows: [UInt8]) throws(StoreError) {
    _ = try take(PQexec(connection, sql), [PGRES_COPY_IN])
    let sent = rows.withUnsafeBytes { bytes in
      PQputCopyData(connection, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: bytes.count))
    }
    guard sent == 1, PQputCopyEnd(connection, nil) == 1 else { throw error(nil) }
    var outcome: StoreError?
    while let result = PQgetResult(connection) {
      if PQresultStatus(result) != PGRES_COMMAND_OK { outcome = outcome ?? error(result) }
      PQclear(result)
    }
    if let outcome { throw outcome }
  }

  /// A transaction; rolled back if its body throws.
  func transaction<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
    try run("BEGIN")
    let result: Result
    do {
      result = try body()
    } catch {
      _ = try? run("ROLLBACK")
      throw error
    }
    try run("COMMIT")
    return result
  }

  /// An array as text.
  static func array(_ items: [String]) -> String {
    let quoted = items.map { item in
      "\"" + item.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    return "{" + quoted.joined(separator: ",") + "}"
  }

  static func array(_ items: some Sequence<some BinaryInteger>) -> String {
    "{" + items.map { "\($0)" }.joined(separator: ",") + "}"
  }
}
