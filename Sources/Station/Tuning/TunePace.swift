// How often a test looks at a controller whose clock may run faster than that of whoever looks.

/// Spaces looks at a controller by about one of its own seconds.
///
/// A test is timed by the controller's clock: in a simulated shed an hour may pass in a second, and its heaters, overrides and dead time with it.
package struct TunePace {
  /// The controller's time, s, and one's own, ns, at the first look.
  private var first: (uptime: Double, own: Int64)?

  /// A pace of one that has not looked yet.
  package init() {}

  /// How long to wait until the next look, 1 to 1000 ms.
  /// - Parameters:
  ///   - uptime: of the controller, as it says now, s.
  ///   - own: one's own monotonic time, ns.
  package mutating func pause(after uptime: Double, at own: Int64) -> Int32 {
    let first = first ?? (uptime, own)
    self.first = first
    // As long as nothing has passed there its speed is not known, and the next look must not come after a fast clock's minutes.
    guard uptime > first.uptime, own > first.own else { return 10 }
    let speed = (uptime - first.uptime) / (Double(own - first.own) / 1e9)
    return Int32(min(max(1_000 / speed, 1), 1_000))
  }
}
