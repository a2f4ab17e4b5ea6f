// One zstd frame (RFC 8878) with a limit to what it may become.

import CZstd

/// Packs and unpacks.
enum ZstdFrame {
  /// A batch of ten thousand samples takes some milliseconds at this level; higher ones save less than a hundredth.
  private static let level: Int32 = 6

  static func compress(_ bytes: [UInt8]) throws(SyncFault) -> [UInt8] {
    let capacity = ZSTD_compressBound(bytes.count)
    var failed = false
    let packed = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      let size = ZSTD_compress(buffer.baseAddress, capacity, bytes, bytes.count, level)
      failed = ZSTD_isError(size) != 0
      count = failed ? 0 : size
    }
    if failed { throw .form("there is no memory to compress a batch") }
    return packed
  }

  static func decompress(_ frame: [UInt8], limit: Int) throws(SyncFault) -> [UInt8] {
    // What follows a frame would be unpacked as another one.
    let length = ZSTD_findFrameCompressedSize(frame, frame.count)
    guard ZSTD_isError(length) == 0, length == frame.count else { throw .form("the message is not one zstd frame") }
    // Unknown and wrong sizes are huge numbers.
    let claimed = ZSTD_getFrameContentSize(frame, frame.count)
    let isUnknown = claimed == UInt64.max
    guard isUnknown || claimed <= UInt64(limit) else { throw .tooLarge("a frame claims more than \(limit) bytes") }
    let capacity = isUnknown ? limit : Int(claimed)
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: max(capacity, 1)) { buffer, count in
      let size = ZSTD_decompress(buffer.baseAddress, capacity, frame, frame.count)
      failed = ZSTD_isError(size) != 0
      count = failed ? 0 : size
    }
    if failed { throw .form("the zstd frame is damaged, or holds more than \(limit) bytes") }
    return bytes
  }
}
