// A queue that may fill, and never blocks who puts something in.

import Platform

/// A queue between one producer that never waits and one consumer that does.
///
/// When it is full the oldest element that may be lost is dropped and counted. What may be lost may also wait: it wakes nobody.
final class BoundedQueue<Element: Sendable>: Sendable {
  private struct Content {
    var elements: [Element] = []
    var dropped = 0
    var isClosed = false
  }

  private let content = Monitor(Content())
  private let capacity: Int
  private let mayDrop: @Sendable (Element) -> Bool

  init(capacity: Int, mayDrop: @escaping @Sendable (Element) -> Bool) {
    self.capacity = capacity
    self.mayDrop = mayDrop
  }

  func put(_ elements: [Element]) {
    guard !elements.isEmpty else { return }
    let add: (inout Content) -> Void = { [self] content in
      content.elements.append(contentsOf: elements)
      let excess = content.elements.count - capacity
      if excess > 0 { drop(excess, from: &content) }
    }
    if elements.allSatisfy(mayDrop) { content.withLock(add) } else { content.update(add) }
  }

  func close() { content.update { $0.isClosed = true } }

  /// Waits for an element that may not be lost, or a deadline, ns of the monotonic clock.
  /// - Returns: all that is there, how many were dropped since the start, and whether the queue has been closed.
  func take(until deadline: Int64) -> (elements: [Element], dropped: Int, isClosed: Bool) {
    content.wait(until: deadline, for: { [mayDrop] in $0.isClosed || !$0.elements.allSatisfy(mayDrop) }) { content in
      defer { content.elements = [] }
      return (content.elements, content.dropped, content.isClosed)
    }
  }

  private func drop(_ count: Int, from content: inout Content) {
    var left = count
    content.elements.removeAll { element in
      guard left > 0, mayDrop(element) else { return false }
      left -= 1
      return true
    }
    // Nothing that may be lost is left: then the oldest goes, because memory is not endless either.
    if left > 0 { content.elements.removeFirst(left) }
    content.dropped += count
  }
}
