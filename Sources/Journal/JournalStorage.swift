// Where the log's files are.

import Foundation
import Glibc

/// The file system that holds the log, as far as the log does not reach it through SQLite.
public protocol JournalStorage: Sendable {
  /// Name of the SQLite VFS that opens the files; `nil` for SQLite's own.
  var vfs: String? { get }
  /// Makes a directory and those above it, if they do not exist and can be made.
  func makeDirectory(_ path: String)
  /// Whether there is a file.
  func exists(_ path: String) -> Bool
  /// Bytes of a file; 0 if there is none.
  func size(of path: String) -> Int
  /// Renames a file. An existing one is not replaced.
  func move(_ path: String, to newPath: String) throws
  /// Sees to it that what is read of a file from now on is what the disk holds, and not what the system still has in memory of writes
  /// that failed.
  func forgetCache(of path: String)
  /// What tells the file at a path from one that takes its place; `nil` where files are not told apart.
  func identity(of path: String) -> UInt64?
}

extension JournalStorage {
  /// Files are not told apart.
  public func identity(of path: String) -> UInt64? { nil }
}

/// The file system of the host.
public struct HostStorage: JournalStorage {
  /// The file system of the host.
  public init() {}

  /// SQLite's own VFS.
  public var vfs: String? { nil }

  /// See ``JournalStorage/makeDirectory(_:)``.
  public func makeDirectory(_ path: String) {
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// See ``JournalStorage/exists(_:)``.
  public func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// See ``JournalStorage/size(of:)``.
  public func size(of path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  /// See ``JournalStorage/move(_:to:)``.
  public func move(_ path: String, to newPath: String) throws {
    try FileManager.default.moveItem(atPath: path, toPath: newPath)
  }

  /// See ``JournalStorage/forgetCache(of:)``.
  public func forgetCache(of path: String) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED)
    close(file)
  }

  /// Number of the file's inode.
  public func identity(of path: String) -> UInt64? {
    var status = stat()
    return stat(path, &status) == 0 ? UInt64(status.st_ino) : nil
  }
}
