// What the worker tells the process that watches it, even if a run takes it down: a file mapped into both.

import Foundation
import Fuzzing
import Glibc

/// Counters, the present input, and what was found.
struct SharedPage {
  private static let words = 8
  private static let textSize = 4_096
  private let memory: UnsafeMutableRawBufferPointer

  /// Maps a file, which is made if it is not there.
  init(path: String, longestInput: Int) throws {
    let size = Self.words * 8 + Self.textSize + longestInput
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Finding("open \(path): \(String(cString: strerror(errno)))") }
    defer { close(file) }
    guard ftruncate(file, size) == 0,
      let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), start != MAP_FAILED
    else { throw Finding("map \(path): \(String(cString: strerror(errno)))") }
    memory = UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  private func word(_ index: Int) -> UInt64 { memory.load(fromByteOffset: index * 8, as: UInt64.self) }
  private func set(_ index: Int, _ value: UInt64) {
    memory.storeBytes(of: value, toByteOffset: index * 8, as: UInt64.self)
  }

  /// Number of the run under way, or the next.
  var run: UInt64 {
    get { word(0) }
    nonmutating set { set(0, newValue) }
  }

  /// Inputs accepted so far.
  var accepted: UInt64 {
    get { word(1) }
    nonmutating set { set(1, newValue) }
  }

  /// Rows read so far.
  var rows: UInt64 {
    get { word(2) }
    nonmutating set { set(2, newValue) }
  }

  /// The input of the run under way.
  var input: [UInt8] {
    get { Array(memory[(Self.words * 8 + Self.textSize)...].prefix(Int(word(3)))) }
    nonmutating set {
      let place = UnsafeMutableRawBufferPointer(rebasing: memory[(Self.words * 8 + Self.textSize)...])
      let count = min(newValue.count, place.count)
      newValue.withUnsafeBytes { place.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      set(3, UInt64(count))
    }
  }

  /// What was found, in words; empty if nothing was.
  var finding: String {
    get { String(decoding: memory[(Self.words * 8)...].prefix(min(Int(word(4)), Self.textSize)), as: UTF8.self) }
    nonmutating set {
      let place = UnsafeMutableRawBufferPointer(rebasing: memory[(Self.words * 8)...].prefix(Self.textSize))
      let bytes = Array(newValue.utf8.prefix(Self.textSize))
      place.copyBytes(from: bytes)
      set(4, UInt64(bytes.count))
    }
  }
}
