// What the controller makes of a guardian that goes, and of one that comes and goes.

import Climate
import Configuration
import Controller
import Foundation
import Glibc
import Platform
import Testing

@testable import Guardian
@testable import Station

@Suite("Lost guardian") struct GuardianLostTests {
  @Test("a guardian that has hung up is gone at the next look, whatever it has answered before")
  func hungUp() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gone-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("lease.sock").path
    var client = GuardianClient(path: path)
    for answers in [true, false] {
      var end = try LeaseSocket(path: path, allowedUser: getuid())
      client.send(LeaseFrame(boot: 1, sequence: 1, tableHash: 1, wanted: 0))
      #expect(end.acceptController() == nil, "refused")
      guard case .frame = end.receive() else {
        Issue.record("no frame has come")
        return
      }
      if answers { end.send(StatusFrame(lease: .held, boot: 1, sequence: 7, tableHash: 1)) }
      end.hangUp()
      guard case .gone = client.look(upTo: 1) else {
        Issue.record("the guardian has hung up, and is not gone")
        return
      }
    }
  }

  @Test("one loss of the lease is an update; three in ten minutes are an alarm, however soon it is held again")
  func comesAndGoes() throws {
    var loop = try Self.loop()
    var now = 0
    /// Steps of a second each, in which the guardian is away at the start.
    func run(_ seconds: Int, away: Int) {
      for second in 0..<seconds {
        now += 1
        let isHeld = second >= away
        loop.take(isHeld ? StatusFrame(lease: .held, boot: 1, sequence: 0, tableHash: 1) : nil)
        _ = loop.step(now: Instant(seconds: Double(now)), wall: Self.wall, inputs: Inputs(), asks: true)
      }
    }
    func isCalled() -> Bool { loop.controller.openAlarms.contains { $0.id.kind == .guardianLost } }

    run(100, away: 4)
    #expect(!isCalled())
    run(100, away: 4)
    #expect(!isCalled())
    run(200, away: 4)
    #expect(!isCalled(), "two losses, and the start, which is none")
    run(10, away: 4)
    #expect(isCalled())
    // It ends with the first of the three out of sight, and stays until somebody has seen it.
    run(1_000, away: 0)
    #expect(isCalled())
    _ = loop.step(
      now: Instant(seconds: Double(now + 1)), wall: Self.wall,
      inputs: Inputs(commands: [.acknowledge(nil, by: "li")]), asks: true)
    #expect(!isCalled())
  }

  @Test("losses of the lease that are further apart than ten minutes in all are no alarm")
  func rareLosses() throws {
    var loop = try Self.loop()
    for second in 1...7_200 {
      let isHeld = second % 301 >= 4
      loop.take(isHeld ? StatusFrame(lease: .held, boot: 1, sequence: 0, tableHash: 1) : nil)
      _ = loop.step(now: Instant(seconds: Double(second)), wall: Self.wall, inputs: Inputs(), asks: true)
    }
    #expect(!loop.controller.openAlarms.contains { $0.id.kind == .guardianLost })
  }

  private static let wall = WallTime(unixMilliseconds: 0, trust: .unknown)

  private static func loop() throws -> ControlLoop {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)
    let plan = try #require(files.load().configuration).plan
    return ControlLoop(plan: plan, memory: Memory(), tableHash: 1, boot: 1, at: Instant(seconds: 0))
  }
}
