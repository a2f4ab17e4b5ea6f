// A programme over days.

import Climate

/// A text in the two languages of the product.
public struct LocalizedText: Equatable, Codable, Sendable {
  /// English.
  public var en: String
  /// Chinese.
  public var zh: String

  /// A text in both languages.
  public init(en: String, zh: String) {
    self.en = en
    self.zh = zh
  }
}

/// A programme over days: stages one after the other.
public struct Recipe: Equatable, Sendable {
  /// Short name as typed in a configuration: `silkworm-bivoltine`.
  public var name: String
  /// Name as shown.
  public var title: LocalizedText
  /// Version as its authors count.
  public var version: String
  /// Hash of the file it was read from; empty for one that no file holds.
  public var digest: String
  /// Diseases whose conditions are watched while it runs.
  public var watches: [WatchedDisease] = []
  /// At least one stage.
  public var stages: [Stage]

  /// A recipe; `nil` without a stage or with a stage that does not last.
  public init?(name: String, title: LocalizedText, version: String, digest: String = "", stages: [Stage]) {
    guard !stages.isEmpty, stages.allSatisfy({ $0.duration > .zero }) else { return nil }
    self.name = name
    self.title = title
    self.version = version
    self.digest = digest
    self.stages = stages
  }

  /// Name, version and hash as the log keeps them: `silkworm-bivoltine 1 #3f2a9c0d1e4b5a67`.
  public var stamp: String { digest.isEmpty ? "\(name) \(version)" : "\(name) \(version) #\(digest)" }

  /// Index of the stage of a name.
  public func stage(named name: String) -> Int? { stages.firstIndex { $0.name == name } }

  // MARK: Events

  /// How far from its expected time an event may come. One that is farther off is a slip of the pen: a stage is then begun by its name.
  public static let eventTolerance = Duration.hours(4 * 24)

  /// The stage that an event begins: of those that bear it the nearest in time, because a person may see a moult before the clock
  /// expects it, or after. `nil` if none is near.
  public func stage(begunBy event: String, at progress: RecipeProgress) -> Int? {
    let candidates = stages.indices.filter { stages[$0].event == event }
      .map { (stage: $0, distance: distance(to: $0, from: progress)) }
    guard let nearest = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
    let isExpectedNext = nextEvent(after: progress.stage).map { $0 == nearest.stage } ?? false
    return isExpectedNext || nearest.distance <= Self.eventTolerance ? nearest.stage : nil
  }

  /// The next stage that bears an event.
  public func nextEvent(after stage: Int) -> Int? { stages.indices.first { $0 > stage && stages[$0].event != nil } }

  /// Expected time between now and the beginning of a stage, in either direction.
  private func distance(to target: Int, from progress: RecipeProgress) -> Duration {
    func length(_ range: Range<Int>) -> Duration { stages[range].reduce(.zero) { $0 + $1.duration } }
    if target <= progress.stage { return length(target..<progress.stage) + progress.elapsed }
    return max(.zero, length(progress.stage..<target) - progress.elapsed)
  }
}
