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

/// One phase of a recipe.
public struct Stage: Equatable, Sendable {
  /// Short name as typed on a command line: `instar-5`.
  public var name: String
  /// Name as shown.
  public var title: LocalizedText
  /// How long it lasts.
  public var duration: Duration
  /// What it aims at.
  public var setpoints: Setpoints

  /// A stage from its parts.
  public init(name: String, title: LocalizedText, duration: Duration, setpoints: Setpoints) {
    self.name = name
    self.title = title
    self.duration = duration
    self.setpoints = setpoints
  }
}

/// A programme over days: stages one after the other, by elapsed time.
public struct Recipe: Equatable, Sendable {
  /// Short name as typed in a configuration: `silkworm-bivoltine`.
  public var name: String
  /// Name as shown.
  public var title: LocalizedText
  /// Version as its authors count.
  public var version: String
  /// At least one stage.
  public var stages: [Stage]

  /// A recipe; `nil` without a stage or with a stage that does not last.
  public init?(name: String, title: LocalizedText, version: String, stages: [Stage]) {
    guard !stages.isEmpty, stages.allSatisfy({ $0.duration > .zero }) else { return nil }
    self.name = name
    self.title = title
    self.version = version
    self.stages = stages
  }

  /// Index of the stage of a name.
  public func stage(named name: String) -> Int? { stages.firstIndex { $0.name == name } }
}

/// Where a zone stands in its recipe.
///
/// Time in a stage is counted in steps of the monotonic clock while the controller runs; the wall clock has no part in it.
public struct RecipeProgress: Equatable, Codable, Sendable {
  /// Index of the present stage.
  public var stage: Int
  /// Time spent in it.
  public var elapsed: Duration

  /// A place in a recipe.
  public init(stage: Int, elapsed: Duration = .zero) {
    self.stage = stage
    self.elapsed = elapsed
  }

  /// Goes on by `duration`. The last stage lasts until a person ends it.
  /// - Returns: whether a new stage has begun.
  public mutating func advance(by duration: Duration, in recipe: Recipe) -> Bool {
    elapsed += duration
    var changed = false
    while stage < recipe.stages.count - 1, elapsed >= recipe.stages[stage].duration {
      elapsed -= recipe.stages[stage].duration
      stage += 1
      changed = true
    }
    return changed
  }
}
