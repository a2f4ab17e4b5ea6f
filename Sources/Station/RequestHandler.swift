// What the local service answers.

import Climate
import Controller
import FoundationEssentials
package import LocalService

/// Where the service finds the past.
package protocol HistorySource: Sendable {
  /// Samples of channels.
  func samples(channels: [String], range: HistoryRange) throws(ServiceError) -> [SampleMessage]
  /// Events.
  func events(range: HistoryRange) throws(ServiceError) -> [EntryMessage]
  /// Decisions about an output, or about all.
  func decisions(output: String?, range: HistoryRange) throws(ServiceError) -> [EntryMessage]
  /// Changes of alarms.
  func alarms(range: HistoryRange) throws(ServiceError) -> [EntryMessage]
}

/// A part of the past.
package struct HistoryRange: Sendable {
  /// Bounds, ms since 1970 UTC; `nil` for open.
  package var from: Int64?
  /// See ``from``.
  package var to: Int64?
  /// Most rows, the newest.
  package var last: Int
}

extension HistoryRange {
  /// The part asked for; at most ``RequestHandler/mostRows`` rows.
  init(_ parameters: ServiceParameters) {
    self.init(
      from: parameters.from, to: parameters.to, last: min(max(parameters.last ?? 1_000, 1), RequestHandler.mostRows))
  }
}

