// The daemon: configuration in, station running, until it is asked to stop.

import ArgumentParser
import Configuration
import Glibc
import Logging
import Platform
import Station

/// The daemon's command line.
struct Daemon: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bombyxd", abstract: "Reads the sensors, decides, records and reports. Started by systemd.")

  @Option(help: "The device's configuration; conf.d beside it is laid over it.")
  var config = "/etc/bombyx/bombyx.toml"

  @Option(help: "Directory of the log.")
  var stateDirectory = "/var/lib/bombyx"

  @Option(help: "Directory of the local service's socket.")
  var runtimeDirectory = "/run/bombyx"

  @Option(help: "The guardian's socket.")
  var guardianSocket = "/run/bombyx-guardian/lease.sock"

  @Option(help: "Directory of boards and recipes.")
  var share = ConfigurationFiles.standardShare

  func run() throws {
    // Before anything starts a thread: threads inherit the mask.
    let stop = try Signals.stopDescriptor()
    LoggingSystem.bootstrap { JournaldLogHandler(label: $0) }
    let log = Logger(label: "bombyxd")
    let files = ConfigurationFiles(configuration: config, share: share)
    let (configuration, faults) = files.load()
    for fault in faults {
      log.log(level: fault.severity == .error ? .error : .warning, "\(fault.location): \(fault.english)")
    }
    guard let configuration else {
      log.critical("the configuration cannot be used; run: bombyx check \(config)")
      throw ExitCode(2)
    }
    // An uplink that catches up with months allocates without a pause, at a low priority: control must not wait for it.
    if configuration.uplink == nil { Heap.useOneArena() }
    let paths = StationPaths(state: stateDirectory, runtime: runtimeDirectory, guardianSocket: guardianSocket)
    try Station(configuration, paths: paths, log: log).run(stop: stop)
  }
}

Daemon.main()
