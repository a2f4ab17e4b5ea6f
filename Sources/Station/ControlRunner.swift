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
  private let published: Monitor<StationState?>
  private let began: Instant
  private let clock: any MonotonicClock
  private let state: Mutex<State>

  /// A runner that has not made a step.
  /// - Parameters:
  ///   - inbox: where readings, commands and the state of buses and journal come from.
  ///   - queue: where records go.
  ///   - published: what the local service shows.
  init(
    _ loop: ControlLoop, guardianSocket: String, inbox: Inbox, queue: BoundedQueue<JournalItem>,
    published: Monitor<StationState?>, clock: any MonotonicClock, began: Instant
  ) {
    (self.inbox, self.queue, self.published, self.clock, self.began) = (inbox, queue, published, clock, began)
    state = Mutex(State(loop, guardian: GuardianClient(path: guardianSocket), began: began))
  }

  /// One step with all that has come in.
  /// - Parameter tick: the deadline of which this is the step; `nil` for a step in between.
  func step(tick: Instant?) {
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
      if let frame = state.loop.step(now: now, wall: time, inputs: inputs, isTick: isTick) {
        state.guardian.send(frame)
      }
      // The outputs have been asked for; what follows is for people and may take its time.
      queue.put(state.loop.decision.records.map { .record($0) })
      if state.loop.decision.mustSave || now >= state.nextMemory {
        state.nextMemory = now.advanced(by: .minutes(1))
        queue.put([.memory(state.loop.controller.memory(at: now))])
      }
      // What is published shares its storage with the controller, whose next step then has to copy it: not after every reading.
      guard isTick || !content.commands.isEmpty else { return }
      let new = StationState(
        controller: state.loop.controller, decision: state.loop.decision, guardian: state.loop.guardian,
        operations: state.loop.operations, steps: state.loop.steps, now: now, wall: time, began: began,
        lateness: (lateness ?? .zero, state.worst), buses: content.buses, journal: content.journal)
      published.withLock { $0 = new }
    }
  }

  private static func look(_ state: inout State) {
    switch state.guardian.look(upTo: state.loop.sequence) {
    case .unchanged: break
    case .status(let status): state.loop.take(status)
    case .gone: state.loop.take(nil)
    }
  }

  private static func conditions(_ content: InboxContent, lateness: Duration) -> Set<AlarmID> {
    var conditions = content.journal.conditions
    if lateness > .milliseconds(500) { conditions.insert(AlarmID(kind: .stepLate, subject: "control")) }
    return conditions
  }
}