/// Answers requests from the last state of the control step; commands go to its inbox.
package final class RequestHandler: Sendable {
  /// Most rows of one answer.
  static let mostRows = 100_000

  let look: @Sendable () -> StationState?
  let inbox: Inbox
  let history: any HistorySource
  private let hurryUplink: @Sendable () -> Bool

  /// A handler that answers from what it sees.
  /// - Parameters:
  ///   - hurryUplink: lets everything go upstream now that waits; says whether there is an uplink.
  ///   - look: the state after the last step; `nil` before the first.
  package init(
    inbox: Inbox, history: any HistorySource, hurryUplink: @escaping @Sendable () -> Bool = { false },
    look: @escaping @Sendable () -> StationState?
  ) {
    self.look = look
    self.hurryUplink = hurryUplink
    self.inbox = inbox
    self.history = history
  }

  /// The status as a message of a subscription.
  func statusLine() -> Data? {
    guard let state = look() else { return nil }
    return ServiceCoding.encode(ServiceResponse(id: nil, result: StatusMessage(state), error: nil))
  }

  /// The response to a request; `nil` if none is wanted.
  func answer(_ request: ServiceRequest, from peer: String) -> Data? {
    do throws(ServiceError) {
      return try respond(to: request, from: peer)
    } catch {
      return ServiceCoding.encode(ServiceResponse<Acknowledgement>(id: request.id, result: nil, error: error))
    }
  }

  private func respond(to request: ServiceRequest, from peer: String) throws(ServiceError) -> Data? {
    guard let method = ServiceMethod(rawValue: request.method) else {
      throw ServiceError(.unknownMethod, "there is no method \(request.method)", zh: "没有方法 \(request.method)")
    }
    guard let state = look() else {
      throw ServiceError(.busy, "the controller has not taken its first step yet; try again", zh: "控制器尚未完成第一步，请重试")
    }
    let parameters = request.params ?? ServiceParameters()
    switch method {
    case .status:
      return encode(StatusMessage(state), for: request)
    case .subscribe:
      return nil
    case .override, .automatic, .acknowledge, .alarmTest, .startStage, .recipeHold, .recipeResume, .recipeStop,
      .recipeOffset:
      try put(try command(method, parameters, state, peer))
      return encode(Acknowledgement(), for: request)
    case .isolate, .endIsolation:
      let isolation = IsolationRequest(state, peer)
      guard inbox.add(all: try method == .isolate ? isolation.begin(parameters) : isolation.end()) else {
        throw Self.busy
      }
      return encode(try isolation.message(), for: request)
    case .recipeEvent:
      let (command, stage) = try RecipeRequest(state, peer).event(parameters)
      try put(command)
      return encode(stage, for: request)
    case .syncNow:
      guard hurryUplink() else {
        throw ServiceError(.notFound, "there is no [uplink] in the configuration", zh: "配置中没有 [uplink]")
      }
      return encode(Acknowledgement(), for: request)
    case .samples:
      let channels = try channels(parameters, state.controller.plan)
      return encode(try history.samples(channels: channels, range: HistoryRange(parameters)), for: request)
    case .events:
      return encode(try history.events(range: HistoryRange(parameters)), for: request)
    case .decisions:
      if let name = parameters.output { _ = try output(name, state.controller.plan) }
      return encode(try history.decisions(output: parameters.output, range: HistoryRange(parameters)), for: request)
    case .alarmHistory:
      return encode(try history.alarms(range: HistoryRange(parameters)), for: request)
    }
  }

  private func put(_ command: Command) throws(ServiceError) {
    guard inbox.add(command) else { throw Self.busy }
  }

  private static let busy = ServiceError(.busy, "too many commands at once; try again", zh: "命令过多，请重试")

  private func encode(_ result: some Codable & Sendable, for request: ServiceRequest) -> Data? {
    ServiceCoding.encode(ServiceResponse(id: request.id, result: result, error: nil))
  }

  // MARK: Parameters

  func command(
    _ method: ServiceMethod, _ parameters: ServiceParameters, _ state: StationState, _ peer: String
  ) throws(ServiceError) -> Command {
    let plan = state.controller.plan
    switch method {
    case .override:
      let output = try output(parameters.output, plan)
      guard plan.outputs[output.index].kind.obeysPeople else {
        let name = plan.outputs[output.index].name
        throw ServiceError(
          .invalidParameters,
          "\(name) is the alarm relay, which nobody drives by hand; silence it with bombyx alarm ack, try it with bombyx alarm test",
          zh: "\(name) 是报警继电器，不能手动控制；静音用 bombyx alarm ack，试验用 bombyx alarm test")
      }
      guard let demand = parameters.demand, (0...1).contains(demand) else {
        throw ServiceError(.invalidParameters, "demand must be from 0 to 1", zh: "demand 必须在0到1之间")
      }
      return .override(output, demand: demand, for: try OverrideLength.read(parameters), by: peer)
    case .automatic:
      return .automatic(try output(parameters.output, plan), by: peer)
    case .alarmTest:
      let (least, most) = (AlarmRelay.testLengths.lowerBound.inSeconds, AlarmRelay.testLengths.upperBound.inSeconds)
      guard let seconds = parameters.duration, (least...most).contains(seconds) else {
        throw ServiceError(
          .invalidParameters, "a test lasts from \(Int(least)) s to \(Int(most)) s; say how long",
          zh: "试验时间须在\(Int(least))秒到\(Int(most))秒之间，请给出时间")
      }
      return .testAlarm(for: .seconds(seconds), by: peer)
    case .startStage:
      return try RecipeRequest(state, peer).startStage(parameters)
    case .recipeHold, .recipeResume, .recipeStop, .recipeOffset:
      return try RecipeRequest(state, peer).command(method, parameters)
    default:
      guard let text = parameters.alarm else { return .acknowledge(nil, by: peer) }
      guard let alarm = state.controller.openAlarms.first(where: { $0.id.text == text }) else {
        throw ServiceError(.notFound, "there is no open alarm \(text)", zh: "没有未消除的报警 \(text)")
      }
      return .acknowledge(alarm.id, by: peer)
    }
  }

  private func output(_ name: String?, _ plan: Plan) throws(ServiceError) -> OutputID {
    if let name, let output = plan.output(named: name) { return output }
    let names = plan.outputs.map(\.name).joined(separator: ", ")
    throw ServiceError(
      .notFound, "there is no output \(name ?? "without a name"); outputs: \(names)",
      zh: "没有输出 \(name ?? "（未给名称）")；现有：\(names)")
  }

  private func channels(_ parameters: ServiceParameters, _ plan: Plan) throws(ServiceError) -> [String] {
    let names = parameters.channels ?? []
    guard !names.isEmpty else { return plan.channels.map(\.name) }
    for name in names where plan.channel(named: name) == nil {
      let known = plan.channels.map(\.name).joined(separator: ", ")
      throw ServiceError(.notFound, "there is no channel \(name); channels: \(known)", zh: "没有通道 \(name)；现有：\(known)")
    }
    return names
  }

}
