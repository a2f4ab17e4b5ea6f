// The switch between a line and its load.

/// A relay or contactor: follows its coil after a delay, counts its operations, and can fail.
public struct Contactor: Hashable, Sendable {
  /// How a contactor fails.
  public enum Fault: String, Hashable, Sendable, Codable {
    /// The contacts stick from the next time they are closed, which is when contacts weld.
    case welded
    /// The contacts open and never close again: a broken coil or spring.
    case dead
  }

  /// Time from current in the coil to closed contacts.
  public var pullIn: Duration
  /// Time from no current in the coil to open contacts.
  public var dropOut: Duration
  /// What is wrong with it. Taking the fault away repairs it.
  public var fault: Fault?
  /// Whether the contacts are closed.
  public private(set) var isClosed = false
  /// How often the contacts have closed.
  public private(set) var operations = 0

  /// How long the coil has asked for the other state.
  private var waiting = Duration.zero

  /// A sound contactor with open contacts. The delays are typical of a 25 A contactor for rails; engineering estimate.
  public init(pullIn: Duration = .milliseconds(20), dropOut: Duration = .milliseconds(15)) {
    self.pullIn = pullIn
    self.dropOut = dropOut
  }

  /// Lets time pass.
  /// - Parameters:
  ///   - dt: length of the step.
  ///   - energised: whether the coil has current during the step.
  /// - Returns: the share of the step during which the contacts were closed, 0…1.
  public mutating func advance(by dt: Duration, energised: Bool) -> Double {
    let wanted = (energised || (fault == .welded && isClosed)) && fault != .dead
    guard wanted != isClosed else {
      waiting = .zero
      return isClosed ? 1 : 0
    }
    guard dt > .zero else { return isClosed ? 1 : 0 }
    let remaining = max((wanted ? pullIn : dropOut) - waiting, .zero)
    guard dt >= remaining else {
      waiting += dt
      return isClosed ? 1 : 0
    }
    waiting = .zero
    isClosed = wanted
    if isClosed { operations += 1 }
    let before = remaining / dt
    return isClosed ? 1 - before : before
  }
}
