// What the local service is asked to do to all that lets air in.

import Climate
import Controller
import LocalService

/// Turns the wish to be cut off from the air outside into overrides: fans off and vents closed, while neighbours spray, say.
///
/// They are overrides like any others: they end by themselves, are in the log one by one, and stop neither what the guardian does in
/// failsafe nor an alarm.
struct IsolationRequest {
  private let plan: Plan
  private let peer: String

  init(_ state: StationState, _ peer: String) { (plan, self.peer) = (state.controller.plan, peer) }

  /// Fans and vents, in the order of the configuration. A vent's closing motor follows its vent.
  private func openings() throws(ServiceError) -> [OutputID] {
    let openings = plan.outputs.indices.filter { plan.outputs[$0].kind.letsAirIn }.map { OutputID($0) }
    guard !openings.isEmpty else {
      throw ServiceError(
        .notFound, "no output is a fan or a vent: nothing here lets air in", zh: "没有风机或天窗：这里没有进风的输出")
    }
    return openings
  }

  func begin(_ parameters: ServiceParameters) throws(ServiceError) -> [Command] {
    let length = try OverrideLength.read(parameters)
    return try openings().map { .override($0, demand: 0, for: length, by: peer) }
  }

  func end() throws(ServiceError) -> [Command] {
    try openings().map { .automatic($0, by: peer) }
  }

  func message() throws(ServiceError) -> IsolationMessage {
    IsolationMessage(outputs: try openings().map { plan.outputs[$0.index].name })
  }
}

/// How long something is driven by hand.
enum OverrideLength {
  /// The length that was asked for.
  /// - Throws: if there is none, or one that is too short or too long.
  static func read(_ parameters: ServiceParameters) throws(ServiceError) -> Duration {
    let longest = Override.longest.inSeconds
    guard let seconds = parameters.duration, seconds >= 1, seconds <= longest else {
      throw ServiceError(
        .invalidParameters, "an override lasts from 1 s to \(Int(longest / 3_600)) h; say how long",
        zh: "手动时间须在1秒到\(Int(longest / 3_600))小时之间，请给出时间")
    }
    return .seconds(seconds)
  }
}
