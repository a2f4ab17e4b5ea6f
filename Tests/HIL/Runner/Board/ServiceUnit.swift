// The systemd units of this repository, as far as a test does what systemd does.

import Foundation

/// The `[Service]` section of a unit: a board's tests start programs by it, so that they notice when it changes.
struct ServiceUnit {
  private var values: [String: String] = [:]
  private let name: String

  init(_ name: String, root: URL) throws {
    self.name = name
    let text = try String(
      contentsOf: root.appendingPathComponent("deploy/systemd/\(name).service"), encoding: .utf8)
    var section = ""
    for line in text.replacing("\\\n", with: " ").split(separator: "\n") where !line.hasPrefix("#") {
      if line.hasPrefix("[") { section = String(line) }
      guard section == "[Service]", let equals = line.firstIndex(of: "=") else { continue }
      values[String(line[..<equals])] = String(line[line.index(after: equals)...])
    }
  }

  /// A setting, without the mark that its failure does not matter.
  func value(_ key: String) throws -> String {
    guard let value = values[key] else { throw HILError("\(name).service has no \(key)=") }
    return value.hasPrefix("-") ? String(value.dropFirst()) : value
  }

  /// The shell command that runs a command of the unit as systemd would: user, priority, environment.
  func command(_ key: String) throws -> String {
    var words = "exec su -s /bin/sh \(try value("User")) -c \"exec env \(try value("Environment")) \(try value(key))\""
    if values["CPUSchedulingPolicy"] == "fifo" {
      words = words.replacing("exec su", with: "exec chrt -f \(try value("CPUSchedulingPriority")) su")
    }
    return words
  }
}
