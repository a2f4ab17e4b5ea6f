// What a worker counts, for Prometheus.

import Foundation

/// A worker's counters and gauges, as text for the textfile collector of node_exporter.
public struct WorkerMetrics: Sendable {
  /// Messages that came for this worker.
  public internal(set) var messages = 0
  /// Messages that were for other workers.
  public internal(set) var notOurs = 0
  /// Messages that were not what they should be, or that the database does not take.
  public internal(set) var malformed = 0
  /// Messages for which there was no room.
  public internal(set) var dropped = 0
  /// Records that were new.
  public internal(set) var stored = 0
  /// Records that were there already.
  public internal(set) var repeated = 0
  /// Records that were there with other content.
  public internal(set) var forked = 0
  /// Transactions.
  public internal(set) var commits = 0
  /// Time that they took, s.
  public internal(set) var commitSeconds = 0.0
  /// Answers to devices.
  public internal(set) var answers = 0
  /// Answers that made a device wait.
  public internal(set) var pauses = 0
  /// Messages that wait to be written.
  public internal(set) var waiting = 0
  /// Devices that may have something on the way.
  public internal(set) var activeDevices = 0
  /// Lanes that wait for their turn.
  public internal(set) var waitingLanes = 0
  /// Workers that live.
  public internal(set) var workers = 0
  /// Whether the broker has accepted this worker.
  public internal(set) var hasBroker = false
  /// Whether the database has answered last.
  public internal(set) var hasDatabase = false

  /// Nothing counted yet.
  public init() {}

  /// In Prometheus' text format, version 0.0.4.
  public func text(worker: String) -> String {
    let label = "{worker=\"\(worker.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline })\"}"
    func metric(_ name: String, _ type: String, _ help: String, _ value: some CustomStringConvertible) -> String {
      "# HELP bombyx_hub_\(name) \(help)\n# TYPE bombyx_hub_\(name) \(type)\nbombyx_hub_\(name)\(label) \(value)\n"
    }
    return [
      metric("messages_total", "counter", "Messages that came for this worker.", messages),
      metric("foreign_messages_total", "counter", "Messages that were for other workers.", notOurs),
      metric("malformed_messages_total", "counter", "Messages that could not be taken as they were.", malformed),
      metric("dropped_messages_total", "counter", "Messages for which there was no room.", dropped),
      metric("stored_records_total", "counter", "Records that were new.", stored),
      metric("repeated_records_total", "counter", "Records that were there already.", repeated),
      metric("forked_records_total", "counter", "Records that were there with other content.", forked),
      metric("commits_total", "counter", "Transactions.", commits),
      metric("commit_seconds_total", "counter", "Time that transactions took.", commitSeconds),
      metric("answers_total", "counter", "Answers to devices.", answers),
      metric("pauses_total", "counter", "Answers that made a device wait.", pauses),
      metric("waiting_messages", "gauge", "Messages that wait to be written.", waiting),
      metric("active_devices", "gauge", "Devices that may have something on the way.", activeDevices),
      metric("waiting_lanes", "gauge", "Lanes that wait for their turn.", waitingLanes),
      metric("live_workers", "gauge", "Workers that live.", workers),
      metric("broker_up", "gauge", "Whether the broker has accepted this worker.", hasBroker ? 1 : 0),
      metric("database_up", "gauge", "Whether the database has answered last.", hasDatabase ? 1 : 0),
    ].joined()
  }

  /// Writes the text to a file, in place at once.
  func write(to path: String, worker: String) throws {
    try Data(text(worker: worker).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
  }
}
