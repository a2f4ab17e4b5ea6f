// Log lines for journald, or for a console.

import Glibc
public import Logging

/// Writes one line an entry to the standard error, with the priority prefix that journald reads (sd-daemon(3)) where it is the
/// one that reads.
public struct JournaldLogHandler: LogHandler {
  /// Added to every line.
  public var metadata: Logger.Metadata = [:]
  /// The least severe level that is written.
  public var logLevel = Logger.Level.info
  private let label: String
  /// Set by systemd where the standard error goes to the journal (systemd.exec(5)).
  private let isJournald = getenv("JOURNAL_STREAM") != nil

  /// A handler for a logger's label.
  public init(label: String) { self.label = label }

  /// One entry of the metadata.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes one line with the priority prefix of `sd-daemon(3)`.
  public func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    // A sensor's name or a peer's text must not be able to forge a line.
    let text = "\(event.message)\(details)".map { $0.isNewline ? " " : $0 }
    var line = (isJournald ? "<\(Self.priority(event.level))>" : "\(label): ") + String(text) + "\n"
    line.withUTF8 { _ = write(2, $0.baseAddress, $0.count) }
  }

  private static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
