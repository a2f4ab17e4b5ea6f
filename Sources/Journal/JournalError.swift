// What can go wrong with the log, and what to do about it.

import GRDB

/// Why the log could not be opened, written or read.
public struct JournalError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure. The raw value is stable, for messages in other languages and for `--json`.
  public enum Kind: String, Sendable, CaseIterable {
    /// There is no log in the directory.
    case missing
    /// The file or its directory may not be read or created.
    case cannotOpen = "cannot-open"
    /// The file system or the file is read-only.
    case readOnly = "read-only"
    /// The disk is full.
    case diskFull = "disk-full"
    /// The disk failed to read or write.
    case inputOutput = "input-output"
    /// Another process holds the log.
    case busy
    /// The file is not a log, or is damaged.
    case damaged
    /// A newer version of the program has written the log.
    case newer
    /// So many damaged logs have been put aside that no more are.
    case tooManyQuarantined = "too-many-quarantined"
    /// What must survive a restart cannot be read back.
    case unreadableMemory = "unreadable-memory"
    /// The log knows no channel or output of that name.
    case unknownName = "unknown-name"
    /// Anything else the database reports.
    case other
  }

  /// What kind of failure.
  public let kind: Kind
  /// The file concerned.
  public let path: String
  /// The cause in the words of the part that found it.
  public let detail: String

  /// A failure from its parts.
  public init(kind: Kind, path: String, detail: String) {
    self.kind = kind
    self.path = path
    self.detail = detail
  }

  /// What is wrong, where, and what to do about it.
  public var description: String { "\(path): \(detail). \(kind.advice)" }

  /// Whether the fault lies in the file itself, so that a new file would help.
  var isDamage: Bool { kind == .damaged || kind == .newer }

  /// Whether it is unsure what the disk holds now. A write that was refused, unlike one that failed, has changed nothing.
  var leavesFileInDoubt: Bool {
    switch kind {
    case .diskFull, .readOnly, .cannotOpen, .busy, .missing, .newer, .tooManyQuarantined, .unreadableMemory,
      .unknownName:
      false
    case .inputOutput, .damaged, .other: true
    }
  }
}

extension JournalError.Kind {
  /// What a technician can do.
  public var advice: String {
    switch self {
    case .missing: "There is no log yet: start bombyxd, or name the directory that holds bombyx.db"
    case .cannotOpen: "Check that the directory exists and that this user may read and write it"
    case .readOnly: "Check with `mount` whether the file system went read-only; after a disk error replace the card"
    case .diskFull: "Free some space, or lower the log's quota; records are kept in memory until then"
    case .inputOutput: "The card or disk is failing: copy the log and replace it"
    case .busy: "Another program holds the log; close it"
    case .damaged: "Keep the file for repair with `sqlite3 FILE .recover`; the controller begins a new one by itself"
    case .newer: "Install the newer version again to read this log"
    case .tooManyQuarantined: "Copy the files named .quarantined-… elsewhere and delete them; the disk may be failing"
    case .unreadableMemory:
      "The controller begins without overrides, open alarms, recipe stage and water count: check them"
    case .unknownName: "Use one of the names the log knows"
    case .other: "Restart bombyxd; if it stays, send the output of `bombyx doctor`"
    }
  }
}

extension JournalError {
  /// A failure that GRDB or the file system has reported.
  ///
  /// What is not a condition of the machine (full, read-only, failing, locked) is the file's fault.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as JournalError:
      self = error
    case let error as DatabaseError:
      let detail = "\(error.message ?? "database error") (SQLite \(error.extendedResultCode.rawValue))"
      // No room for the index beside the write-ahead log: SQLite calls it a failure of the disk, and it is a full one.
      let isFull = error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
      self.init(kind: isFull ? .diskFull : Kind(error.resultCode), path: path, detail: detail)
    case is RowDecodingError:
      self.init(kind: .damaged, path: path, detail: "a row of the log does not have its form")
    default:
      self.init(kind: .other, path: path, detail: String(describing: error))
    }
  }
}

extension JournalError.Kind {
  init(_ code: ResultCode) {
    switch code {
    case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH,
      .SQLITE_SCHEMA:
      self = .damaged
    case .SQLITE_FULL: self = .diskFull
    case .SQLITE_READONLY: self = .readOnly
    case .SQLITE_IOERR: self = .inputOutput
    case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: self = .busy
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: self = .cannotOpen
    default: self = .other
    }
  }
}
