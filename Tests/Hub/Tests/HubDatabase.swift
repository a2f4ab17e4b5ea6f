// A hub's database of either kind, and what it holds.

import Foundation
import GRDB
import Servers
import Swarm
import SyncProtocol

@testable import Hub

/// The kinds of databases a hub can have.
enum DatabaseKind: CaseIterable {
  case postgres, sqlite
}

/// One PostgreSQL for all tests that do not harm it.
enum SharedServer {
  nonisolated(unsafe) private static var server: PostgreSQLServer?
  private static let lock = NSLock()

  static func makeDatabase() throws -> (PostgreSQLServer, String) {
    try lock.withLock {
      let server = try server ?? PostgreSQLServer()
      if self.server == nil {
        self.server = server
        // A static variable is not released when a process ends, and a server would outlive it.
        atexit { SharedServer.server?.abandon() }
      }
      return (server, try server.makeDatabase())
    }
  }
}

/// A database of a test's own.
final class HubDatabase {
  let store: any HubStore
  let kind: DatabaseKind
  private let server: PostgreSQLServer?
  private let name: String
  private let directory: ScratchDirectory

  init(_ kind: DatabaseKind) throws {
    self.kind = kind
    directory = try ScratchDirectory()
    switch kind {
    case .postgres:
      let (server, name) = try SharedServer.makeDatabase()
      (self.server, self.name) = (server, name)
      store = PostgresStore(server.parameters(name))
    case .sqlite:
      (server, name) = (nil, directory.file("hub.sqlite"))
      store = SQLiteStore(name)
    }
  }

  /// Another connection to the same.
  func another() throws -> any HubStore { server.map { PostgresStore($0.parameters(name)) } ?? SQLiteStore(name) }

  /// Lines of an answer, fields separated by `|`, NULL empty. `hub.` stands before names of tables.
  func lines(_ sql: String) throws -> [String] {
    if let server { return try server.sql(sql, in: name) }
    return try SQLiteFile.lines(name, sql)
  }

  func rows(_ source: TrafficSource, _ lane: Lane) throws -> [String] {
    try Expected.rows(of: source, lane) { try lines($0) }
  }
}

/// What a database must hold of a source, made apart from the hub's own code.
enum Expected {
  /// What it holds.
  static func rows(of source: TrafficSource, _ lane: Lane, _ lines: (String) throws -> [String]) throws -> [String] {
    let install =
      "(SELECT i.id FROM hub.install i JOIN hub.device d ON d.id = i.device WHERE d.name = '\(source.device)' AND "
      + "replace(CAST(i.install AS text), '-', '') = '\(source.install)')"
    let boot = "(SELECT b.name FROM hub.boot b WHERE b.id = r.boot)"
    let common = "r.seq, \(boot), r.mono, r.wall, r.trust"
    switch lane {
    case .backlog:
      return try lines(
        """
        SELECT \(common), (SELECT c.name FROM hub.channel c WHERE c.id = r.channel), r.value, r.quality
        FROM hub.sample r WHERE r.install = \(install) ORDER BY r.seq
        """)
    case .live:
      return try lines(
        """
        SELECT \(common), r.length, (SELECT c.name FROM hub.channel c WHERE c.id = r.channel) AS channel_name, r.mean,
          r.minimum, r.maximum, r.good, r.bad FROM hub.mean r WHERE r.install = \(install) ORDER BY r.seq, length(
          (SELECT c.name FROM hub.channel c WHERE c.id = r.channel)), channel_name
        """)
    case .diagnostic:
      return try lines(
        """
        SELECT \(common), r.output, CASE WHEN r.is_on THEN 1 ELSE 0 END, CAST(round(r.demand * 100) AS int), r.rule,
          r.channel, r.value, r.setpoint, r.held_by, r.until_mono
        FROM hub.decision r WHERE r.install = \(install) ORDER BY r.seq
        """)
    case .alarm:
      return try lines(
        """
        SELECT \(common), r.type, r.kind, r.subject, r.severity, r.transition, r.value, r.person, r.detail, r.utc
        FROM hub.entry r WHERE r.install = \(install) ORDER BY r.seq
        """)
    }
  }

  /// What it must hold.
  static func rows(of source: TrafficSource, _ lane: Lane, in range: ClosedRange<Int64>? = nil) -> [String] {
    guard let count = source.counts[lane], count > 0 else { return [] }
    let batch = source.batch(lane, range ?? 1...count)
    func text(_ value: Int64?) -> String { value.map { "\($0)" } ?? "" }
    func common(_ index: Int, _ stamps: StampTable, _ stamp: Int) -> String {
      let stamp = stamps.stamps[stamp]
      return
        "\(batch.first + Int64(index))|\(stamps.boot(of: stamp))|\(stamp.mono)|\(stamp.wall)|\(stamp.trust.rawValue)"
    }
    switch batch.content {
    case .samples(let group):
      return group.samples.enumerated().map { index, sample in
        "\(common(index, group.stamps, sample.stamp))|\(group.channels[sample.channel])|\(text(sample.value))|\(sample.quality)"
      }
    case .means(let group):
      return group.windows.enumerated().flatMap { index, window in
        window.means.sorted { ($0.channel.count, $0.channel) < ($1.channel.count, $1.channel) }.map { mean in
          "\(common(index, group.stamps, window.stamp))|\(window.length)|\(mean.channel)|\(text(mean.mean))|\(text(mean.minimum))|"
            + "\(text(mean.maximum))|\(mean.good)|\(mean.bad)"
        }
      }
    case .decisions(let group):
      return group.decisions.enumerated().map { index, decision in
        "\(common(index, group.stamps, decision.stamp))|\(decision.output)|\(decision.isOn ? 1 : 0)|"
          + "\(Int(((decision.demand ?? 0) * 100).rounded()))|\(decision.rule)|\(decision.channel ?? "")|\(text(decision.value))|"
          + "\(text(decision.setpoint))|\(decision.heldBy ?? "")|\(text(decision.until))"
      }
    case .entries(let group):
      return group.entries.enumerated().map { index, entry in
        let begin = common(index, group.stamps, entry.stamp)
        return switch entry.content {
        case .alarm(let kind, let subject, let severity, let transition, let value, let person):
          "\(begin)|alarm|\(kind)|\(subject)|\(severity)|\(transition)|\(text(value))|\(person ?? "")||"
        case .event(let kind, let subject, let detail, let person):
          "\(begin)|event|\(kind)|\(subject)||||\(person ?? "")|\(detail)|"
        case .anchor(let utc, _, _): "\(begin)|anchor|||||||\(utc)"
        }
      }
    case .hello, .lost: return []
    }
  }
}

/// A SQLite file, looked at from outside.
enum SQLiteFile {
  static func lines(_ path: String, _ sql: String) throws -> [String] {
    try DatabaseQueue(path: path).read { db in
      try Row.fetchAll(db, sql: sql.replacingOccurrences(of: "hub.", with: "")).map { row in
        row.databaseValues.map { $0.isNull ? "" : String.fromDatabaseValue($0) ?? "\($0)" }.joined(separator: "|")
      }
    }
  }
}
