// A file of test values that knows which of them were used.

import Foundation
import Testing

/// A table of test values. Every value that is read is noted, so that none is left out.
final class Vectors {
  private let root: [String: Any]
  private var used: Set<String> = []

  /// The table of a resource.
  init(resource: String) throws {
    let url = try #require(Bundle.module.url(forResource: resource, withExtension: "json"))
    root = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  /// Rows of a section.
  func rows(_ section: String) throws -> [Row] {
    let values = try #require(root[section] as? [Any])
    return values.indices.map { Row(vectors: self, path: "\(section)/\($0)", content: values[$0]) }
  }

  /// Paths of all values, and of those that nobody has read.
  func paths() -> (all: Int, unused: [String]) {
    let all = Self.leaves(root, "").filter { $0 != "_about" }
    return (all.count, all.filter { !used.contains($0) }.sorted())
  }

  fileprivate func note(_ path: String) { used.insert(path) }

  private static func leaves(_ value: Any, _ path: String) -> [String] {
    let prefix = path.isEmpty ? "" : path + "/"
    if let table = value as? [String: Any] { return table.flatMap { leaves($0.value, prefix + $0.key) } }
    if let list = value as? [Any] { return list.enumerated().flatMap { leaves($0.element, prefix + "\($0.offset)") } }
    return [path]
  }

  /// One row, by key or by place.
  struct Row {
    let vectors: Vectors
    let path: String
    let content: Any

    func number(_ key: String) throws -> Double {
      vectors.note(path + "/" + key)
      return try #require(((content as? [String: Any])?[key] as? NSNumber)?.doubleValue, "\(path)/\(key)")
    }

    func text(_ key: String) throws -> String {
      vectors.note(path + "/" + key)
      return try #require((content as? [String: Any])?[key] as? String, "\(path)/\(key)")
    }

    func number(_ place: Int) throws -> Double {
      let list = try #require(content as? [Any])
      try #require(list.indices.contains(place))
      vectors.note("\(path)/\(place)")
      return try #require((list[place] as? NSNumber)?.doubleValue, "\(path)/\(place)")
    }

    func text(_ place: Int) throws -> String {
      let list = try #require(content as? [Any])
      try #require(list.indices.contains(place))
      vectors.note("\(path)/\(place)")
      return try #require(list[place] as? String, "\(path)/\(place)")
    }
  }
}
