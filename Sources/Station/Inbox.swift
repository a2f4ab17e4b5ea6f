// What the other threads bring to the control step.

import Climate
import Controller
import Platform
import Uplink

/// What has come in since the last step. Bounded: a bus or a person that brings more than fits loses the oldest.
struct InboxContent: Sendable {
  /// More samples than all buses bring in several seconds.
  static let mostSamples = 4_096
  /// More commands than people type in a second.
  static let mostCommands = 64

  var samples: [Sample] = []
  var commands: [Command] = []
  var buses: [BusState]
  var journal = JournalView()
  /// What is wrong with the machine.
  var conditions: Set<AlarmID> = []
  /// How the uplink is; `nil` without one.
  var uplink: UplinkView?
  /// Buses whose first sweep has not ended.
  var unswept: Set<Int>
  /// Whether the outputs have been asked for.
  var hasAsked = false
  var isStopping = false

  /// Whether the control thread has something to do before its tick. Readings are seen to by the thread that brings them.
  var hasWork: Bool { !commands.isEmpty || isStopping }
}

/// The control step's inbox.
package final class Inbox: Sendable {
  private let content: Monitor<InboxContent>

  /// An empty inbox of a station with buses.
  /// - Parameter swept: indices of those that have something to read.
  package init(buses: [String], swept: Set<Int> = []) {
    content = Monitor(InboxContent(buses: buses.map { BusState(name: $0) }, unswept: swept))
  }

  /// Takes readings in; wakes nobody.
  func add(_ samples: [Sample]) {
    content.withLock {
      $0.samples.append(contentsOf: samples)
      if $0.samples.count > InboxContent.mostSamples {
        $0.samples.removeFirst($0.samples.count - InboxContent.mostSamples)
      }
    }
  }

  /// - Returns: whether there was room.
  func add(_ command: Command) -> Bool {
    content.update {
      guard $0.commands.count < InboxContent.mostCommands else { return false }
      $0.commands.append(command)
      return true
    }
  }

  /// All of them or none.
  /// - Returns: whether there was room.
  func add(all commands: [Command]) -> Bool {
    content.update {
      guard $0.commands.count + commands.count <= InboxContent.mostCommands else { return false }
      $0.commands += commands
      return true
    }
  }

  /// Changes what is shown of a bus or the journal; wakes nobody.
  func note(_ change: (inout InboxContent) -> Void) { content.withLock(change) }

  /// Notes how a bus is after a sweep of all its sensors. The first is waited for.
  func noteSweep(_ state: BusState, of index: Int) {
    let isFirst = content.withLock { content in
      content.buses[index] = state
      return content.unswept.remove(index) != nil
    }
    if isFirst { content.update { _ in } }
  }

  /// Waits until every bus has been swept, or the deadline.
  /// - Returns: whether the station is asked to stop.
  func waitForFirstSweeps(until deadline: Instant) -> Bool {
    content.wait(until: deadline.nanoseconds, for: { $0.unswept.isEmpty || $0.isStopping }) { $0.isStopping }
  }

  /// Notes that the outputs have been asked for: what waited so as not to be in the way may go on.
  func noteAsked() { content.update { $0.hasAsked = true } }

  /// Waits until the outputs have been asked for, or the deadline.
  func waitUntilAsked(until deadline: Instant) {
    content.wait(until: deadline.nanoseconds, for: { $0.hasAsked || $0.isStopping }) { _ in }
  }

  func stop() { content.update { $0.isStopping = true } }

  /// Waits for work or the deadline.
  /// - Returns: whether the station is asked to stop.
  func wait(until deadline: Instant) -> Bool {
    content.wait(until: deadline.nanoseconds, for: \.hasWork) { $0.isStopping }
  }

  /// How buses, journal and uplink are.
  func look() -> (buses: [BusState], journal: JournalView, uplink: UplinkView?) {
    content.withLock { ($0.buses, $0.journal, $0.uplink) }
  }

  /// Takes all that has come in.
  func take() -> InboxContent {
    content.withLock { content in
      // Taken out before the copy: arrays that two hold would have to be copied to be emptied.
      let (samples, commands) = (content.samples, content.commands)
      (content.samples, content.commands) = ([], [])
      var taken = content
      (taken.samples, taken.commands) = (samples, commands)
      return taken
    }
  }
}
