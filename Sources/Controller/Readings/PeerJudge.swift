// Probes that measure the same, judged by each other.

import Climate

/// Finds the probe of a group that has drifted away from its peers (`safety.md` F37).
///
/// Of three or more trustworthy probes, one that lies further than the limit from the median of the others is voted out, if most of
/// the group lie near that median. Where no majority can say who is wrong, that there is a disagreement is all that is known.
struct PeerJudge: Sendable {
  private struct Member: Sendable {
    let channel: Int
    var beyondSince: Instant?
    var nearSince: Instant?
    var isOut = false
  }

  /// How long a probe must disagree before it is out: a door that stands open beside it is no fault.
  static let patience = Duration.minutes(30)
  /// How long it must agree again, within half the limit.
  static let recovery = Duration.minutes(10)

  private let limit: Double
  private var members: [Member]
  /// Values of the members that count, in order; kept for its storage.
  private var sorted: [Double] = []
  private var quarrelSince: Instant?
  /// Whether the probes have disagreed for long, and nobody can say which is wrong.
  private(set) var isInDispute = false

  /// A judge of a group; `nil` where there is nothing to compare.
  init?(_ group: ProbeGroup, quantity: Quantity) {
    guard group.probes.count > 1, let limit = quantity.peerLimit else { return nil }
    self.limit = limit
    members = group.probes.map { Member(channel: $0.index) }
  }

  /// Makes the readings suspect of probes that are voted out.
  mutating func judge(_ readings: inout [Reading], at now: Instant) {
    if isCalm(readings) || !ControllerCheck.peers.isMade { return }
    sort(readings)
    var worst: (member: Int, distance: Double)?
    var isUndecided = sorted.count == 2 && sorted[1] - sorted[0] > (isInDispute ? limit / 2 : limit)
    for index in members.indices {
      guard let value = readings[members[index].channel].trusted else {
        (members[index].beyondSince, members[index].nearSince) = (nil, nil)
        continue
      }
      if members[index].isOut {
        readmit(index, value, at: now)
      } else if sorted.count > 2 {
        let (distance, isSupported) = distance(of: value)
        guard distance > limit else {
          members[index].beyondSince = nil
          continue
        }
        let since = members[index].beyondSince ?? now
        members[index].beyondSince = since
        if !isSupported {
          isUndecided = true
        } else if since.duration(to: now) >= Self.patience, distance > worst?.distance ?? 0 {
          worst = (index, distance)
        }
      }
    }
    if let worst { members[worst.member].isOut = true }
    note(isUndecided, at: now)
    for member in members where member.isOut && readings[member.channel].trusted != nil {
      (readings[member.channel].quality, readings[member.channel].fault) = (.suspect, .disagrees)
    }
  }

  /// Whether all agree and always did: the usual case, which must cost next to nothing.
  private func isCalm(_ readings: [Reading]) -> Bool {
    guard quarrelSince == nil, !isInDispute else { return false }
    var (least, most) = (Double.infinity, -Double.infinity)
    for member in members {
      guard !member.isOut, member.beyondSince == nil else { return false }
      guard let value = readings[member.channel].trusted else { continue }
      (least, most) = (min(least, value), max(most, value))
    }
    return most - least <= limit
  }

  private mutating func sort(_ readings: [Reading]) {
    sorted.removeAll(keepingCapacity: true)
    for member in members where !member.isOut {
      if let value = readings[member.channel].trusted { sorted.append(value) }
    }
    sorted.sort()
  }

  /// How far a value that counts lies from the median of the others, and whether most of the group lie near that median.
  private func distance(of value: Double) -> (distance: Double, isSupported: Bool) {
    let own = sorted.firstIndex(of: value) ?? 0
    let others = sorted.count - 1
    func other(_ index: Int) -> Double { sorted[index < own ? index : index + 1] }
    let median = (other((others - 1) / 2) + other(others / 2)) / 2
    let supporters = (0..<others).count { abs(other($0) - median) <= limit }
    return (abs(value - median), supporters * 2 > sorted.count)
  }

  private mutating func readmit(_ index: Int, _ value: Double, at now: Instant) {
    guard let low = sorted.isEmpty ? nil : sorted[(sorted.count - 1) / 2] else { return }
    let median = (low + sorted[sorted.count / 2]) / 2
    guard abs(value - median) <= limit / 2 else {
      members[index].nearSince = nil
      return
    }
    let since = members[index].nearSince ?? now
    members[index].nearSince = since
    guard since.duration(to: now) >= Self.recovery else { return }
    (members[index].isOut, members[index].beyondSince, members[index].nearSince) = (false, nil, nil)
  }

  private mutating func note(_ isUndecided: Bool, at now: Instant) {
    guard isUndecided else {
      (quarrelSince, isInDispute) = (nil, false)
      return
    }
    let since = quarrelSince ?? now
    quarrelSince = since
    if since.duration(to: now) >= Self.patience { isInDispute = true }
  }
}

extension Quantity {
  /// How far probes of one zone may lie apart, in the unit of the quantity; `nil` where they are not compared.
  var peerLimit: Double? {
    switch self {
    case .temperature: 2
    case .humidity: 10
    default: nil
    }
  }
}
