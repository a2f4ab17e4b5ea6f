// How much each device may have on the way, so that a county that comes back at once does not drown the hub.

import SyncProtocol

/// Hands out windows. What all devices together may have on the way is as much as the hub writes in some seconds; it is
/// shared evenly, and a device for which nothing is left waits in a queue until others are done.
///
/// Times are monotonic, ns.
public struct Credit: Sendable {
  /// What a worker may be asked to bear.
  public struct Limits: Sendable {
    /// Most batches of one device.
    public var perDevice: Int64 = 8
    /// How long what is on the way may take to be written, s: well below the 30 s after which a device sends again.
    public var seconds = 10.0
    /// Least and most batches of all devices, whatever was measured.
    public var total: ClosedRange<Double> = 16...2_000
    /// Silence after which a device is taken to have nothing on the way, s.
    public var silence = 30.0

    /// The usual limits.
    public init() {}
  }

  private struct Grant {
    var window: Int64
    var time: Int64
  }

  /// A commit that carries a few batches takes about as long as one with so many: most of it is the disk's.
  private static let carried = 32

  private let limits: Limits
  private var grants: [DeviceName: Grant] = [:]
  private var outstanding: Int64 = 0
  /// Lanes of each device in which something waits.
  private var busy: [DeviceName: Set<Lane>] = [:]
  private var paused: [LaneKey] = []
  private var waiting: Set<LaneKey> = []
  /// Time that a batch takes, s: a mean in which older measurements fade.
  private var secondsPerBatch: Double?
  private var swept: Int64 = 0

  /// Credit within limits.
  public init(_ limits: Limits = Limits()) { self.limits = limits }

  /// Batches that all devices together may have on the way.
  public var budget: Int64 {
    let measured = secondsPerBatch.map { limits.seconds / max($0, 1e-6) } ?? limits.total.lowerBound * 4
    return Int64(min(max(measured, limits.total.lowerBound), limits.total.upperBound))
  }

  /// Devices that may have something on the way.
  public var active: Int { grants.count }
  /// Lanes that wait for their turn.
  public var waitingLanes: Int { waiting.count }

  /// Learns how long a commit took.
  public mutating func measured(batches: Int, seconds: Double) {
    guard batches > 0 else { return }
    let now = seconds / Double(max(batches, Self.carried))
    secondsPerBatch = secondsPerBatch.map { 0.8 * $0 + 0.2 * now } ?? now
  }

  /// The window for an answer: a device has one for all its lanes. Alarms are never made to wait, and neither are devices that have nothing waiting: what they send is new.
  public mutating func window(for key: LaneKey, isIdle: Bool = false, now: Int64) -> Int64 {
    sweep(now)
    let own = grants[key.device]?.window ?? 0
    if isIdle {
      waiting.remove(key)
      busy[key.device]?.remove(key.lane)
      // In another lane something waits: what was said there holds, or a pause would end as soon as it has begun.
      guard busy[key.device]?.isEmpty ?? true else { return own }
      busy[key.device] = nil
      grant(key.device, 0, now)
      return limits.perDevice
    }
    busy[key.device, default: []].insert(key.lane)
    let others = outstanding - own
    let room = budget - others
    guard room > 0 || key.lane == .alarm else {
      grant(key.device, 0, now)
      if waiting.insert(key).inserted { paused.append(key) }
      return 0
    }
    // Those that wait have their share as well.
    let fair = budget / Int64(grants.count + waiting.count + 1)
    let window = min(limits.perDevice, max(1, fair), max(1, room))
    grant(key.device, window, now)
    waiting.remove(key)
    return window
  }

  /// Lanes that may go on, longest waiting first. Each is to be sent an answer.
  public mutating func resume(now: Int64) -> [LaneKey] {
    sweep(now)
    var room = budget - outstanding
    var resumed: [LaneKey] = []
    while room > 0, !paused.isEmpty {
      let key = paused.removeFirst()
      // Some were served otherwise in the meantime.
      guard waiting.remove(key) != nil else { continue }
      resumed.append(key)
      // Kept for it until it is answered.
      if grants[key.device] == nil { grant(key.device, 1, now) }
      room -= 1
    }
    return resumed
  }

  private mutating func grant(_ device: DeviceName, _ window: Int64, _ now: Int64) {
    outstanding += window - (grants[device]?.window ?? 0)
    grants[device] = window == 0 ? nil : Grant(window: window, time: now)
  }

  private mutating func sweep(_ now: Int64) {
    guard now - swept >= 1_000_000_000 else { return }
    swept = now
    let silence = Int64(limits.silence * 1e9)
    for (device, grant) in grants where now - grant.time > silence {
      outstanding -= grant.window
      grants[device] = nil
      busy[device] = nil
    }
  }
}
