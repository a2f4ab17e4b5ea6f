// From the levels of the lines to closed contacts: release, shorts, the rail of the coils, contactors that fail.

/// What lies between the guardian's lines and the loads.
struct Relays: Sendable {
  /// Whether a line keeps its level when its owner dies, as on Raspberry Pi OS; else it falls back.
  let keepsLevel: Bool
  /// Whether the coils' supply is fed by the alive line and falls when that is no longer toggled.
  let hasRail: Bool

  /// Levels that the owner of the lines set.
  var lines: UInt32 = 0
  var hasPower = true
  /// Lines shorted on, and lines that cannot be driven.
  var stuckOn: UInt32 = 0
  var stuckOff: UInt32 = 0
  /// Contacts that stick once closed, and contacts that do not close.
  var welded: UInt32 = 0
  var dead: UInt32 = 0
  private(set) var closed: UInt32 = 0

  private var toggledAt: Int64 = .min / 2
  /// Longest time without a toggle until the rail has fallen, ms.
  static let railTime: Int64 = 2_000

  init(keepsLevel: Bool, hasRail: Bool) { (self.keepsLevel, self.hasRail) = (keepsLevel, hasRail) }

  /// Levels as they are at the pins.
  var levels: UInt32 { (lines | stuckOn) & ~stuckOff }

  /// Whether the pins are as the owner of the lines has set them.
  var isAsSet: Bool { levels == lines }

  /// The owner of the lines is gone.
  mutating func release() { if !keepsLevel { lines = 0 } }

  /// The alive line has been toggled.
  mutating func toggle(at now: Int64) { toggledAt = now }

  /// Whether the coils have their supply.
  func isRailUp(at now: Int64) -> Bool { hasPower && (!hasRail || now - toggledAt < Self.railTime) }

  /// Lets the contacts follow. Their 20 ms do not matter here.
  mutating func settle(at now: Int64) {
    let coils = isRailUp(at: now) ? levels : 0
    closed = (coils | (closed & welded)) & ~dead
  }

  /// Contacts through which current flows.
  var live: UInt32 { hasPower ? closed : 0 }
}
