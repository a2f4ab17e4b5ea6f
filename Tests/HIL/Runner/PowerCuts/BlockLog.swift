// The log of a disk's writes, as QEMU's blklogwrites and Linux's dm-log-writes keep it (Documentation/admin-guide/device-mapper).

import Foundation

/// The writes and flushes of a disk, in the order in which the disk was told of them.
struct BlockLog {
  /// One entry.
  struct Entry {
    /// First byte on the disk, and how many.
    var offset: Int
    var count: Int
    /// Everything written before is on the medium when this entry is done.
    var isFlush: Bool
    /// The entry itself is on the medium when it is done.
    var isForced: Bool
    var isDiscard: Bool
    /// Where its bytes stand in the log.
    fileprivate var data: Int
  }

  private static let magic: UInt64 = 0x6A_7366_7773_6872
  let entries: [Entry]
  private let data: Data

  /// Reads a log.
  /// - Parameter count: so many entries at its beginning are left out.
  init(_ url: URL, after count: Int = 0) throws {
    data = try Data(contentsOf: url, options: .alwaysMapped)
    guard !data.isEmpty else {
      entries = []
      return
    }
    try require(data.count > 512 && Self.long(data, 0) == Self.magic, "\(url.lastPathComponent) is no log of writes")
    let sector = Int(Self.long(data, 24) & 0xFFFF_FFFF)
    try require(sector >= 512, "a sector of \(sector) bytes")
    var (entries, at): ([Entry], Int) = ([], sector)
    while at + 32 <= data.count {
      let (first, count, flags) = (Self.long(data, at), Self.long(data, at + 8), Self.long(data, at + 16))
      if first == 0, count == 0, flags == 0 { break }
      let bytes = Int(count) * sector
      let isDiscard = flags & 4 != 0
      entries.append(
        Entry(
          offset: Int(first) * sector, count: bytes, isFlush: flags & 1 != 0, isForced: flags & 2 != 0,
          isDiscard: isDiscard, data: at + sector))
      at += sector + (isDiscard ? 0 : bytes)
    }
    self.entries = Array(entries.dropFirst(count))
  }

  private static func long(_ data: Data, _ at: Int) -> UInt64 {
    data.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: UInt64.self) }
  }

  /// The bytes of an entry.
  func bytes(of entry: Entry) -> Data {
    entry.isDiscard || entry.data + entry.count > data.count ? Data() : data[entry.data..<entry.data + entry.count]
  }

  /// Does to an image what an entry did to the disk.
  /// - Parameter most: how many bytes of it reached the medium.
  func apply(_ entry: Entry, to image: inout [UInt8], most: Int = .max) {
    let end = min(entry.offset + min(entry.count, most), image.count)
    guard entry.offset < end else { return }
    if entry.isDiscard {
      for index in entry.offset..<end { image[index] = 0 }
    } else {
      image.replaceSubrange(entry.offset..<end, with: bytes(of: entry).prefix(end - entry.offset))
    }
  }
}
