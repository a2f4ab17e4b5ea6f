// Power cuts at the operations of a workload.

import Simulator
import TornDisk

@testable import Journal

/// What a number of power cuts did to the log.
struct Tally {
  /// Power cuts before an operation of the workload.
  var states = 0
  /// Power cuts after a power cut or the death of the program, while the log was being opened again.
  var second = 0
  var lost = 0
  var corrupt = 0
  /// The first few verdicts that were not good, each with the cut.
  var complaints: [String] = []

  var all: Int { states + second }

  mutating func add(_ other: Tally) {
    states += other.states
    second += other.second
    lost += other.lost
    corrupt += other.corrupt
    complaints += other.complaints
  }

  mutating func count(_ verdict: Verdict, _ cut: String) {
    switch verdict {
    case .sound: return
    case .lost: lost += 1
    case .corrupt: corrupt += 1
    }
    if complaints.count < 10 { complaints.append("\(cut): \(verdict)") }
  }
}

/// A disk that fails now and then, for a few operations.
enum Trouble: String, CaseIterable {
  case writesFail, syncsFail, full, readOnly

  var faults: TornDisk.Faults {
    var faults = TornDisk.Faults()
    switch self {
    case .writesFail: faults.failsWrites = true
    case .syncsFail: faults.failsSyncs = true
    case .full: faults.capacity = 0
    case .readOnly: faults.isReadOnly = true
    }
    return faults
  }

  /// - Parameter moment: Number of operations and ticks so far.
  func faults(at moment: Int, seed: UInt64) -> TornDisk.Faults {
    var dice = SeededGenerator(seed: seed &+ UInt64(moment / 97))
    return moment % 97 < Int.random(in: 1...12, using: &dice) ? faults : TornDisk.Faults()
  }
}

/// Runs a workload and cuts power at its operations.
struct Exploration {
  var seed: UInt64 = 1
  var synchronous = LogFile.Synchronous.full
  /// Every how manieth operation.
  var stride = 1
  /// How many cuts at each of them.
  var cutsEach = 3
  /// Every how manieth of these has a second one.
  var secondEvery = 10
  /// What else is wrong with the disk.
  var trouble: Trouble?

  /// Number of operations of the workload.
  func operations() -> Int {
    let disk = TornDisk(seed: seed)
    Workload(on: disk, seed: seed, synchronous: synchronous).run()
    return disk.operations
  }

  func run() -> Tally {
    let disk = TornDisk(seed: seed)
    let workload = Workload(on: disk, seed: seed, synchronous: synchronous)
    var tally = Tally()
    var dice = SeededGenerator(seed: seed)
    func cut() {
      let judge = Judge(given: workload.given)
      for _ in 0..<cutsEach {
        let seed = dice.next()
        let left = disk.powerCut(seed: seed)
        tally.states += 1
        if tally.states.isMultiple(of: secondEvery) {
          let isKilled = tally.second.isMultiple(of: 2)
          let again = cutWhileOpening(isKilled ? disk.processKill() : left.powerCut(seed: seed), seed: seed)
          tally.second += 1
          tally.count(
            judge.judge(again, synchronous: synchronous), "operation \(disk.operations), seed \(seed), second")
        }
        tally.count(judge.judge(left, synchronous: synchronous), "operation \(disk.operations), seed \(seed)")
      }
    }
    var ticks = 0
    func setFaults() {
      let faults = trouble?.faults(at: disk.operations + ticks, seed: seed)
      disk.faults = workload.needsDisk ? TornDisk.Faults() : faults ?? TornDisk.Faults()
    }
    workload.beforeTick = {
      ticks += 1
      setFaults()
    }
    disk.observe {
      setFaults()
      if disk.operations.isMultiple(of: stride) { cut() }
    }
    workload.run()
    disk.observe(nil)
    cut()
    return tally
  }

  /// Power goes again while the log is being opened or closed.
  private func cutWhileOpening(_ disk: TornDisk, seed: UInt64) -> TornDisk {
    var dice = SeededGenerator(seed: seed)
    disk.losePower(after: Int.random(in: 0..<24, using: &dice))
    let journal = Workload.open(disk, boot: "boot-between", at: 900_000, synchronous: synchronous)
    journal.close()
    return disk.powerCut(seed: dice.next())
  }
}
