// Whether a constraint was violated, seen at the contactor and not from what anyone believes.

package import Climate
package import Controller
package import Simulator

/// Watches the simulated contactors for violations of the outputs' constraints.
package struct ConstraintChecker {
  private struct Watch {
    var isClosed = false
    var changedAt: Instant?
    var starts: [Instant] = []
  }

  /// A step of the simulation and one cycle of the guardian: what a constraint may be missed by.
  private static let tolerance = Duration.seconds(2)

  private let outputs: [OutputPlan]
  private var watches: [Watch]
  /// What has been violated, in words.
  package private(set) var violations: [String] = []

  /// A checker of contactors that stand in the order of these outputs.
  package init(_ outputs: [OutputPlan]) {
    self.outputs = outputs
    watches = outputs.map { _ in Watch() }
  }

  /// Looks at the contactors once a step.
  package mutating func look(at contactors: [Contactor], now: Instant) {
    for index in contactors.indices where contactors[index].fault == nil {
      let isClosed = contactors[index].isClosed
      if isClosed != watches[index].isClosed { change(index, to: isClosed, now) }
      checkMaximum(index, now)
    }
    checkInterlocks(now)
  }

  private mutating func change(_ index: Int, to isClosed: Bool, _ now: Instant) {
    let constraints = outputs[index].constraints
    if let changed = watches[index].changedAt {
      let rest = changed.duration(to: now)
      if isClosed, rest + Self.tolerance < constraints.minimumOff { violate(index, "on again after \(rest)", now) }
    }
    watches[index].isClosed = isClosed
    watches[index].changedAt = now
    guard isClosed, let limit = constraints.startsPerHour else { return }
    watches[index].starts.removeAll { $0.duration(to: now) >= .hours(1) }
    watches[index].starts.append(now)
    if watches[index].starts.count > limit {
      violate(index, "started \(watches[index].starts.count) times in an hour", now)
    }
  }

  private mutating func checkMaximum(_ index: Int, _ now: Instant) {
    guard watches[index].isClosed, let maximum = outputs[index].constraints.maximumOn,
      let since = watches[index].changedAt,
      since.duration(to: now) > maximum + Self.tolerance
    else { return }
    violate(index, "on for \(since.duration(to: now))", now)
    watches[index].changedAt = now
  }

  private mutating func checkInterlocks(_ now: Instant) {
    for index in outputs.indices where watches[index].isClosed {
      guard let interlock = outputs[index].constraints.interlock else { continue }
      for other in outputs.indices.dropFirst(index + 1)
      where outputs[other].constraints.interlock == interlock && watches[other].isClosed {
        violate(index, "on together with \(outputs[other].name)", now)
      }
    }
  }

  private mutating func violate(_ index: Int, _ what: String, _ now: Instant) {
    violations.append("\(outputs[index].name) \(what) at \(now.seconds) s")
  }
}
