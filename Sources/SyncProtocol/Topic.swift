// Where messages go.

/// What a record's sequence is counted in, and how soon it is sent.
public enum Lane: String, CaseIterable, Sendable, Codable, Comparable {
  /// Alarms, events, clock anchors.
  case alarm
  /// Means of windows.
  case live
  /// Samples.
  case backlog
  /// Decisions.
  case diagnostic

  /// The more urgent comes first.
  public static func < (left: Lane, right: Lane) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .alarm: 0
    case .live: 1
    case .backlog: 2
    case .diagnostic: 3
    }
  }
}

/// A topic of a device.
public enum Topic: Hashable, Sendable {
  /// Batches, from the device.
  case up(Lane)
  /// Acknowledgements, from the hub.
  case acknowledgement
  /// What the county wants, from the hub.
  case desired
  /// What became of it, from the device.
  case reported
  /// The retained state, from the device.
  case state

  private static let root = "bombyx"

  /// The topic of a device.
  public func text(of device: DeviceName) -> String { "\(Self.root)/\(device.text)/\(path)" }

  /// What a hub subscribes to for this topic of all devices.
  public var ofAllDevices: String { "\(Self.root)/+/\(path)" }

  /// What a hub subscribes to for the batches of all devices and lanes.
  public static let allBatches = "\(root)/+/up/#"

  private var path: String {
    switch self {
    case .up(let lane): "up/\(lane.rawValue)"
    case .acknowledgement: "down/ack"
    case .desired: "down/desired"
    case .reported: "up/reported"
    case .state: "state"
    }
  }

  /// Takes a topic apart; `nil` if it is none of a device.
  public static func parse(_ text: String) -> (device: DeviceName, topic: Topic)? {
    let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == root, let device = DeviceName(String(parts[1])) else { return nil }
    let all = [Topic.acknowledgement, .desired, .reported, .state] + Lane.allCases.map(Topic.up)
    return all.first { $0.path == parts[2] }.map { (device, $0) }
  }
}
