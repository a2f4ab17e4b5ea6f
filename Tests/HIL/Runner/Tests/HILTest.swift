// A test on a board, and the list of all.

/// A test on a board.
struct HILTest: Sendable {
  /// Name on the command line: `probe-lost`.
  let name: String
  /// What must be so, for the report.
  let behaviour: String
  /// What the board must be able to do.
  let needs: Set<BoardAbility>
  /// Whether it takes minutes, and runs only when asked for by name or with `--long`.
  let isLong: Bool
  let body: @Sendable (Rig) throws -> Void

  init(
    _ name: String, _ behaviour: String, needs: Set<BoardAbility> = [], isLong: Bool = false,
    _ body: @escaping @Sendable (Rig) throws -> Void
  ) {
    (self.name, self.behaviour, self.needs, self.isLong, self.body) = (name, behaviour, needs, isLong, body)
  }

  /// All, in the order in which they run. What takes longest comes early, so that no board waits for it at the end.
  static let all =
    StartTests.all + ClimateTests.all + SensorTests.all + BusTests.all + ProcessTests.all + LineTests.all
    + PL061Tests.all + GuardianTests.all + SystemTests.all + StoryTests.all + PowerCutTests.all
}
