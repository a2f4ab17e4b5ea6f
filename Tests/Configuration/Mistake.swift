// Configurations that are in order, and what must be said of each slip of the pen in them.

import Configuration
import Foundation
import TOML
import Testing

/// The checkout.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// The example of a shed, with the boards and recipes of the product.
let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)

/// Reads configurations with the boards and recipes of the product.
func load(_ sources: [ConfigurationSource]) -> (configuration: DeviceConfiguration?, faults: [ConfigurationFault]) {
  ConfigurationLoader.load(sources, boards: files.boards().boards, recipes: files.recipes().recipes)
}

/// Reads a configuration with the boards and recipes of the product.
func load(_ text: String) -> (configuration: DeviceConfiguration?, faults: [ConfigurationFault]) {
  load([ConfigurationSource(file: "bombyx.toml", text: text)])
}

/// A configuration among the tests' resources.
func resource(_ name: String) throws -> String {
  let url = try #require(Bundle.module.url(forResource: name, withExtension: "toml"))
  return try String(contentsOf: url, encoding: .utf8)
}

/// A slip of the pen, and what must be said of it.
struct Mistake: CustomTestStringConvertible {
  var right: String
  var wrong: String
  var message: String

  init(_ right: String, _ wrong: String, _ message: String) {
    (self.right, self.wrong, self.message) = (right, wrong, message)
  }

  var testDescription: String { message }

  /// Makes the mistake in a configuration that is in order, and looks whether it is told, once, where it stands, in both languages.
  func expectToldOnce(in text: String) throws {
    let place = try #require(text.range(of: right), "\(right)")
    let (_, faults) = load(text.replacingCharacters(in: place, with: wrong))
    #expect(faults.map(\.english) == [message])
    let fault = try #require(faults.first)
    #expect(!fault.chinese.isEmpty && fault.chinese != fault.english)
    #expect(fault.location.line > 0 && fault.location.column > 0)
  }
}
