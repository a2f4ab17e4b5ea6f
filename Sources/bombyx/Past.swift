// The past: from the daemon, or from the log's file where it is down.

import ArgumentParser
import Glibc
import LocalService
import Station
import TerminalUI

/// Which part of the past, and where to find it.
struct PastOptions: ParsableArguments {
  @Option(help: help("Only the last so long: 30m, 6h, 7d.", "仅最近一段时间：30m、6h、7d。"))
  var since: String?

  @Option(help: help("Most rows, the newest.", "最多行数（取最新）。"))
  var last: Int?

  @Option(
    help: help(
      "Read the log in this directory instead of asking the daemon. Default where no daemon runs: /var/lib/bombyx.",
      "直接读取该目录中的记录而不询问守护进程。守护进程未运行时默认 /var/lib/bombyx。"))
  var directory: String?

  @OptionGroup var daemon: DaemonOptions

  /// Where the daemon keeps its log.
  private static let systemDirectory = "/var/lib/bombyx"

  func validate() throws {
    if let since, DurationText.seconds(since) == nil {
      throw ValidationError(text("\"\(since)\" is no duration; write 30m, 6h or 7d", "“\(since)”不是时间；请写 30m、6h 或 7d"))
    }
    if let last, last < 1 { throw ValidationError(text("--last must be at least 1", "--last 至少为1")) }
  }

  /// Where the past is found.
  private enum Source {
    case daemon(ServiceClient)
    case file(JournalHistory)
  }

  private func source() throws -> Source {
    if let directory { return .file(JournalHistory(directory: directory)) }
    do {
      let client = try daemon.connect()
      Format.useTimeZone(try client.call(.status, nil, returning: StatusMessage.self).timeZone)
      return .daemon(client)
    } catch let failure as Failure {
      guard failure.code == ExitCodes.notRunning, daemon.socket == nil,
        access(Self.systemDirectory + "/bombyx.db", F_OK) == 0
      else { throw failure }
      StandardError.write(
        text(
          "the daemon is not running: this is read from \(Self.systemDirectory)",
          "守护进程未运行：以下内容读自 \(Self.systemDirectory)"))
      return .file(JournalHistory(directory: Self.systemDirectory))
    }
  }

  /// Samples of the channels named, or of all.
  func samples(_ channels: [String], standardRows: Int) throws -> [SampleMessage] {
    let source = try source()
    var parameters = try parameters(source, standardRows)
    parameters.channels = channels
    switch source {
    case .daemon(let client): return try client.call(.samples, parameters, returning: [SampleMessage].self)
    case .file(let history): return try file { () throws(ServiceError) in try history.samples(parameters) }
    }
  }

  /// Events, decisions or alarms.
  func entries(_ method: ServiceMethod, standardRows: Int) throws -> [EntryMessage] {
    let source = try source()
    let parameters = try parameters(source, standardRows)
    switch source {
    case .daemon(let client): return try client.call(method, parameters, returning: [EntryMessage].self)
    case .file(let history): return try file { () throws(ServiceError) in try history.entries(method, parameters) }
    }
  }

  private func file<Result>(_ read: () throws(ServiceError) -> Result) throws -> Result {
    do throws(ServiceError) {
      return try read()
    } catch {
      throw Failure(error.message, error.chinese)
    }
  }

  /// The range, counted back from the device's own clock, which may be a simulated one.
  private func parameters(_ source: Source, _ standardRows: Int) throws -> ServiceParameters {
    var parameters = ServiceParameters()
    parameters.last = last ?? (since == nil ? standardRows : 100_000)
    guard let seconds = since.flatMap(DurationText.seconds) else { return parameters }
    let now: Int64
    switch source {
    case .daemon(let client): now = try client.call(.status, nil, returning: StatusMessage.self).time
    case .file: now = Int64(time(nil)) * 1_000
    }
    parameters.from = now - Int64(seconds * 1_000)
    return parameters
  }
}
