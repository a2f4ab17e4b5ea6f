// The device put together: ticks, queues, lease frames.

import Climate
import Testing

@testable import Station

@Suite("Ticks") struct TickTests {
  @Test("A late step does not shift the deadlines after it") func lateStep() {
    let tick = Instant(seconds: 10)
    #expect(Station.nextTick(after: tick, now: Instant(seconds: 10.4)) == Instant(seconds: 11))
  }

  @Test("Deadlines missed in a stall are left out") func stall() {
    let tick = Instant(seconds: 10)
    #expect(Station.nextTick(after: tick, now: Instant(seconds: 15.2)) == Instant(seconds: 16))
    #expect(Station.nextTick(after: tick, now: Instant(seconds: 15)) == Instant(seconds: 16))
  }
}

@Suite("Bounded queue") struct BoundedQueueTests {
  @Test("A full queue drops the oldest that may be lost, and counts them") func dropsOldest() {
    let queue = BoundedQueue<Int>(capacity: 3) { $0 % 2 == 1 }
    queue.put([1, 2, 3])
    queue.put([4, 5])
    let (elements, dropped, isClosed) = queue.take(until: 0)
    #expect(elements == [2, 4, 5])
    #expect(dropped == 2)
    #expect(!isClosed)
  }

  @Test("A queue full of what may not be lost still stays within its bounds") func staysBounded() {
    let queue = BoundedQueue<Int>(capacity: 2) { _ in false }
    queue.put([1, 2, 3])
    #expect(queue.take(until: 0).elements == [2, 3])
  }
}
