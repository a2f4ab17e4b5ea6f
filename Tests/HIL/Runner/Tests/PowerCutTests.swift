// The power goes at any moment: what the log on a real ext4 holds afterwards.

import Climate
import Foundation
import LocalService

enum PowerCutTests {
  static let all = [
    HILTest(
      "power-cuts-behind-promises", "B4: 50 power cuts, each just behind a promise: no log is lost or damaged",
      needs: [.loggedDisk]
    ) { try cut($0, behindPromises: 50, anywhere: 0) },
    HILTest(
      "power-cuts-anywhere", "B4: 50 power cuts at any moment: no log is lost or damaged", needs: [.loggedDisk]
    ) { try cut($0, behindPromises: 0, anywhere: 50) },
    HILTest(
      "power-cuts-on-a-lying-disk", "A disk that ignores flushes must be found out", needs: [.loggedDisk]
    ) { try control($0, options: "", ignoresFlushes: true) },
    HILTest(
      "power-cuts-without-barriers", "A file system that sends no flushes must be found out", needs: [.loggedDisk]
    ) { try control($0, options: "-o nobarrier", ignoresFlushes: false) },
  ]

  /// Overrides of these lengths are the promises: the first lasts so many seconds, the next one more.
  private static let firstLength = 3_001

  /// Gives promises to people, one after the other, and marks each behind the file system: an override that the log shows.
  private static func givePromises(_ rig: Rig, _ count: Int) throws {
    var (order, look) = (ServiceParameters(), ServiceParameters())
    (order.output, order.demand, look.last) = ("heater", 1, 3)
    let promises = (1...count).map { number in
      let length = firstLength - 1 + number
      order.duration = Double(length)
      return """
        \(Rig.question(.override, order)) | grep -q result || echo 'refused: \(length)'
        until \(Rig.question(.events, look)) | grep -q ', \(length) s'; do usleep 20000; done
        printf 'PROMISE \(number) ' |
          dd of=/dev/vda bs=512 seek=\(PowerCuts.markOffset / 512) count=1 conv=sync oflag=direct 2> /tmp/dd || cat /tmp/dd
        """
    }
    let output = try rig.board.shell(promises.joined(separator: "\n"))
    try require(output.isEmpty, "giving promises: \(output)")
  }

  /// - Returns: what was written to the disk, and what was on it before.
  private static func run(_ rig: Rig, options: String, promises: Int) throws -> (BlockLog, [UInt8]) {
    guard let guest = rig.board as? VirtualMachine else { throw HILError("not a virtual machine") }
    try rig.begin()
    // Nobody has the disk mounted: all that was written is on it.
    let base = Array(try Data(contentsOf: guest.disk))
    let before = try BlockLog(guest.diskLog).entries.count
    try SystemTests.mountDisk(rig, options: options)
    try rig.startHeating()
    try rig.status("the log is written") { $0.health.journal == "ready" }
    try givePromises(rig, promises)
    // Nothing more is written while the log of writes is read.
    try rig.signal(Rig.controller, "KILL")
    return (try BlockLog(guest.diskLog, after: before), base)
  }

  private static func cut(_ rig: Rig, behindPromises: Int, anywhere: Int) throws {
    let (log, base) = try run(rig, options: "", promises: 13)
    let cuts = PowerCuts(log: log, base: base, ignoresFlushes: false)
    let places = cuts.places(behindPromises: behindPromises, anywhere: anywhere, seed: 1)
    try require(places.count == behindPromises + anywhere, "the log holds no marks")
    let outcome = try check(cuts, places, rig, seed: 1)
    rig.say(
      "\(outcome.count) cuts in \(log.entries.count) writes: \(outcome.losses.count) lost, \(outcome.damage.count) damaged"
    )
    try require(outcome.count == places.count, "\(outcome.count) cuts were made")
    try require(outcome.losses.isEmpty, "promises were lost: \(outcome.losses.prefix(3))")
    try require(outcome.damage.isEmpty, "logs were damaged: \(outcome.damage.prefix(3))")
  }

  /// The same with weaker settings. If this finds nothing, the tests above prove nothing.
  ///
  /// What is lost depends on when the guest happens to write: a few cuts may find the disk whole. One of some runs with a loss shows that
  /// losses are seen.
  private static func control(_ rig: Rig, options: String, ignoresFlushes: Bool) throws {
    for seed: UInt64 in 2...5 {
      let (log, base) = try run(rig, options: options, promises: 12)
      let cuts = PowerCuts(log: log, base: base, ignoresFlushes: ignoresFlushes)
      let places = cuts.places(behindPromises: 6, anywhere: 6, seed: seed)
      try require(places.count == 12, "the log holds no marks")
      let outcome = try check(cuts, places, rig, seed: seed)
      rig.say("\(outcome.losses.count) lost, \(outcome.damage.count) damaged of \(outcome.count)")
      if !outcome.losses.isEmpty || !outcome.damage.isEmpty { return }
    }
    throw HILError("nothing was found out")
  }

  private struct Outcome {
    var count = 0
    var losses: [String] = []
    var damage: [String] = []
  }

  /// A disk after a cut.
  private struct Cut {
    var what: String
    var promises: Int
    /// The files that were on it, in a folder of this machine; `nil` if its file system is beyond repair.
    var files: String?
  }

