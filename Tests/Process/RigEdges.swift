// What happened on the lines, as the fake hardware has written it down.

import CFakeHardware
import Platform

/// Something that happened on a line.
struct Edge: Sendable {
  /// Number of the event in the log.
  let index: UInt64
  /// When, ns of the monotonic clock.
  let time: Int64
  /// Physical level from then on.
  let isHigh: Bool
  /// Whether the line was taken, and not only set.
  let isRequest: Bool
  /// Who did it.
  let pid: UInt32
}

extension Rig {
  /// Number of the next event of the log: a place to look on from.
  var eventCount: UInt64 { fakehw_control(&hardware).pointee.event_count }

  /// Edges and requests of a line.
  /// - Parameter first: number of the first event looked at.
  func edges(_ line: UInt32, from first: UInt64 = 0) throws -> [Edge] {
    let end = eventCount
    try require(end - first <= UInt64(FAKEHW_EVENTS), "the log of the fake hardware has been written over")
    var edges: [Edge] = []
    for index in first..<end {
      // An event that is being written is not there yet.
      guard let event = fakehw_event(&hardware, index)?.pointee else { continue }
      let isEdge = event.kind == FAKEHW_EVENT_SET.rawValue || event.kind == FAKEHW_EVENT_REQUEST.rawValue
      guard isEdge, event.bus == 0xFFFF, event.number == UInt16(line) else { continue }
      edges.append(
        Edge(
          index: index, time: event.time_ns, isHigh: event.value != 0,
          isRequest: event.kind == FAKEHW_EVENT_REQUEST.rawValue, pid: event.pid))
    }
    return edges
  }

  /// How often a sensor of the rig's bus was asked to measure.
  func measurements(at address: UInt16, from first: UInt64, before end: UInt64) -> Int {
    (first..<end).count { index in
      guard let event = fakehw_event(&hardware, index)?.pointee else { return false }
      return event.kind == FAKEHW_EVENT_TRIGGER.rawValue && event.bus == 1 && event.number == address
    }
  }

  /// Waits for the first edge of a line to a level.
  func edge(
    _ line: UInt32, toHigh level: Bool, from first: UInt64, within seconds: Double = 30
  ) throws -> Edge {
    var found: Edge?
    try eventually("line \(line) goes \(level ? "high" : "low")", within: seconds) {
      found = try edges(line, from: first).first { $0.isHigh == level }
      return found != nil
    }
    guard let found else { throw RigError(description: "no edge") }
    return found
  }
}
