// A small disk of its own for one controller, which can be filled, taken away and given back.

import Foundation
import Platform

/// A file system that only one controller sees, at the directory of its log.
///
/// It lives in a mount namespace of the controller's process and goes with it, so that a test that ends badly leaves nothing behind.
struct SmallDisk {
  /// What holds the data.
  enum Kind {
    /// Memory, of so many kilobytes.
    case memory(Int)
    /// An ext4 file system in a file.
    case image(String)
  }

  let kind: Kind
  let directory: String

  static let isPossible = works(["/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount -t tmpfs none /mnt"])

  /// Whether an image can be made and mounted.
  static let areImagesPossible: Bool = {
    guard isPossible, let directory = try? Rig.makeDirectory() else { return false }
    defer { try? FileManager.default.removeItem(at: directory) }
    guard let image = try? makeImage(in: directory) else { return false }
    return works(["/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount -o loop '\(image)' /mnt"])
  }()

  /// Makes an image of an ext4 file system.
  static func makeImage(in directory: URL) throws -> String {
    let path = directory.appendingPathComponent("disk.img").path
    try require(FileManager.default.createFile(atPath: path, contents: nil), "make \(path)")
    try require(truncate(path, 16 << 20) == 0, "make \(path) larger")
    try Child.runToEnd("/usr/sbin/mkfs.ext4", ["-q", path])
    return path
  }

  private var mount: String {
    switch kind {
    case .memory(let size): "mount -t tmpfs -o size=\(size)k none '\(directory)'"
    case .image(let path): "mount -o loop '\(path)' '\(directory)'"
    }
  }

  /// What starts a program on this disk.
  var wrapper: [String] { ["/usr/bin/unshare", "-m", "/bin/sh", "-c", "\(mount) && exec \"$@\"", "sh"] }

  /// The directory as it is seen from outside.
  func directory(of child: Child) -> String { "/proc/\(child.pid)/root\(directory)" }

  /// Leaves no room on the disk.
  func fill(of child: Child) throws {
    let descriptor = open(directory(of: child) + "/filler", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    try require(descriptor >= 0, "fill the disk: \(String(cString: strerror(errno)))")
    let file = FileDescriptor(owning: descriptor)
    let bytes = [UInt8](repeating: 1, count: 4_096)
    for size in [4_096, 1] { while write(file.number, bytes, size) > 0 {} }
    try require(errno == ENOSPC, "fill the disk: \(String(cString: strerror(errno)))")
  }

  /// Makes room again.
  func empty(of child: Child) throws {
    try require(unlink(directory(of: child) + "/filler") == 0, "make room on the disk")
  }

  /// What ext4 does when it cannot trust its disk any more: from now on it can only be read.
  func makeReadOnly(of child: Child) throws { try run("mount -o remount,abort '\(directory)'", in: child) }

  /// What a technician does then.
  func mountAgain(of child: Child) throws { try run("umount -l '\(directory)' && \(mount)", in: child) }

  private func run(_ script: String, in child: Child) throws {
    try Child.runToEnd("/usr/bin/nsenter", ["-t", "\(child.pid)", "-m", "/bin/sh", "-c", script])
  }

  private static func works(_ command: [String]) -> Bool {
    (try? Child.runToEnd(command[0], Array(command.dropFirst()))) != nil
  }
}