  /// Starts from the disk after each cut as a board would: repairs the file system, opens the log, looks for the promises.
  ///
  /// The guest stands still meanwhile, and as many cuts are examined at a time as this machine has processors.
  private static func check(_ cuts: PowerCuts, _ places: [Int], _ rig: Rig, seed: UInt64) throws -> Outcome {
    guard let guest = rig.board as? VirtualMachine else { throw HILError("not a virtual machine") }
    let folder = guest.disk.deletingLastPathComponent().appendingPathComponent("cut")
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return try guest.whileFrozen {
      let disks = try makeDisks(cuts, places, seed, folder)
      let damaged = try damagedDatabases(in: folder)
      let lost = try inParallel(disks) { disk -> Int? in
        guard let files = disk.files, !damaged.contains(files), let lengths = try promises(in: files) else {
          return nil
        }
        return (0..<disk.promises).count { !lengths.contains(firstLength + $0) }
      }
      var outcome = Outcome()
      for (disk, missing) in zip(disks, lost) {
        outcome.count += 1
        guard let missing else {
          outcome.damage.append(disk.what)
          continue
        }
        if missing > 0 { outcome.losses.append("\(disk.what): \(missing) missing") }
      }
      return outcome
    }
  }

  /// Writes the disks, some at a time, and takes their files from them.
  private static func makeDisks(_ cuts: PowerCuts, _ places: [Int], _ seed: UInt64, _ folder: URL) throws -> [Cut] {
    var disks: [Cut] = []
    var waiting: [(image: URL, cut: Cut)] = []
    func examine() throws {
      disks += try inParallel(waiting) { image, cut in
        var cut = cut
        cut.files = try files(on: image)
        return cut
      }
      waiting = []
    }
    try cuts.forEach(places, seed: seed) { state, place, policy in
      let image = folder.appendingPathComponent("disk-\(disks.count + waiting.count).img")
      try Data(state.image).write(to: image)
      let what = "cut at \(place) of \(cuts.log.entries.count), \(policy), \(state.promises) promises"
      waiting.append((image, Cut(what: what, promises: state.promises)))
      if waiting.count == ProcessInfo.processInfo.activeProcessorCount { try examine() }
    }
    try examine()
    return disks
  }

  /// Repairs the file system of a disk and takes its files from it. The image is gone afterwards.
  private static func files(on image: URL) throws -> String? {
    defer { try? FileManager.default.removeItem(at: image) }
    let state = image.deletingPathExtension()
    try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    // 0 is clean, 1 repaired by the file system's own journal.
    guard try HostProgram.run("e2fsck", ["-fy", image.path]).code <= 1 else { return nil }
    _ = try HostProgram.run("debugfs", ["-R", "rdump / \(state.path)", image.path])
    // The map of the write-ahead log belongs to the processes of a boot, and is no part of the log.
    for file in try FileManager.default.contentsOfDirectory(atPath: state.path) where file.hasSuffix("-shm") {
      try FileManager.default.removeItem(at: state.appendingPathComponent(file))
    }
    return state.path
  }

  /// The folders, of all in one, with a database that does not pass SQLite's own check.
  private static func damagedDatabases(in folder: URL) throws -> Set<String> {
    let check = try HostProgram.run("python3", ["-c", integrity, folder.path])
    try require(check.code == 0, "check of the databases: \(check.output)")
    return Set(check.output.split(separator: "\n").map(String.init))
  }

  private static let integrity = """
    import glob, os, sqlite3, sys
    for path in glob.glob(sys.argv[1] + "/*/*.sqlite*") + glob.glob(sys.argv[1] + "/*/*.db"):
        if path.endswith(("-wal", "-shm")): continue
        try:
            whole = sqlite3.connect(path).execute("pragma integrity_check").fetchone()[0] == "ok"
        except sqlite3.DatabaseError:
            whole = False
        if not whole: print(os.path.dirname(path))
    """

  /// The promises in a log; `nil` if it cannot be read.
  private static func promises(in folder: String) throws -> Set<Int>? {
    let events = try HostProgram.run(
      HostProgram.built("bombyx"), ["log", "events", "--directory", folder, "--json", "--last", "1000"])
    guard events.code == 0 else { return nil }
    return Set(events.output.split { !$0.isNumber }.compactMap { Int($0) })
  }

  /// Does the same with each, on all processors. In the order of the elements.
  private static func inParallel<Element: Sendable, Value: Sendable>(
    _ elements: [Element], _ body: @Sendable (Element) throws -> Value
  ) throws -> [Value] {
    let results = Results<Value>()
    DispatchQueue.concurrentPerform(iterations: elements.count) { index in
      results.put(Result { try body(elements[index]) }, at: index)
    }
    return try results.inOrder()
  }

  /// What several threads found.
  private final class Results<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var values: [Int: Result<Value, any Error>] = [:]

    func put(_ value: Result<Value, any Error>, at index: Int) { lock.withLock { values[index] = value } }

    func inOrder() throws -> [Value] {
      try lock.withLock { try values.sorted { $0.key < $1.key }.map { try $0.value.get() } }
    }
  }
}
