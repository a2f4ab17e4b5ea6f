// The coils' supply hangs on the alive line: what the core does where that has not been toggled.

import Guardian
import Testing

@Suite("Supply of the coils")
struct RailTests {
  private static let outputs: [OutputLimits] = [
    OutputLimits(name: "heater", chip: "c", line: 0, minimumOff: 20_000), OutputLimits(name: "fan", chip: "c", line: 1),
  ]

  private static func core(alive: Bool = true) -> GuardianCore {
    GuardianCore(
      table: GuardianTable(outputs: outputs, aliveLine: alive ? .init(chip: "c", line: 9) : nil), now: 0)
  }

  private struct Rig {
    var core: GuardianCore
    var now: Int64 = 0
    var sequence: UInt64 = 0
    /// Lines that read on whatever is set.
    var stuck: UInt32 = 0
    var isVerified = false

    /// Cycles five times a second with a frame every second, until a time.
    mutating func run(until end: Int64, asking wanted: UInt32 = 0b11) {
      while now < end {
        now += 200
        var frame: LeaseFrame?
        if now % 1_000 == 0 {
          sequence += 1
          frame = LeaseFrame(boot: 1, sequence: sequence, tableHash: core.tableHash, wanted: wanted)
        }
        let lines = core.cycle(now: now, frame: frame)
        isVerified = core.verify(readBack: lines | stuck)
      }
    }
  }

  @Test("after a stall in which it may have fallen every output rests")
  func stall() {
    var rig = Rig(core: Self.core())
    rig.run(until: 30_000)
    #expect(rig.core.on == 0b11)
    rig.now += 1_200
    rig.run(until: 32_000)
    #expect(rig.core.on & 0b01 == 0)
    #expect(rig.core.status().causes[0] == .minimumOff)
    rig.run(until: 51_000, asking: 0b11)
    #expect(rig.core.on & 0b01 == 0)
    rig.run(until: 54_000, asking: 0b11)
    #expect(rig.core.on == 0b11)
  }

  @Test(
    "a stall that is shorter than it holds changes nothing, and without an alive line none does",
    arguments: [true, false])
  func shortStall(alive: Bool) {
    var rig = Rig(core: Self.core(alive: alive))
    rig.run(until: 30_000)
    rig.now += alive ? 800 : 2_600
    rig.run(until: 34_000)
    #expect(rig.core.on == 0b11)
    #expect(rig.core.status().causes[0] == .none)
  }

  @Test("while a line reads on that should be off, nothing is on, and says so; afterwards every output has rested")
  func unverified() {
    var rig = Rig(core: Self.core())
    rig.run(until: 30_000, asking: 0b01)
    rig.stuck = 0b10
    rig.run(until: 30_800, asking: 0b01)
    #expect(!rig.isVerified)
    #expect(rig.core.on == 0b01)
    rig.run(until: 32_000, asking: 0b01)
    #expect(rig.core.on == 0)
    #expect(rig.core.status().causes[0] == .railDown)
    rig.run(until: 70_000, asking: 0b01)
    #expect(rig.core.on == 0)
    rig.stuck = 0
    rig.run(until: 71_000, asking: 0b01)
    #expect(rig.isVerified)
    #expect(rig.core.on == 0b01)
  }

  @Test("without an alive line one line that reads on cuts off nothing else")
  func unverifiedWithoutAliveLine() {
    var rig = Rig(core: Self.core(alive: false))
    rig.run(until: 30_000, asking: 0b01)
    rig.stuck = 0b10
    rig.run(until: 60_000, asking: 0b01)
    #expect(rig.core.on == 0b01)
  }
}
