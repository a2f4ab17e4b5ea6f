// Where configurations, boards and recipes are kept.

public import Controller
public import Drivers
import Glibc
import Platform
import TOML

/// Reads a configuration with its overlays, and the boards and recipes it may name.
public struct ConfigurationFiles: Sendable {
  /// Where the package installs boards, recipes and examples.
  public static let standardShare = "/usr/share/bombyx"
  private static let sizeLimit = 1 << 20

  /// Path of the configuration.
  public var configuration: String
  /// Directory with `board/` and `recipes/`.
  public var share: String

  /// Files from their places.
  public init(configuration: String, share: String = ConfigurationFiles.standardShare) {
    (self.configuration, self.share) = (configuration, share)
  }

  /// Reads everything.
  /// - Returns: the configuration, if it can be used, and all faults.
  public func load(isSimulated: Bool = false) -> (configuration: DeviceConfiguration?, faults: [ConfigurationFault]) {
    let (sources, unreadable) = sources()
    guard unreadable.isEmpty else { return (nil, unreadable) }
    let (boards, boardFaults) = boards()
    let (recipes, recipeFaults) = recipes()
    let (device, faults) = ConfigurationLoader.load(sources, boards: boards, recipes: recipes, isSimulated: isSimulated)
    return (device, faults + boardFaults + recipeFaults)
  }

  /// The configuration and the files of `conf.d` beside it, in the order of their names.
  public func sources() -> (sources: [ConfigurationSource], faults: [ConfigurationFault]) {
    let slash = configuration.lastIndex(of: "/")
    let directory = slash.map { String(configuration[..<$0]) } ?? "."
    return read([configuration] + Self.files(in: directory + "/conf.d"))
  }

  /// All boards that can be read.
  public func boards() -> (boards: [Board], faults: [ConfigurationFault]) {
    let paths = Self.names(in: share + "/board").map { name in "\(share)/board/\(name)/board.toml" }
    let (sources, unreadable) = read(paths.filter { path in access(path, R_OK) == 0 })
    let results = sources.map { source in BoardFile.read(source.text, file: source.file) }
    return (results.compactMap(\.board), unreadable + results.flatMap(\.faults))
  }

  /// All recipes that can be read: those of the package, and those of the site beside its configuration.
  public func recipes() -> (recipes: [Recipe], faults: [ConfigurationFault]) {
    let (documents, faults) = recipeDocuments()
    return (documents.map(\.recipe), faults)
  }

  /// The same, with what their files say about them.
  public func recipeDocuments() -> (documents: [RecipeDocument], faults: [ConfigurationFault]) {
    let slash = configuration.lastIndex(of: "/")
    let directory = slash.map { String(configuration[..<$0]) } ?? "."
    let (sources, unreadable) = read(Self.files(in: share + "/recipes") + Self.files(in: directory + "/recipes"))
    let results = sources.map { RecipeFile.read($0.text, file: $0.file) }
    // A recipe of the site takes the place of the package's of the same name.
    var documents: [RecipeDocument] = []
    for document in results.compactMap(\.document).reversed()
    where !documents.contains(where: { $0.recipe.name == document.recipe.name }) {
      documents.insert(document, at: 0)
    }
    return (documents, unreadable + results.flatMap(\.faults))
  }

  private func read(_ paths: [String]) -> (sources: [ConfigurationSource], faults: [ConfigurationFault]) {
    var sources: [ConfigurationSource] = []
    var faults: [ConfigurationFault] = []
    for path in paths {
      do throws(SystemError) {
        sources.append(ConfigurationSource(file: path, text: try TextFile.read(path, limit: Self.sizeLimit)))
      } catch {
        let place = SourceLocation(file: path, line: 1, column: 1)
        faults.append(
          ConfigurationFault(
            severity: .error, location: place, english: "cannot be read: \(error.reason)",
            chinese: "无法读取：\(error.reason)"))
      }
    }
    return (sources, faults)
  }

  private static func files(in directory: String) -> [String] {
    names(in: directory).filter { $0.hasSuffix(".toml") }.map { "\(directory)/\($0)" }
  }

  private static func names(in directory: String) -> [String] {
    guard let handle = opendir(directory) else { return [] }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }
}
