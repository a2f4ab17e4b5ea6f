// What the county wants, carried out as what people at the shed want.

import Controller
import FoundationEssentials
import LocalService
import SyncProtocol

extension RequestHandler {
  /// Most events that are sent with a bundle.
  private static let bundledEvents = 200
  /// Longest bundle, bytes: a report of it is a message still.
  private static let longestBundle = 48 * 1024

  /// Whether all commands can be carried out.
  func check(_ commands: [DesiredCommand], from peer: String) throws(ServiceError) {
    _ = try requests(commands, from: peer)
  }

  /// Carries all commands out, or none.
  /// - Returns: the bundle, if one is asked for.
  func carryOut(_ commands: [DesiredCommand], from peer: String) throws(ServiceError) -> String? {
    let requests = try requests(commands, from: peer)
    guard inbox.add(all: requests) else {
      throw ServiceError(.busy, "too many commands at once; try again", zh: "命令过多，请重试")
    }
    return commands.contains(.bundle) ? bundle() : nil
  }

  private func requests(_ commands: [DesiredCommand], from peer: String) throws(ServiceError) -> [Command] {
    guard let state = look() else {
      throw ServiceError(.busy, "the controller has not taken its first step yet; try again", zh: "控制器尚未完成第一步，请重试")
    }
    var requests: [Command] = []
    for command in commands {
      guard let (method, parameters) = Self.request(command) else { continue }
      if method == .recipeEvent {
        requests.append(try RecipeRequest(state, peer).event(parameters).command)
      } else {
        requests.append(try self.command(method, parameters, state, peer))
      }
    }
    return requests
  }

  /// The request of the local service that does the same; `nil` for what only the county asks for.
  private static func request(_ command: DesiredCommand) -> (ServiceMethod, ServiceParameters)? {
    var parameters = ServiceParameters()
    switch command {
    case .override(let output, let demand, let seconds):
      (parameters.output, parameters.demand, parameters.duration) = (output, demand, seconds)
      return (.override, parameters)
    case .automatic(let output):
      parameters.output = output
      return (.automatic, parameters)
    case .offset(let zone, let temperature, let humidity, let seconds):
      (parameters.zone, parameters.duration) = (zone, seconds)
      (parameters.temperatureOffset, parameters.humidityOffset) = (temperature, humidity)
      return (.recipeOffset, parameters)
    case .event(let zone, let event):
      (parameters.zone, parameters.event) = (zone, event)
      return (.recipeEvent, parameters)
    case .stage(let zone, let stage):
      (parameters.zone, parameters.stage) = (zone, stage)
      return (.startStage, parameters)
    case .hold(let zone):
      parameters.zone = zone
      return (.recipeHold, parameters)
    case .resume(let zone):
      parameters.zone = zone
      return (.recipeResume, parameters)
    case .bundle: return nil
    }
  }

  // MARK: What goes upstream beside records

  private struct Bundle: Encodable {
    var status: StatusMessage?
    var events: [EntryMessage]
  }

  /// Status and newest events as JSON; of the events as many as fit.
  private func bundle() -> String {
    let status = look().map { StatusMessage($0) }
    var events = (try? history.events(range: HistoryRange(from: nil, to: nil, last: Self.bundledEvents))) ?? []
    while true {
      let data = ServiceCoding.encode(Bundle(status: status, events: events)) ?? Data()
      if data.count <= Self.longestBundle || events.isEmpty { return String(decoding: data, as: UTF8.self) }
      events.removeFirst((events.count + 1) / 2)
    }
  }

  private struct PublicState: Encodable {
    var online = true
    var site: String
    @UTCTime var time: Int64
    var clock: ClockTrust
    /// Zone, quantity, value.
    var zones: [String: [String: Double]]
    var stages: [String: String]
    var outputs: [String: Bool]
    var alarms: [String]
    /// By zone; zones of which there is nothing to say are left out.
    var advice: [String: [AdviceMessage]]
    var lease: String
  }

  /// The retained state: one JSON object for people and dashboards; `nil` before the first step.
  func publicState() -> [UInt8]? {
    guard let status = look().map({ StatusMessage($0) }) else { return nil }
    var zones: [String: [String: Double]] = [:]
    var stages: [String: String] = [:]
    for zone in status.zones {
      for quantity in zone.quantities {
        guard let value = quantity.channel.value, value.isFinite else { continue }
        // Tenths of thousandths, as everywhere upstream.
        zones[zone.name, default: [:]][quantity.channel.quantity] = (value * 10_000).rounded() / 10_000
      }
      stages[zone.name] = zone.stage?.stage
    }
    let state = PublicState(
      site: status.site, time: status.time, clock: status.clock, zones: zones, stages: stages,
      outputs: Dictionary(status.outputs.map { ($0.name, $0.on ?? $0.wanted) }) { first, _ in first },
      alarms: status.alarms.map(\.id),
      advice: Dictionary(status.zones.compactMap { zone in zone.advice.map { (zone.name, $0) } }) { first, _ in first },
      lease: status.health.lease)
    return ServiceCoding.encode(state).map { Array($0) }
  }
}
