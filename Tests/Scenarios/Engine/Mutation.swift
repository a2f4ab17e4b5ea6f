// The checks of both cores that can be taken out, and who notices.

public import Controller
public import Guardian

/// A check of either core that can be taken out.
public enum Mutation: Sendable {
  /// A check of the guardian.
  case guardian(GuardianCheck)
  /// A check of the controller.
  case controller(ControllerCheck)

  /// All of them.
  public static let all: [Mutation] =
    GuardianCheck.allCases.map { .guardian($0) } + ControllerCheck.allCases.map { .controller($0) }

  /// The name in tables: `guardian.max-on`.
  public var name: String {
    switch self {
    case .guardian(let check): "guardian.\(check.rawValue)"
    case .controller(let check): "controller.\(check.rawValue)"
    }
  }

  /// The check of a name.
  public init?(named name: String) {
    guard let mutation = Self.all.first(where: { $0.name == name }) else { return nil }
    self = mutation
  }

  /// Whether checks can be taken out: not in a build without `FAULT_SIMULATION`, which is what a product is.
  public static var isPossible: Bool {
    #if FAULT_SIMULATION
    true
    #else
    false
    #endif
  }

  /// Takes a check out, or puts all back. Not while anything runs. Nothing happens where it is not possible.
  public static func remove(_ mutation: Mutation?) {
    #if FAULT_SIMULATION
    GuardianCheck.removed = nil
    ControllerCheck.removed = nil
    switch mutation {
    case .guardian(let check)?: GuardianCheck.removed = check
    case .controller(let check)?: ControllerCheck.removed = check
    case nil: break
    }
    #endif
  }
}
