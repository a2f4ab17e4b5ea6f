// The log's file: rows that nobody of ours has written, and bytes that are not a database any more.

import Foundation
import GRDB
import Journal
import Simulator

/// Rows with anything in their columns. The input is a list of edits: table, column, row, type, value.
final class LogRowTarget: FuzzTarget {
  let name = "log-rows"
  let longestInput = 160
  let usualRuns: UInt64 = 2_000
  private(set) var rows: UInt64 = 0
  private let examination: LogExamination
  private let strict: [UInt8]
  private let relaxed: [UInt8]
  private let columns: [(table: String, column: String)]

  /// An edit takes so many bytes: table and column, row, type, eight of value.
  private static let editSize = 11

  init(scratch: String) throws {
    examination = LogExamination(directory: scratch)
    strict = try examination.makeLog()
    // The same tables without STRICT take values of any type.
    try examination.put(strict)
    columns = try Self.change(examination.file) { db in
      try db.execute(
        sql: """
          PRAGMA writable_schema = ON;
          UPDATE sqlite_schema SET sql = replace(replace(sql, ') STRICT, ', ') '), ') STRICT', ')') WHERE type = 'table';
          PRAGMA writable_schema = RESET;
          """)
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'grdb%' ORDER BY name")
      return try tables.flatMap { table in
        try String.fetchAll(db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table]).map { (table, $0) }
      }
    }
    relaxed = [UInt8](try Data(contentsOf: URL(fileURLWithPath: examination.file)))
  }

  private static func change<Result>(_ file: String, _ body: (Database) throws -> Result) throws -> Result {
    var configuration = GRDB.Configuration()
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY") }
    let queue = try DatabaseQueue(path: file, configuration: configuration)
    defer { try? queue.close() }
    return try queue.writeWithoutTransaction(body)
  }

  /// An edit of each type for each column.
  func madeInputs() -> [[UInt8]] {
    let value: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1]
    var inputs: [[UInt8]] = [[]]
    for index in columns.indices {
      var edits: [UInt8] = []
      for type in 0..<5 { edits += [UInt8(index), 3, UInt8(type)] + value }
      inputs.append(edits)
    }
    return inputs
  }

  /// A list begins with the kind of the file.
  func finish(_ input: inout [UInt8], using random: inout SeededGenerator) {
    if input.count % Self.editSize == 0 { input.insert(UInt8.random(in: 0...1, using: &random), at: 0) }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    let isRelaxed = input.count % Self.editSize == 0 || input[0] & 1 == 0
    let edits = input.count % Self.editSize == 0 ? input[...] : input.dropFirst()
    try examination.put(isRelaxed ? relaxed : strict)
    try Self.change(examination.file) { db in
      try db.execute(sql: "BEGIN")
      var rest = edits
      while rest.count >= Self.editSize {
        edit(Array(rest.prefix(Self.editSize)), db)
        rest = rest.dropFirst(Self.editSize)
      }
      try db.execute(sql: "COMMIT")
    }
    let (count, isWhole) = try examination.read()
    rows += UInt64(count)
    try examination.goOn()
    return isWhole
  }

  /// What the table does not take is left out.
  private func edit(_ bytes: [UInt8], _ db: Database) {
    let (table, column) = columns[Int(bytes[0]) % columns.count]
    let bits = bytes[3...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let value: (any DatabaseValueConvertible)? =
      switch bytes[2] % 5 {
      case 0: nil
      case 1: Int64(bitPattern: bits)
      case 2: Double(bitPattern: bits)
      case 3: String(decoding: bytes[3...], as: UTF8.self)
      default: Data(bytes[3...])
      }
    // Text that is no UTF-8 reaches the file as a blob that is called text.
    let form = bytes[2] >= 0x80 ? "CAST(? AS TEXT)" : "?"
    try? db.execute(
      sql: """
        UPDATE \(table) SET \(column) = \(form) WHERE (SELECT count(*) FROM \(table)) > 0 AND
          \(column) IN (SELECT \(column) FROM \(table) LIMIT 1 OFFSET ? % (SELECT max(count(*), 1) FROM \(table)))
        """, arguments: [value, Int64(bytes[1])])
  }
}

/// Files that were a log before something damaged them.
final class LogFileTarget: FuzzTarget {
  let name = "log-file"
  let longestInput = 1 << 18
  let usualRuns: UInt64 = 2_000
  private(set) var rows: UInt64 = 0
  private let examination: LogExamination
  private let log: [UInt8]

  init(scratch: String) throws {
    examination = LogExamination(directory: scratch)
    log = try examination.makeLog()
  }

  func madeInputs() -> [[UInt8]] { [log] }

  /// Damages what the database finds its way by, most of the time: the file's header, and the headers and cells of pages.
  func finish(_ input: inout [UInt8], using random: inout SeededGenerator) {
    guard input.count > 4_096, Int.random(in: 0..<4, using: &random) > 0 else { return }
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let page = Int.random(in: 0..<(input.count / 4_096), using: &random) * 4_096
      let position =
        switch Int.random(in: 0..<4, using: &random) {
        case 0: Int.random(in: 0..<100, using: &random)
        case 1: page + Int.random(in: 0..<12, using: &random)
        case 2: page + Int.random(in: 0..<64, using: &random)
        default: page + 4_095 - Int.random(in: 0..<512, using: &random)
        }
      input[position] = UInt8.random(in: 0...255, using: &random)
    }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    try examination.put(input)
    let (count, isWhole) = try examination.read()
    rows += UInt64(count)
    // Readers write the index beside the file.
    try examination.put(input)
    try examination.goOn()
    return isWhole
  }
}
