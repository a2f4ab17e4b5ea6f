// What a controller that comes back at once must know, where no disk is asked for it.

import Controller
import FoundationEssentials
import Glibc
import Journal
import Platform

/// The controller's memory as a file in the runtime directory, which systemd keeps in main memory and empties with each boot.
///
/// The log holds the same for good. But to open a log means to recover it, and a disk that is busy or worn takes its time for that, while
/// the outputs are in failsafe. A memory of the same boot of the machine needs none: its controller decides while its log is still being
/// opened.
struct MomentMemory: Sendable {
  /// Largest file that is read, bytes.
  private static let limit = 4 << 20

  private let path: String

  /// The memory in a runtime directory.
  init(directory: String) { path = directory + "/memory.json" }

  /// What was written last; `nil` if nothing was in this boot of the machine, or nothing that can be understood.
  /// - Parameter machineBoot: name of the machine's present boot.
  func read(machineBoot: String?) -> Memory? {
    guard let machineBoot, let bytes = try? TextFile.readBytes(path, limit: Self.limit),
      let memory = try? MemoryCoding.decode(Data(bytes)), memory.machineBoot == machineBoot
    else { return nil }
    return memory
  }

  /// Keeps a memory. One that cannot be written leaves none, because the one before it is no longer true: the log has it.
  func write(_ memory: Memory) {
    do {
      let text = String(decoding: try MemoryCoding.encode(memory), as: UTF8.self)
      try TextFile.replace(path, with: text, mode: 0o600, survivesPowerCut: false)
    } catch {
      unlink(path)
    }
  }
}
