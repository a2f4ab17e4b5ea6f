// Drives the lines to failsafe when the guardian itself has gone.

import Glibc
import Platform

/// The post-stop helper: takes the lines that a guardian left behind and sets them to their failsafe states.
///
/// On boards that keep a line's level after its owner died this is what switches a heater off. It holds the lines for a moment, so that
/// the relay follows, and lets them go at that level.
public enum FailsafeHelper {
  /// Drives every line of the table to failsafe.
  public static func run(table path: String) throws {
    let table = try GuardianService.readTable(path)
    // Minimum off-times must not keep an output from its failsafe state here: this is the last word for now.
    let initial = GuardianCore(table: table, now: 0).failsafeLines()
    let lines = try OutputLines(table: table, initial: initial)
    guard lines.set(initial), lines.readBack() == initial else {
      throw SystemError("drive the lines of \(path) to failsafe", code: EIO)
    }
    Console.log("failsafe: ", "\(table.outputs.count) outputs set")
  }
}
