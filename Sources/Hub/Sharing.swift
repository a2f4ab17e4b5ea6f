// How workers share the devices among themselves without talking to one another.

public import SyncProtocol

/// Whose identity ``WorkerID`` is.
public enum WorkerOwner {}
/// One run of a worker.
public typealias WorkerID = RandomIdentity<WorkerOwner>

/// Which of the live workers serves a device: the one with the highest weight for it (rendezvous hashing, Thaler and Ravishankar 1998). When a
/// worker comes or goes, only its own share moves. Workers that do not see one another yet may both serve a device; that is
/// harmless, because records are written once.
public struct Sharing: Sendable {
  /// The live workers.
  public var workers: [WorkerID]

  /// Sharing among workers.
  public init(_ workers: [WorkerID]) { self.workers = workers }

  /// Who serves a device; `nil` if there is no worker.
  public func owner(of device: DeviceName) -> WorkerID? {
    workers.max { left, right in
      let (a, b) = (Self.weight(left, device), Self.weight(right, device))
      return a == b ? left.description < right.description : a < b
    }
  }

  /// FNV-1a over both, stirred so that names that differ in one character spread (finaliser of SplitMix64).
  private static func weight(_ worker: WorkerID, _ device: DeviceName) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in worker.bytes + Array(device.text.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }
}
