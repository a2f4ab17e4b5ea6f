// The control step with all that belongs to it, on a device.

import Climate
import Controller
import Drivers
import Guardian
import Platform
import Synchronization

/// Runs the control step: once a second, and at once for every reading and command.
///
/// The step is run by whoever has news for it: the thread of the bus that brought a reading, so that no second thread has to wake up
/// before a relay can follow, or the control thread for commands and ticks. One at a time; a step takes a fraction of a
/// millisecond and waits for nothing. Only the tick renews the lease of outputs that do not change, and it belongs to the control
/// thread alone.
final class ControlRunner: Sendable {
  private struct State: ~Copyable {
    var loop: ControlLoop
    var guardian: GuardianClient
    var wall = WallTimeSource()
    var anchors = ClockAnchors()
    /// When the last step was, and how late.
    var last: (now: Instant, wall: WallTime, lateness: Duration)?
    var worst = Duration.zero
    var nextMemory: Instant

    init(_ loop: consuming ControlLoop, guardian: consuming GuardianClient, began: Instant) {
      self.loop = loop
      self.guardian = guardian
      nextMemory = began
    }
  }

  private let inbox: Inbox
  private let queue: BoundedQueue<JournalItem>
  private let began: Instant
  private let memoryInterval: Duration
  private let clock: any MonotonicClock
  private let state: Mutex<State>

  /// A runner that has not made a step.
  /// - Parameters:
  ///   - inbox: where readings, commands and the state of buses and journal come from.
  ///   - queue: where records go.
  ///   - memoryInterval: longest time between two memories, which are also saved whenever something happens.
  init(
    _ loop: ControlLoop, guardianSocket: String, inbox: Inbox, queue: BoundedQueue<JournalItem>,
    memoryInterval: Duration, clock: any MonotonicClock, began: Instant
  ) {
    (self.inbox, self.queue, self.clock, self.began) = (inbox, queue, clock, began)
    self.memoryInterval = memoryInterval
    state = Mutex(State(loop, guardian: GuardianClient(path: guardianSocket), began: began))
  }

  /// Asks for the lease, once, when the house has been looked at: as many steps at once as the guardian wants good frames in a row.
  ///
  /// The guardian counts frames so that no single one switches anything on, whatever it is, and no controller that dies in its first
  /// step: it wants to see that a controller decides, goes on and decides again. Three whole steps show that, however soon they follow each
  /// other, and the thread makes them that will have to renew the lease. Nothing is asked for before: a controller that knows half of the
  /// house would let go what failsafe has on there.
  func earnLease() {
    for _ in 0..<GuardianCore.framesToArm { step(tick: nil, asks: true) }
  }

  /// One step with all that has come in.
  /// - Parameter tick: the deadline of which this is the step; `nil` for a step in between.
  func step(tick: Instant?) { step(tick: tick, asks: tick != nil) }

  private func step(tick: Instant?, asks: Bool) {
    state.withLock { state in
      // Read with the lock held: a step that had to wait for another must not come before it in time.
      let now = clock.now()
      let lateness = tick.map { $0.duration(to: now) }
      let content = inbox.take()
      let isTick = tick != nil
      state.worst = max(state.worst, lateness ?? .zero)
      // What the guardian answered is for people and for the next tick; a reading must not wait for it.
      if isTick { Self.look(&state) }
      let inputs = Inputs(
        samples: content.samples, commands: content.commands,
        conditions: Self.conditions(content, lateness: lateness ?? .zero))
      let time = state.wall.now(mustLook: isTick)
      if let frame = state.loop.decide(now: now, wall: time, inputs: inputs, asks: asks) {
        state.guardian.send(frame)
      }
      // The outputs have been asked for; what follows is for people and may take its time.
      state.loop.conclude()
      state.last = (now, time, lateness ?? state.last?.lateness ?? .zero)
      var items = state.loop.decision.records.map { JournalItem.record($0) }
      if isTick, let anchor = state.anchors.look(now: now, wall: time, error: WallClock.greatestError) {
        items.append(.record(anchor))
      }
      if state.loop.decision.mustSave || now >= state.nextMemory {
        state.nextMemory = now.advanced(by: memoryInterval)
        items.append(.memory(state.loop.controller.memory(at: now)))
      }
      // Together: what happened and what is to be known of it afterwards are one commit.
      queue.put(items)
    }
  }

  /// What the local service shows: the state after the last step; `nil` before the first.
  ///
  /// It is made for whoever asks and not in every step: it shares its storage with the controller, whose next step then has to copy it.
  func look() -> StationState? {
    let around = inbox.look()
    return state.withLock { state in
      guard let (now, wall, lateness) = state.last else { return nil }
      var shown = StationState(
        controller: state.loop.controller, decision: state.loop.decision, guardian: state.loop.guardian,
        operations: state.loop.operations, steps: state.loop.steps, now: now, wall: wall, began: began,
        lateness: (lateness, state.worst), buses: around.buses, journal: around.journal)
      shown.uplink = around.uplink
      return shown
    }
  }

  /// Gives the lease back: the outputs are in failsafe when this returns. Steps that follow ask for nothing.
  func release() {
    state.withLock { $0.guardian.release() }
  }

  private static func look(_ state: inout State) {
    switch state.guardian.look(upTo: state.loop.sequence) {
    case .unchanged: break
    case .status(let status): state.loop.take(status)
    case .gone: state.loop.take(nil)
    }
  }

  private static func conditions(_ content: InboxContent, lateness: Duration) -> Set<AlarmID> {
    var conditions = content.journal.conditions.union(content.conditions)
    if let uplink = content.uplink { conditions.formUnion(uplink.conditions) }
    if lateness > .milliseconds(500) { conditions.insert(AlarmID(kind: .stepLate, subject: "control")) }
    return conditions
  }
}
