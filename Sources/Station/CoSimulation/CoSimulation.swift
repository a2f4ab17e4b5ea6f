// The controller and the guardian in lock step with somebody else's plant model.

import Climate
package import Configuration
package import Controller
package import FoundationEssentials
import Guardian
import LocalService

/// The real controller and the real guardian on virtual time, in lock step with a plant model that somebody else wrote.
///
/// The plant says what its sensors show at `t`; the answer is what each output did from `t` to `t` plus the step, on average. Between
/// two lines the sensors go on to show what they showed, and the controller steps once a second, as it does on a device. The same
/// lines give the same answers, to the byte.
package struct CoSimulation {
  /// Longest line that is read, bytes.
  package static let longestLine = 1 << 20

  private let configuration: DeviceConfiguration
  private let tunedZone: ZoneID?
  private let feed: ChannelFeed
  private var start: CoSimulationStart?
  private var device: CoSimulatedDevice?

  /// A co-simulation that waits for its first line.
  /// - Parameter tunedZone: a zone in which a relay test runs as soon as it can; `nil` for none.
  package init(_ configuration: DeviceConfiguration, tunedZone: ZoneID? = nil) {
    self.configuration = configuration
    self.tunedZone = tunedZone
    feed = ChannelFeed(configuration.plan)
  }

  /// Takes a line in.
  /// - Returns: the answer, one JSON object without a line end.
  package mutating func answer(_ line: Data) throws(CoSimulationError) -> Data {
    let reader = try LineReader(line)
    guard let start else {
      let start = try CoSimulationStart(reader)
      self.start = start
      return Self.encode(
        CoSimulationReady(
          channels: feed.channels, probes: feed.probes, outputs: shownOutputs.map(\.name)))
    }
    return Self.encode(try step(CoSimulationInput(reader), start))
  }

  /// An error as the plant model reads it.
  /// - Parameters:
  ///   - message: what is wrong, in the language of this run.
  ///   - line: number of the line, from 1; `nil` if it is about none.
  package static func errorLine(_ error: CoSimulationError, message: String, line: Int?) -> Data {
    encode(ErrorMessage(error: error.code, message: message, line: line))
  }

  /// A vent is one output, although its motor has two.
  private var shownOutputs: [OutputPlan] { configuration.plan.outputs.filter { !$0.kind.isWayBack } }

  private struct ErrorMessage: Encodable {
    var error: CoSimulationError.Code
    var message: String
    var line: Int?
  }

  private static func encode(_ message: some Encodable) -> Data { ServiceCoding.encode(message) ?? Data() }

  private mutating func step(
    _ input: CoSimulationInput, _ start: CoSimulationStart
  ) throws(CoSimulationError) -> CoSimulationReply {
    let samples = try feed.samples(of: input)
    var device = device ?? makeDevice(start, at: input.time)
    guard input.time >= device.time - CoSimulatedDevice.roundingTolerance else {
      throw CoSimulationError(
        .timeRunsBack, "t is \(input.time), and the last step ended at \(device.time): time does not run back",
        "t 为 \(input.time)，而上一步结束于 \(device.time)：时间不能倒退")
    }
    // Nothing was heard of the sensors in between.
    device.show([])
    device.advance(to: input.time)
    device.show(samples)
    let shares = device.advance(to: input.time + start.step)
    var outputs: [String: Double] = [:]
    for (output, share) in zip(configuration.plan.outputs, shares) where !output.kind.isWayBack {
      outputs[output.name] = share
    }
    let tuned = device.takeTuned()
    self.device = device
    return CoSimulationReply(
      t: device.time, outputs: outputs, alarms: device.openAlarms.map(\.id.text), tuned: tuned?.report,
      tuneFailed: tuned?.failure)
  }

  private func makeDevice(_ start: CoSimulationStart, at time: Double) -> CoSimulatedDevice {
    var device = CoSimulatedDevice(configuration, step: start.step, wallStart: start.start, at: time)
    if let tunedZone { device.tune(tunedZone) }
    return device
  }
}

/// From names of channels to the probes that feed them.
struct ChannelFeed {
  /// The channels that control and alarms look at: those of the zones and of the air outside.
  let channels: [String]
  /// The probes of these channels, where they have names of their own.
  let probes: [String]
  private let targets: [String: [ChannelID]]

  init(_ plan: Plan) {
    var targets: [String: [ChannelID]] = [:]
    var (channels, probes): ([String], [String]) = ([], [])
    var members: Set<ChannelID> = []
    for channel in plan.channels {
      guard case .group(let group) = channel.source else { continue }
      targets[channel.name] = group.probes + group.backups
      members.formUnion(group.probes + group.backups)
    }
    for (index, channel) in plan.channels.enumerated() {
      switch channel.source {
      case .group: channels.append(channel.name)
      case .probe:
        targets[channel.name] = [ChannelID(index)]
        if members.contains(ChannelID(index)) { probes.append(channel.name) } else { channels.append(channel.name) }
      }
    }
    (self.channels, self.probes, self.targets) = (channels, probes, targets)
  }

  /// What every probe shows. A probe that is named goes before the channel it belongs to.
  func samples(of input: CoSimulationInput) throws(CoSimulationError) -> [(channel: ChannelID, value: Double)] {
    var values: [ChannelID: Double?] = [:]
    for (name, value) in input.channels {
      guard let ids = targets[name] else {
        let known = channels.joined(separator: ", ")
        throw CoSimulationError(
          .unknownChannel, "there is no channel \"\(name.prefix(60))\"; the configuration has: \(known)",
          "没有通道“\(name.prefix(60))”；配置中有：\(known)")
      }
      for id in ids where ids.count == 1 || values[id] == nil { values[id] = .some(value) }
    }
    return values.sorted { $0.key.index < $1.key.index }.compactMap { id, value in value.map { (id, $0) } }
  }
}
