// A swarm of devices for measurements: bombyx-hub is what is measured.

import ArgumentParser
import Foundation
import Platform
import Swarm
import SyncProtocol

/// The swarm's command line.
struct SwarmCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub-swarm", abstract: "Devices that do not exist send records to a broker until a hub has them all.")

  @Option(help: "Port of the broker on 127.0.0.1.")
  var port: UInt16

  @Option(help: "How many devices.")
  var devices = 20

  @Option(help: "Name of the devices, before their number.")
  var prefix = "shed"

  @Option(help: "Samples that each device has waiting.")
  var backlog: Int64 = 0

  @Option(help: "Records of a batch.")
  var batch: Int64 = 600

  @Option(help: "A window of means every so many seconds of each device, with twelve samples a minute; 0 for none.")
  var live = 0.0

  @Option(help: "Time after which what was not answered is sent again, s.")
  var patience = 30.0

  @Option(help: "How long to go on at most, s.")
  var seconds = 600.0

  @Option(help: "Time over which the devices connect, s.")
  var spread = 0.0

  func run() throws {
    // Each connection has a socket and a pair of them.
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    var behaviour = SwarmBehaviour()
    (behaviour.batch, behaviour.patience, behaviour.stateInterval) = (batch, patience, 60)
    let begin = MonotonicTime.now()
    let now = WallClock.unixMilliseconds()
    let swarm = Swarm(
      (0..<devices).compactMap { number in
        guard let name = DeviceName("\(prefix)-\(number)") else { return nil }
        var source = TrafficSource(device: name, counts: [.backlog: backlog, .live: 0])
        // The newest sample is of now.
        source.beginning = now - backlog / Int64(source.channels) * source.step
        let device = SwarmDevice(source, port: port, behaviour)
        device.keepsAnswers = false
        device.wait(until: begin + Int64(spread * 1e9 * Double(number) / Double(max(1, devices))))
        return device
      })
    var grown: Int64 = 0
    var reported = begin
    let isDone = swarm.run(within: seconds) {
      let now = MonotonicTime.now()
      if live > 0 {
        let due = Int64(Double(now - begin) / 1e9 / live * Double(devices))
        while grown < due {
          let device = swarm.devices[Int(grown % Int64(devices))]
          device.grow(.live, by: 1)
          device.grow(.backlog, by: Int64((live / 60 * 12).rounded()))
          grown += 1
        }
      }
      if now - reported > 10_000_000_000 {
        reported = now
        report(swarm, begin)
      }
      return live == 0 && swarm.devices.allSatisfy(\.isDone)
    }
    report(swarm, begin)
    guard isDone || live > 0 else { throw ExitCode(1) }
  }

  private func report(_ swarm: Swarm, _ begin: Int64) {
    let seconds = Double(MonotonicTime.now() - begin) / 1e9
    let held = swarm.devices.reduce(Int64(0)) { $0 + $1.held.values.reduce(Int64(0)) { $0 + $1.count } }
    let connected = swarm.devices.count { $0.isConnected }
    let (timeouts, pauses) = swarm.devices.reduce((0, 0)) { ($0.0 + $1.timeouts, $0.1 + $1.pauses) }
    let line = String(
      format: "%.1f s: %d connected, %lld records held (%.0f/s), %d time-outs, %d pauses\n", seconds, connected, held,
      Double(held) / seconds, timeouts, pauses)
    FileHandle.standardOutput.write(Data(line.utf8))
  }
}

SwarmCommand.main()
