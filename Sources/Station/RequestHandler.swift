// What the local service answers.

import Climate
import Controller
import FoundationEssentials
import LocalService
import Platform

/// Where the service finds the past.
protocol HistorySource: Sendable {
  func samples(channels: [String], range: HistoryRange) throws(ServiceError) -> [SampleMessage]
  func events(range: HistoryRange) throws(ServiceError) -> [EntryMessage]
  func decisions(output: String?, range: HistoryRange) throws(ServiceError) -> [EntryMessage]
  func alarms(range: HistoryRange) throws(ServiceError) -> [EntryMessage]
}

/// A part of the past.
struct HistoryRange: Sendable {
  /// Bounds, ms since 1970 UTC; `nil` for open.
  var from: Int64?
  var to: Int64?
  /// Most rows, the newest.
  var last: Int
}

extension HistoryRange {
  /// The part asked for; at most ``RequestHandler/mostRows`` rows.
  init(_ parameters: ServiceParameters) {
    self.init(
      from: parameters.from, to: parameters.to, last: min(max(parameters.last ?? 1_000, 1), RequestHandler.mostRows))
  }
}

/// Answers requests from the last state of the control step; commands go to its inbox.
final class RequestHandler: Sendable {
  /// Most rows of one answer.
  static let mostRows = 100_000

  private let state: Monitor<StationState?>
  private let inbox: Inbox
  private let history: any HistorySource

  init(state: Monitor<StationState?>, inbox: Inbox, history: any HistorySource) {
    self.state = state
    self.inbox = inbox
    self.history = history
  }

  /// The status as a message of a subscription.
  func statusLine() -> Data? {
    guard let state = state.withLock({ $0 }) else { return nil }
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
    guard let state = state.withLock({ $0 }) else {
      throw ServiceError(.busy, "the controller has not taken its first step yet; try again", zh: "控制器尚未完成第一步，请重试")
    }
    let parameters = request.params ?? ServiceParameters()
    switch method {
    case .status:
      return encode(StatusMessage(state), for: request)
    case .subscribe:
      return nil
    case .override, .automatic, .acknowledge, .startStage:
      let command = try command(method, parameters, state, peer)
      guard inbox.add(command) else {
        throw ServiceError(.busy, "too many commands at once; try again", zh: "命令过多，请重试")
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

  private func encode(_ result: some Codable & Sendable, for request: ServiceRequest) -> Data? {
    ServiceCoding.encode(ServiceResponse(id: request.id, result: result, error: nil))
  }

  // MARK: Parameters

  private func command(
    _ method: ServiceMethod, _ parameters: ServiceParameters, _ state: StationState, _ peer: String
  ) throws(ServiceError) -> Command {
    let plan = state.controller.plan
    switch method {
    case .override:
      let output = try output(parameters.output, plan)
      guard let demand = parameters.demand, (0...1).contains(demand) else {
        throw ServiceError(.invalidParameters, "demand must be from 0 to 1", zh: "demand 必须在0到1之间")
      }
      let longest = Override.longest.inSeconds
      guard let seconds = parameters.duration, seconds >= 1, seconds <= longest else {
        throw ServiceError(
          .invalidParameters, "an override lasts from 1 s to \(Int(longest / 3_600)) h; say how long",
          zh: "手动时间须在1秒到\(Int(longest / 3_600))小时之间，请给出时间")
      }
      return .override(output, demand: demand, for: .seconds(seconds), by: peer)
    case .automatic:
      return .automatic(try output(parameters.output, plan), by: peer)
    case .startStage:
      return try startStage(parameters, plan, peer)
    default:
      guard let text = parameters.alarm else { return .acknowledge(nil, by: peer) }
      guard let alarm = state.controller.openAlarms.first(where: { $0.id.text == text }) else {
        throw ServiceError(.notFound, "there is no open alarm \(text)", zh: "没有未消除的报警 \(text)")
      }
      return .acknowledge(alarm.id, by: peer)
    }
  }

  private func startStage(_ parameters: ServiceParameters, _ plan: Plan, _ peer: String) throws(ServiceError) -> Command
  {
    guard let name = parameters.zone, let zone = plan.zone(named: name) else {
      let names = plan.zones.map(\.name).joined(separator: ", ")
      throw ServiceError(.notFound, "there is no such zone; zones: \(names)", zh: "没有这个区；现有：\(names)")
    }
    guard let recipe = plan.zones[zone.index].recipe else {
      throw ServiceError(.notFound, "zone \(name) has no recipe", zh: "区 \(name) 没有工艺")
    }
    guard let stage = parameters.stage.flatMap({ recipe.stage(named: $0) }) else {
      let names = recipe.stages.map(\.name).joined(separator: ", ")
      throw ServiceError(.notFound, "there is no such stage; stages: \(names)", zh: "没有这个阶段；现有：\(names)")
    }
    return .startStage(zone, stage: stage, by: peer)
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
