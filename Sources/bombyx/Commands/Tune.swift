// bombyx tune: a relay test of a zone's heaters in a running shed.

import ArgumentParser
import Climate
import Configuration
import Controller
import FoundationEssentials
import Glibc
import LocalService
import Platform
import Station
import TerminalUI

struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: text("Find out how a zone answers to its heaters, and what to write for it.", "测定加热对区的作用，给出整定参数。"),
    discussion: text(
      "Switches the heaters on and off around the setpoint, within the band, for some hours, until gain, time constant and dead time "
        + "are known to 1 %. Alarms, the high limit and the guardian stay in charge; any alarm, Ctrl-C, or the end of this command gives the "
        + "heaters back to their laws. Changes nothing: it prints a line for the configuration. docs/tuning.md has the rest.",
      "在设定值附近、允差之内开关加热数小时，直到增益、时间常数、纯滞后的误差小于1%。报警、温度上限和守护程序始终有效；出现任何报警、按 Ctrl-C "
        + "或命令结束，加热即恢复自动。不改动配置，只给出应写入的一行。详见 docs/tuning.zh-CN.md。"))

  @Argument(help: help("The zone.", "区。"))
  var zone: String

  @Option(help: help("The configuration in force.", "当前配置。"))
  var config = "/etc/bombyx/bombyx.toml"

  @Option(
    name: .customLong("for"),
    help: help("End after so long, with what is known by then: 1h to 24h.", "最长多久，到时以当时所知为准：1h 至 24h。"))
  var length = "12h"

  @OptionGroup var share: ShareOptions
  @OptionGroup var daemon: DaemonOptions
  @OptionGroup var output: OutputOptions

  private var seconds: Double? { DurationText.seconds(length) }

  func validate() throws {
    let range = TuneSession.shortest.inSeconds...TuneSession.longest.inSeconds
    guard let seconds, range.contains(seconds) else {
      throw ValidationError(
        text("--for \"\(length)\" is no duration from 1h to 24h; write 8h", "--for “\(length)”不是1h至24h的时间；请写如 8h"))
    }
  }

  func run() throws {
    try bombyx.run {
      let files = ConfigurationFiles(configuration: config, share: share.directory)
      let plan = try ConfigurationCheck(files: files).load(output).plan
      guard let id = plan.zone(named: zone) else {
        let names = plan.zones.map(\.name).joined(separator: ", ")
        throw Failure("there is no zone \(zone); zones: \(names)", "没有区 \(zone)；现有：\(names)")
      }
      let stop = try Signals.stopDescriptor()
      let client = try daemon.connect()
      let first = try status(client)
      let stage = Self.stage(of: id, plan, first)
      let heaters =
        plan.zones[id.index].loops.first { $0.quantity == .temperature && $0.direction == .raise }?.outputs ?? []
      for heater in heaters {
        let name = plan.outputs[heater.index].name
        if first.outputs.first(where: { $0.name == name })?.override != nil { throw refusal(.overridden(heater: name)) }
      }
      var session: TuneSession
      do throws(TuneRefusal) {
        session = try TuneSession(
          plan: plan, zone: id, stage: stage, situation: Self.situation(first, id, heaters, plan),
          length: seconds.map { .seconds($0) } ?? TuneSession.usualLength)
      } catch {
        throw refusal(error)
      }
      let names = session.heaters.map { plan.outputs[$0.index].name }
      defer { for name in names { try? release(name, client) } }
      let hours = try drive(&session, names, plan, id, client, began: first.uptime, stop)
      try tell(session, plan, id, stage, hours: hours)
    }
  }

  // MARK: The test

  /// - Parameter began: the controller's time at the beginning, s.
  /// - Returns: hours that the test took.
  private func drive(
    _ session: inout TuneSession, _ names: [String], _ plan: Plan, _ id: ZoneID, _ client: ServiceClient,
    began: Double, _ stop: borrowing Platform.FileDescriptor
  ) throws -> Double {
    var pace = TunePace()
    var told = -1
    while true {
      let status = try status(client)
      let now = Instant(seconds: status.uptime - began)
      let request = session.step(Self.situation(status, id, session.heaters, plan), at: now)
      switch request {
      case .none: break
      case .drive(let isOn): for name in names { try override(name, isOn: isOn, client) }
      case .release: return now.seconds / 3_600
      }
      if case .swinging(let cycles) = session.test.phase, cycles != told {
        told = cycles
        let minutes = Format.duration(now.seconds, currentLanguage)
        StandardError.write(text("\(cycles) cycles, \(minutes)", "\(cycles) 个周期，\(minutes)"))
      }
      var wait = pollfd(fd: stop.number, events: Int16(POLLIN), revents: 0)
      if poll(&wait, 1, pace.pause(after: status.uptime, at: MonotonicTime.now())) > 0 {
        session.stop(because: .stopped)
      }
    }
  }

  private func status(_ client: ServiceClient) throws -> StatusMessage {
    try client.call(.status, nil, returning: StatusMessage.self)
  }

  private func override(_ name: String, isOn: Bool, _ client: ServiceClient) throws {
    var parameters = ServiceParameters()
    parameters.output = name
    parameters.demand = isOn ? 1 : 0
    parameters.duration = TuneSession.overrideLength.inSeconds
    _ = try client.call(.override, parameters, returning: Acknowledgement.self)
  }

  private func release(_ name: String, _ client: ServiceClient) throws {
    var parameters = ServiceParameters()
    parameters.output = name
    _ = try client.call(.automatic, parameters, returning: Acknowledgement.self)
  }

  private static func stage(of id: ZoneID, _ plan: Plan, _ status: StatusMessage) -> Int? {
    let name = status.zones.first { $0.name == plan.zones[id.index].name }?.stage?.stage
    return name.flatMap { plan.zones[id.index].recipe?.stage(named: $0) }
  }

  private static func situation(
    _ status: StatusMessage, _ id: ZoneID, _ heaters: [OutputID], _ plan: Plan
  ) -> TuneSituation {
    let zone = status.zones.first { $0.name == plan.zones[id.index].name }
    let channel = zone?.quantities.first { $0.channel.quantity == "temperature" }?.channel
    let isTrusted = channel.map { [Quality.good.name, Quality.simulated.name].contains($0.quality) } == true
    let on = heaters.count { heater in
      status.outputs.first { $0.name == plan.outputs[heater.index].name }?.on == true
    }
    return TuneSituation(
      temperature: isTrusted ? channel?.value : nil, share: Double(on) / Double(max(heaters.count, 1)),
      alarms: status.alarms.map(\.id), isLeaseHeld: status.health.lease == "held")
  }

  // MARK: What is told

  private func tell(_ session: TuneSession, _ plan: Plan, _ id: ZoneID, _ stage: Int?, hours: Double) throws {
    switch session.test.phase {
    case .finished(let result):
      let band = plan.zones[id.index].setpoints(inStage: stage).temperature?.band ?? 1
      let report = TuneReport(result, zone: zone, band: band, hours: hours)
      if output.json { return try output.printJSON(report) }
      print(TuneText(currentLanguage).lines(report).joined(separator: "\n"))
    case .failed(let failure):
      let words = TuneText(currentLanguage).failure(failure)
      throw Failure(words, words, code: ExitCodes.notInOrder)
    case .approaching, .swinging: break
    }
  }

  private func refusal(_ refusal: TuneRefusal) -> Failure {
    let words = TuneText(currentLanguage).refusal(refusal)
    return Failure(words, words)
  }
}
