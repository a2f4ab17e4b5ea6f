// From the bytes of a connection to lines.

public import FoundationEssentials

/// Splits what comes in over a connection into lines, each byte looked at once.
public struct LineBuffer: Sendable {
  private let limit: Int
  private var bytes: [UInt8] = []
  /// Where the first line begins that has not been given out.
  private var start = 0
  /// How far there is no line end.
  private var searched = 0

  /// - Parameter limit: longest line, bytes.
  public init(limit: Int) { self.limit = limit }

  /// Bytes that have not been given out.
  public var count: Int { bytes.count - start }

  /// Whether a line is longer than the limit; none is given out any more then.
  public private(set) var isTooLong = false

  /// Takes bytes in.
  public mutating func append(_ new: some Collection<UInt8>) {
    if start > 0 {
      bytes.removeFirst(start)
      (start, searched) = (0, searched - start)
    }
    bytes.append(contentsOf: new)
  }

  /// The next whole line, without its end; `nil` if there is none.
  public mutating func next() -> Data? {
    guard !isTooLong else { return nil }
    let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n"))
    searched = end ?? bytes.count
    guard searched - start <= limit else {
      isTooLong = true
      return nil
    }
    guard let end else { return nil }
    let line = Data(bytes[start..<end])
    (start, searched) = (end + 1, end + 1)
    return line
  }
}
