// Past events, decisions and alarms as a table.

public import LocalService

/// Renders entries of the log.
public struct EntryTable {
  private let language: Language

  /// A table in a language.
  public init(_ language: Language) { self.language = language }

  /// The lines of the table.
  public func lines(_ entries: [EntryMessage], _ style: Style) -> [String] {
    var table = TextTable([
      .text(language("time", "时间")), .text(language("what", "事项")), .text(language("of", "对象")),
      .text(language("detail", "说明")), .text(language("by", "操作人")),
    ])
    for entry in entries {
      table.add([
        Format.localTime(unixMilliseconds: entry.time), entry.what, entry.subject, entry.detail, entry.by ?? "",
      ])
    }
    return table.lines(style)
  }

  /// The entries as comma-separated values (RFC 4180), times in UTC.
  public static func csv(_ entries: [EntryMessage]) -> [String] {
    ["time,what,subject,detail,by"]
      + entries.map { entry in
        [Format.isoTime(unixMilliseconds: entry.time), entry.what, entry.subject, entry.detail, entry.by ?? ""]
          .map(CSV.field).joined(separator: ",")
      }
  }
}

/// Comma-separated values, RFC 4180.
public enum CSV {
  /// A field, quoted where it must be.
  public static func field(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
  }
}
