// Power cuts at any moment of the log's life. Workload.swift says what counts as acknowledged.

import Foundation
import Testing
import TornDisk

@testable import Journal

@Suite("Power cuts")
struct PowerCutTests {
  /// About how many states to look at; `./dev power-cuts` asks for more.
  static let states =
    ProcessInfo.processInfo.environment["BOMBYX_POWER_CUTS"].flatMap { Int($0) } ?? 600

  /// Looks at so many states or more, of several lives of a log if they are many.
  private func explore(_ synchronous: LogFile.Synchronous, states: Int) -> Tally {
    let lives = (states + 4_999) / 5_000
    let start = ContinuousClock.now
    var tally = Tally()
    var operations = 0
    for life in 1...max(lives, 1) {
      var exploration = Exploration(seed: UInt64(life), synchronous: synchronous)
      let count = exploration.operations()
      operations += count
      exploration.cutsEach = max(3, (states / lives + count - 1) / count)
      exploration.stride = max(1, count * exploration.cutsEach * lives / states)
      tally.add(exploration.run())
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    print(
      "power cuts, synchronous=\(synchronous.rawValue): \(operations) operations, \(tally.all) states "
        + "(\(tally.second) with a second fault), \(tally.all - tally.lost - tally.corrupt) ok, \(tally.corrupt) corrupt, "
        + "\(tally.lost) lost, \(seconds.formatted(.number.precision(.fractionLength(1)))) s")
    return tally
  }

  @Test("No power cut corrupts the log or takes anything that was acknowledged")
  func full() {
    let tally = explore(.full, states: Self.states)
    #expect(tally.all >= Self.states)
    #expect(tally.corrupt == 0)
    #expect(tally.lost == 0)
    #expect(tally.complaints == [])
  }

  @Test("With a connection that does not wait for the disk at every commit, acknowledged records are lost")
  func normal() {
    let tally = explore(.normal, states: Self.states / 4)
    #expect(tally.lost > 0)
  }

  @Test("With a connection that never waits for the disk, the log is corrupted")
  func off() {
    let tally = explore(.off, states: Self.states / 4)
    #expect(tally.corrupt > 0)
  }
}
