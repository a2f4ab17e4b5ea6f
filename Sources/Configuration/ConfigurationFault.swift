// What is wrong with a configuration, where, and what would be right.

public import TOML

/// What is wrong with a configuration, a recipe or a board, where, and what would be right.
public struct ConfigurationFault: Error, Equatable, Sendable {
  /// Whether the configuration can be used in spite of it.
  public enum Severity: String, Codable, Sendable {
    /// It cannot be used.
    case error
    /// It can, but somebody should look at it.
    case warning
  }

  /// Whether the configuration can be used in spite of it.
  public var severity: Severity
  /// Where.
  public var location: SourceLocation
  /// What, and what would be right, in English.
  public var english: String
  /// The same in Chinese.
  public var chinese: String
}

/// Collects faults, so that one pass finds them all.
final class Faults {
  private(set) var list: [ConfigurationFault] = []

  func error(_ location: SourceLocation, _ english: String, _ chinese: String) {
    list.append(ConfigurationFault(severity: .error, location: location, english: english, chinese: chinese))
  }

  func warning(_ location: SourceLocation, _ english: String, _ chinese: String) {
    list.append(ConfigurationFault(severity: .warning, location: location, english: english, chinese: chinese))
  }

  /// A name that should be one of several.
  func unknown(_ what: (en: String, zh: String), _ name: String, at location: SourceLocation, among known: [String]) {
    let nearest = nearestKey(to: name, among: known)
    let list =
      known.isEmpty
      ? ("; there is none", "；目前一个也没有")
      : ("; known: \(known.joined(separator: ", "))", "；可用：\(known.joined(separator: "、"))")
    let hint = nearest.map { ("; did you mean \"\($0)\"?", "；是否为“\($0)”？") } ?? list
    error(location, "there is no \(what.en) \"\(name)\"" + hint.0, "没有\(what.zh)“\(name)”" + hint.1)
  }

  func add(_ errors: [TOMLError]) {
    for problem in errors { error(problem.location, problem.english, problem.chinese) }
  }

  var hasErrors: Bool { list.contains { $0.severity == .error } }

  /// All faults in the order of the files.
  var sorted: [ConfigurationFault] { list.sorted { $0.location < $1.location } }
}
