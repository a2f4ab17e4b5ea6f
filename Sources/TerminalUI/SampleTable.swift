// Past samples as a table.

public import LocalService

/// Renders samples of the log.
public struct SampleTable {
  private let language: Language

  /// A table in a language.
  public init(_ language: Language) { self.language = language }

  /// The lines of the table.
  public func lines(_ samples: [SampleMessage], _ style: Style) -> [String] {
    var table = TextTable([
      .text(language("time", "时间")), .text(language("channel", "通道")), .number(language("value", "数值")),
      .text(language("quality", "质量")), .number(language("least", "最小")), .number(language("greatest", "最大")),
    ])
    for sample in samples {
      table.add([
        Format.localTime(unixMilliseconds: sample.time), sample.channel, Self.number(sample.value),
        language.quality(sample.quality), sample.minimum.map { Self.number($0) } ?? "",
        sample.maximum.map { Self.number($0) } ?? "",
      ])
    }
    return table.lines(style)
  }

  /// The samples as comma-separated values (RFC 4180), times in UTC.
  public static func csv(_ samples: [SampleMessage]) -> [String] {
    ["time,channel,value,quality,min,max"]
      + samples.map { sample in
        [
          Format.isoTime(unixMilliseconds: sample.time), CSV.field(sample.channel),
          sample.value.map { number($0) } ?? "",
          sample.quality, sample.minimum.map { number($0) } ?? "", sample.maximum.map { number($0) } ?? "",
        ].joined(separator: ",")
      }
  }

  private static func number(_ value: Double?) -> String { value.map { Format.number($0, decimals: 2) } ?? "–" }
}
