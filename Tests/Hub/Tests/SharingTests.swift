// Shares of workers, and what devices may send.

import SyncProtocol
import Testing

@testable import Hub

private func devices(_ count: Int) -> [DeviceName] { (1...count).compactMap { DeviceName("shed-\($0)") } }

@Suite("Sharing the devices")
struct SharingTests {
  @Test("every device has one owner, shares are about even, and a new worker takes only its own share")
  func sharesEvenly() throws {
    let workers = (0..<3).map { _ in WorkerID() }
    let devices = devices(3_000)
    let three = Sharing(workers)
    let owners = devices.map { three.owner(of: $0) }
    for worker in workers {
      #expect((700...1_300).contains(owners.count { $0 == worker }))
    }
    let fourth = WorkerID()
    let four = Sharing([fourth] + workers)
    for (device, owner) in zip(devices, owners) {
      let new = four.owner(of: device)
      #expect(new == owner || new == fourth)
    }
    #expect(Sharing([]).owner(of: devices[0]) == nil)
  }
}

@Suite("Credit")
struct CreditTests {
  private func key(_ device: DeviceName, _ lane: Lane = .backlog) throws -> LaneKey {
    LaneKey(device: device, install: try #require(InstallID([UInt8](repeating: 1, count: 16))), lane: lane)
  }

  @Test(
    "a device alone gets all it may have; many share; when nothing is left they wait, alarms never, and go on in their order"
  )
  func shares() throws {
    var credit = Credit()
    // 40 ms a batch: 250 in ten seconds.
    for _ in 0..<50 { credit.measured(batches: 100, seconds: 4) }
    #expect((240...260).contains(credit.budget))
    let devices = devices(400)
    #expect(credit.window(for: try key(devices[0]), now: 1) == 8)
    let windows = try devices.map { credit.window(for: try key($0), now: 2) }
    #expect(windows.reduce(0, +) <= credit.budget)
    #expect(windows.contains(0))
    let waiting = zip(devices, windows).filter { $0.1 == 0 }.map(\.0)
    #expect(credit.waitingLanes == waiting.count)
    #expect(credit.window(for: try key(waiting[0], .alarm), now: 3) == 1)
    #expect(credit.resume(now: 4).isEmpty)
    // All others fall silent.
    let later: Int64 = 120_000_000_000
    let resumed = credit.resume(now: later)
    #expect(resumed.map(\.device) == Array(waiting.prefix(Int(credit.budget))))
    for key in resumed { #expect(credit.window(for: key, now: later) > 0) }
    #expect(credit.waitingLanes == waiting.count - resumed.count)
  }

  @Test("a device that is to wait is not let on by a lane in which it has nothing, before its turn has come")
  func waitsInAllLanes() throws {
    var credit = Credit()
    for _ in 0..<50 { credit.measured(batches: 1, seconds: 30) }
    let devices = devices(20)
    for device in devices { _ = credit.window(for: try key(device), now: 1) }
    let last = try #require(devices.last)
    #expect(credit.window(for: try key(last, .live), isIdle: true, now: 2) == 0)
    for device in devices.dropLast() { _ = credit.window(for: try key(device), isIdle: true, now: 3) }
    #expect(credit.resume(now: 4).contains(try key(last)))
    let window = credit.window(for: try key(last), now: 5)
    #expect(window > 0)
    #expect(credit.window(for: try key(last, .live), isIdle: true, now: 6) == window)
    #expect(credit.window(for: try key(last), isIdle: true, now: 7) == 8)
    #expect(credit.active == 0)
  }

  @Test("a slow database lowers what may be on the way, never below the least")
  func followsDatabase() {
    var credit = Credit()
    for _ in 0..<50 { credit.measured(batches: 100, seconds: 1) }
    #expect((950...1_050).contains(credit.budget))
    for _ in 0..<50 { credit.measured(batches: 1, seconds: 30) }
    #expect(credit.budget == 16)
  }
}
