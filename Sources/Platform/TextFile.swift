// Small text files, whole.

import Glibc

/// Reads and writes small text files.
public enum TextFile {
  /// Reads a file.
  /// - Parameter limit: largest size, bytes; a larger file is refused.
  public static func read(_ path: String, limit: Int) throws(SystemError) -> String {
    guard let text = String(validating: try readBytes(path, limit: limit), as: UTF8.self) else {
      throw SystemError("read \(path), which is no UTF-8 text", code: EILSEQ)
    }
    return text
  }

  /// Reads a file that need not be text.
  /// - Parameter limit: largest size, bytes; a larger file is refused.
  public static func readBytes(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw .last("open \(path)") }
    let file = FileDescriptor(owning: number)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 * 1024)
    while true {
      let count = Glibc.read(file.number, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .last("read \(path)") }
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
      guard bytes.count <= limit else { throw SystemError("read \(path), which is over \(limit) bytes", code: EFBIG) }
    }
    return bytes
  }

  /// Replaces a file so that a power cut leaves either the old text or the new one: written beside it, synced, renamed, and the
  /// directory synced.
  /// - Parameter survivesPowerCut: whether to wait for the disk; without it only readers never see half a text.
  public static func replace(
    _ path: String, with text: String, mode: UInt32 = 0o644, survivesPowerCut: Bool = true
  ) throws(SystemError) {
    let temporary = path + ".new"
    let number = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    guard number >= 0 else { throw .last("create \(temporary)") }
    do {
      let file = FileDescriptor(owning: number)
      try write(Array(text.utf8), to: file, named: temporary)
      guard !survivesPowerCut || fsync(file.number) == 0 else { throw .last("write \(temporary) to disk") }
    }
    guard rename(temporary, path) == 0 else { throw .last("rename \(temporary) to \(path)") }
    guard survivesPowerCut else { return }
    let slash = path.lastIndex(of: "/")
    let parent = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .last("open \(parent)") }
    let owner = FileDescriptor(owning: directory)
    guard fsync(owner.number) == 0 else { throw .last("write directory \(parent) to disk") }
  }

  private static func write(_ bytes: [UInt8], to file: borrowing FileDescriptor, named name: String) throws(SystemError)
  {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .last("write \(name)") }
      rest = rest.dropFirst(count)
    }
  }
}
