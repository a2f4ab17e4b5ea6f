// What may happen between a shed and its county, at times that a seed decides.

import Foundation
import Platform
import Servers
import Simulator

/// Breaks one thing after the other while a history is drained.
struct CountyChaos {
  private enum Blow: String, CaseIterable {
    case brokerKilled, databaseKilled, workerKilled, allWorkersKilled, deviceKilled, linkCut, linkStill, brokerStill,
      databaseStill, linkDead
  }

  private let county: CountyRig
  private var random: SeededGenerator
  /// What was done, at which share of the history.
  private(set) var told = ""

  init(_ county: CountyRig, seed: UInt64) {
    (self.county, random) = (county, SeededGenerator(seed: seed, purpose: "county"))
  }

  /// Every kind of blow once, some twice, in any order, at any shares of the way.
  mutating func run() throws {
    var blows =
      Blow.allCases.filter { $0 != .linkDead } + [.deviceKilled, .brokerKilled, .databaseKilled, .workerKilled]
    // A link that is half open is seen after a minute or two: not in every run.
    if random.next() % 4 == 0 { blows.append(.linkDead) }
    blows.shuffle(using: &random)
    let shares = blows.map { _ in 0.01 + 0.94 * random.uniform() }.sorted()
    for (blow, share) in zip(blows, shares) {
      try county.wait("\(share) of the history", within: 600) { (county.progress ?? 0) >= share }
      told += String(format: "%@ %.2f ", blow.rawValue, share)
      try strike(blow)
    }
  }

  private mutating func pause(upTo seconds: Double) {
    MonotonicTime.sleep(until: MonotonicTime.now() + Int64(random.uniform() * seconds * 1e9))
  }

  private mutating func strike(_ blow: Blow) throws {
    // At any moment of what is under way.
    pause(upTo: 0.2)
    switch blow {
    case .brokerKilled:
      county.broker.end(SIGKILL)
      pause(upTo: 2)
      try county.broker.start()
    case .databaseKilled:
      county.server.end()
      pause(upTo: 2)
      try county.server.start()
    case .workerKilled:
      let number = Int(random.next() % UInt64(county.workers.count))
      county.endWorker(number)
      pause(upTo: 2)
      try county.startWorker(number)
    case .allWorkersKilled:
      county.endWorkers()
      pause(upTo: 2)
      try county.startWorkers()
    case .deviceKilled:
      county.rig.reapController()
      pause(upTo: 1)
      try county.rig.startController()
    case .linkCut: county.proxy.cut()
    case .linkStill:
      county.proxy.hold(true)
      pause(upTo: 5)
      county.proxy.hold(false)
    case .brokerStill:
      county.broker.signal(SIGSTOP)
      pause(upTo: 5)
      county.broker.signal(SIGCONT)
    case .databaseStill:
      county.server.signal(SIGSTOP)
      pause(upTo: 5)
      county.server.signal(SIGCONT)
    case .linkDead: county.proxy.deaden()
    }
  }
}
