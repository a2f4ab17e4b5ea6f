// What a controller that comes back at once knows without its log.

import Climate
import Controller
import Foundation
import Journal
import Testing

@testable import Station

@Suite("Memory of the moment") final class MomentMemoryTests {
  private let directory = NSTemporaryDirectory() + "bombyx-moment-" + UUID().uuidString
  private var file: String { directory + "/memory.json" }

  init() throws { try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// The memory of a controller that runs in a boot of the machine.
  private func memory(_ machineBoot: String?, steps: Int = 1) -> Memory {
    let plan = Plan(site: "site", altitude: 400, channels: [], outputs: [], zones: [])
    var controller = Controller(plan: plan, machineBoot: machineBoot, at: .zero)
    let wall = WallTime(unixMilliseconds: 1_776_637_800_000, trust: .trusted)
    for step in 1...steps {
      _ = controller.step(now: Instant(seconds: Double(step)), wall: wall, inputs: Inputs())
    }
    return controller.memory(at: Instant(seconds: Double(steps)))
  }

  @Test("what was written last in this boot of the machine is read") func same() {
    let moment = MomentMemory(directory: directory)
    #expect(moment.read(machineBoot: "a") == nil)
    moment.write(memory("a"))
    moment.write(memory("a", steps: 9))
    #expect(moment.read(machineBoot: "a") == memory("a", steps: 9))
  }

  @Test("after another boot, or where nobody can tell the boot, the log is asked") func others() {
    let moment = MomentMemory(directory: directory)
    moment.write(memory("a"))
    #expect(moment.read(machineBoot: "b") == nil)
    #expect(moment.read(machineBoot: nil) == nil)
    moment.write(memory(nil))
    #expect(moment.read(machineBoot: nil) == nil)
  }

  @Test("what cannot be understood is none", arguments: ["", "{", "null", #"{"machineBoot":"a"}x"#])
  func damaged(text: String) throws {
    try text.write(toFile: file, atomically: false, encoding: .utf8)
    #expect(MomentMemory(directory: directory).read(machineBoot: "a") == nil)
  }

  @Test("where a memory cannot be written, the one before it, which is no longer true, goes as well") func unwritable()
    throws
  {
    let moment = MomentMemory(directory: directory)
    moment.write(memory("a"))
    // In the way of the file that is written beside it.
    try FileManager.default.createDirectory(atPath: file + ".new", withIntermediateDirectories: false)
    moment.write(memory("a", steps: 9))
    #expect(moment.read(machineBoot: "a") == nil)
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test("the journal's keeper writes it before the log has the memory") func keeper() {
    let moment = MomentMemory(directory: directory)
    let journal = Journal(
      directory: directory + "/nowhere\0", names: JournalNames(channels: [], outputs: []), boot: "boot", now: .zero,
      wall: WallTime(unixMilliseconds: 0, trust: .unknown))
    var keeper = JournalKeeper(journal, moment: moment, at: .zero)
    keeper.take(
      [.memory(memory("a")), .memory(memory("a", steps: 5))], now: .zero,
      wall: WallTime(unixMilliseconds: 0, trust: .unknown))
    #expect(moment.read(machineBoot: "a") == memory("a", steps: 5))
  }
}
