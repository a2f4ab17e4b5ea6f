// How much memory the guardian takes, and that a day does not make it more.

import CFakeHardware
import Foundation
import Guardian
import Platform
import Testing

@Suite("Memory of the guardian", .enabled(if: Built.isThere, "run by ./dev test, which builds what they start"))
struct GuardianMemoryTests {
  /// A simulated day at this many times the pace of the real clock: the real program, whose clock the fake hardware runs fast.
  private static let speed = Effort.isFull ? 1_440 : 4_320
  private static let secondsOfDay = 86_400
  /// Largest share of memory, kB.
  private static let most = 4 * 1_024

  @Test("A day of leases gained, held and lost allocates nothing that stays, and takes no more than 4 MB")
  func day() async throws {
    let day = try await Machine.shared {
      let rig = try Rig(RigConfiguration(hasAliveLine: true))
      rig.guardianEnvironment = ["FAKEHW_SPEED": "\(Self.speed)"]
      // At that pace it would leave nothing to others.
      rig.hasUnitPriority = false
      try rig.startGuardian()
      guard let guardian = rig.guardian else { throw RigError(description: "no guardian") }
      let controller = try rig.playController()
      // The first hour brings in what a guardian needs; the day comes after it.
      try Self.drive(rig, controller, seconds: 3_600)
      let before = try Memory(of: guardian, rig)
      let cycles = rig.changes(Rig.alive)
      let frames = try Self.drive(rig, controller, seconds: Self.secondsOfDay)
      let after = try Memory(of: guardian, rig)
      return Day(
        before: before, after: after, cycles: Int(rig.changes(Rig.alive) - cycles), frames: frames,
        leases: rig.log(of: "bombyx-guardian").split(separator: "\n").count { $0.hasSuffix("lease: held") })
    }
    Measured.note(
      "guardian's heap over a simulated day of \(day.cycles) cycles, \(day.frames) frames, \(day.leases) leases",
      "\(day.before.heap) bytes before, \(day.after.heap) after")
    Measured.note(
      "guardian's private memory over the day", "\(day.before.anonymous) kB before, \(day.after.anonymous) after")
    Measured.note("guardian's proportional set size", "\(day.after.proportional) kB, \(Built.kind) build")
    // The fast day lasts as long on a busy machine, with fewer cycles in it; any of them would show what it leaves behind.
    #expect(day.cycles > (Effort.isFull ? Self.secondsOfDay / 2 : 4_000))
    #expect(day.leases > 20)
    #expect(day.after.heap == day.before.heap)
    #expect(day.after.anonymous <= day.before.anonymous)
    #expect(day.after.proportional <= Self.most)
  }

  private struct Day: Sendable {
    let before: Memory
    let after: Memory
    let cycles: Int
    let frames: Int
    let leases: Int
  }

  /// Asks the guardian for the heater for so many seconds of its own clock; in every hour it is left alone for a while.
  /// - Returns: frames sent.
  @discardableResult
  private static func drive(_ rig: Rig, _ controller: PlayedController, seconds: Int) throws -> Int {
    let begin = MonotonicTime.now()
    var frames = 0
    while true {
      let second = Int((MonotonicTime.now() - begin) * Int64(speed) / 1_000_000_000)
      if second >= seconds { return frames }
      if second % 3_600 > 3_300 {
        try rig.awaitCycles(1)
      } else {
        try controller.ask(for: UInt32(second / 60 % 4))
        _ = try controller.answer()
        frames += 1
      }
    }
  }

  /// The memory of a guardian.
  struct Memory: Sendable {
    /// Bytes allocated.
    let heap: UInt64
    /// Memory that belongs to no file, kB.
    let anonymous: Int
    /// What is its own and its share of the libraries, kB, without the fake hardware. The program is counted whole: beside this
    /// guardian run those of other tests, but a device has one.
    let proportional: Int

    init(of guardian: Child, _ rig: Rig) throws {
      heap = try rig.heapInUse()
      var (anonymous, proportional, isCounted, isProgram) = (0, 0, true, false)
      for line in try String(contentsOfFile: "/proc/\(guardian.pid)/smaps", encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        if let first = words.first, first.contains("-"), !first.contains(":") {
          isCounted = !line.contains("libfakehw") && !line.hasSuffix("/hardware")
          isProgram = line.hasSuffix("/bombyx-guardian")
        }
        guard isCounted, words.count >= 2, let size = Int(words[1]) else { continue }
        if words[0] == "Anonymous:" { anonymous += size }
        if words[0] == (isProgram ? "Rss:" : "Pss:") { proportional += size }
      }
      (self.anonymous, self.proportional) = (anonymous, proportional)
    }
  }
}

extension Rig {
  /// How often the level of a line has changed.
  func changes(_ line: UInt32) -> UInt32 { fakehw_line(&hardware, line).pointee.changes }

  /// Bytes that the process which sets the lines has allocated.
  func heapInUse() throws -> UInt64 {
    fakehw_control(&hardware).pointee.heap_asked = 1
    try eventually("the guardian has said what it has allocated") { fakehw_control(&hardware).pointee.heap_asked == 0 }
    return fakehw_control(&hardware).pointee.heap_in_use
  }
}

extension Built {
  /// How the programs were built: the safety case quotes figures of release builds.
  static var kind: String { directory.map { ($0 as NSString).lastPathComponent } ?? "" }
}
