// The end of a SELECT: which rows, in which order, how many.

import GRDB

/// The end of a SELECT: which rows, in which order, how many.
struct Query {
  private var conditions: [String] = []
  private var arguments: StatementArguments = []
  private let order: [String]
  private let limit: LogLimit

  /// - Parameters:
  ///   - wall: Column with the wall time at which a row begins.
  ///   - end: Expression for the wall time at which it ends, if it has a length.
  ///   - order: Columns that give the order of the log.
  init(span: LogSpan, limit: LogLimit, wall: String, end: String? = nil, order: [String]) {
    self.limit = limit
    self.order = order
    if let from = span.from {
      conditions.append("\(end ?? wall) >= ?")
      arguments += [from]
    }
    if let to = span.to {
      conditions.append("\(wall) <= ?")
      arguments += [to]
    }
  }

  /// Adds a condition without arguments.
  mutating func add(_ condition: String) { conditions.append(condition) }

  /// The rows of a SELECT, in the order of the log.
  func fetch(_ select: String, _ db: Database) throws -> [Row] {
    let filter = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
    switch limit {
    case .first(let count):
      return try rows("\(select)\(filter) ORDER BY \(order.joined(separator: ", "))", count, db)
    case .last(let count):
      let newestFirst = order.map { $0 + " DESC" }.joined(separator: ", ")
      return try rows("\(select)\(filter) ORDER BY \(newestFirst)", count, db).reversed()
    }
  }

  private func rows(_ sql: String, _ count: Int, _ db: Database) throws -> [Row] {
    try Row.fetchAll(db, sql: sql + " LIMIT ?", arguments: arguments + [max(count, 0)])
  }
}
