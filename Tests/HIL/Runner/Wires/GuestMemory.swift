// The guest's memory as its devices see it.

import Foundation

/// Regions of the guest's memory, mapped into this process.
final class GuestMemory {
  /// One region, with its address in the guest and in QEMU.
  private struct Region {
    var guest: UInt64
    var user: UInt64
    var size: UInt64
    var mapping: UnsafeMutableRawPointer
    var mapped: Int
    var offset: Int
  }

  private var regions: [Region] = []

  deinit { for region in regions { munmap(region.mapping, region.mapped) } }

  /// Maps one region and closes its descriptor.
  func add(guest: UInt64, size: UInt64, user: UInt64, offset: UInt64, descriptor: Int32) throws {
    defer { close(descriptor) }
    let length = Int(size + offset)
    guard let mapping = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), mapping != MAP_FAILED
    else { throw HILError("map \(length) bytes of the guest: \(String(cString: strerror(errno)))") }
    regions.append(
      Region(guest: guest, user: user, size: size, mapping: mapping, mapped: length, offset: Int(offset)))
  }

  /// Bytes at an address of the guest.
  func bytes(at address: UInt64, count: Int) throws -> UnsafeMutableRawBufferPointer {
    try find(address, count) { $0.guest }
  }

  /// Bytes at an address of QEMU.
  func bytes(atUser address: UInt64, count: Int) throws -> UnsafeMutableRawBufferPointer {
    try find(address, count) { $0.user }
  }

  private func find(
    _ address: UInt64, _ count: Int, _ base: (Region) -> UInt64
  ) throws -> UnsafeMutableRawBufferPointer {
    for region in regions where address >= base(region) && address - base(region) + UInt64(count) <= region.size {
      let start = region.mapping + region.offset + Int(address - base(region))
      return UnsafeMutableRawBufferPointer(start: start, count: count)
    }
    throw HILError("the guest names memory that it does not have: \(count) bytes at \(address)")
  }
}
