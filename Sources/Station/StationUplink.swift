// The device around the uplink: queues to the journal, requests of the county, what is shown.

import Climate
import Configuration
import Controller
import Journal
import LocalService
import MQTT
import Platform
import SyncProtocol
import Uplink

/// The uplink, once there is one, for those who are made before it.
final class UplinkHandle: Sendable {
  private let uplink = Monitor<Uplink?>(nil)

  func set(_ uplink: Uplink) { self.uplink.withLock { $0 = uplink } }

  /// - Returns: whether there is an uplink.
  @discardableResult
  func hurry() -> Bool { with { $0.hurry() } }

  /// The log may have something new that must go at once.
  func notice() { with { $0.notice() } }

  func stop(within patience: Duration) { with { $0.stop(within: patience) } }

  @discardableResult
  private func with(_ body: (Uplink) -> Void) -> Bool {
    guard let uplink = uplink.withLock({ $0 }) else { return false }
    body(uplink)
    return true
  }
}

/// What the uplink needs of the device.
final class StationUplinkHost: UplinkHost {
  /// Nobody needs to know more often what time the hub has.
  private static let anchorInterval = Duration.hours(1)
  /// Notes that are refused go into the log at most so often: whoever can send them must not fill it.
  private static let refusalsPerHour = 20

  private struct Watch {
    var anchored: Instant?
    var refusals = 0
    var refusalsSince: Instant?
  }

  private let handler: RequestHandler
  private let queue: BoundedQueue<JournalItem>
  private let inbox: Inbox
  private let clock: @Sendable () -> Instant
  private let watch = Monitor(Watch())

  init(
    handler: RequestHandler, queue: BoundedQueue<JournalItem>, inbox: Inbox, clock: @escaping @Sendable () -> Instant
  ) {
    (self.handler, self.queue, self.inbox, self.clock) = (handler, queue, inbox, clock)
  }

  func wall() -> WallTime { WallTimeSource.look() }

  // MARK: The log

  func remember(_ acknowledgement: LaneAcknowledgement) { queue.put([.acknowledgement(acknowledgement)]) }

  func beginInstall(because reason: String) { queue.put([.newInstall(reason)]) }

  func take(desired version: Int64) { queue.put([.desired(version)]) }

  func hubTime(_ milliseconds: Int64, error: Duration, at now: Instant) {
    let wall = wall()
    // A clock of last resort: who has another keeps it.
    guard wall.trust == .unknown, milliseconds > WallTimeSource.earliest else { return }
    let isDue = watch.withLock { watch in
      if let last = watch.anchored, last.duration(to: now) < Self.anchorInterval { return false }
      watch.anchored = now
      return true
    }
    guard isDue else { return }
    let error = error.nanoseconds / 1_000_000
    queue.put([.record(.anchor(Stamp(at: now, wall: wall), utc: milliseconds, error: error, source: .hub))])
  }

  // MARK: The county

  func check(_ note: CountyNote) throws(NoteRefusal) {
    do throws(ServiceError) { try handler.check(note.desired.commands, from: Self.peer(note)) } catch {
      throw Self.refusal(note, error)
    }
  }

  func carryOut(_ note: CountyNote) throws(NoteRefusal) -> String? {
    do throws(ServiceError) { return try handler.carryOut(note.desired.commands, from: Self.peer(note)) } catch {
      throw Self.refusal(note, error)
    }
  }

  /// As whom the county stands in the log.
  private static func peer(_ note: CountyNote) -> String { "county:\(note.signer)" }

  private static func refusal(_ note: CountyNote, _ error: ServiceError) -> NoteRefusal {
    NoteRefusal(.command, error.message, zh: error.chinese, version: note.desired.version, signer: note.signer)
  }

  func note(_ report: Reported) {
    let now = clock()
    if !report.isApplied {
      let mayBeWritten = watch.withLock { watch in
        if watch.refusalsSince.map({ $0.duration(to: now) >= .hours(1) }) ?? true {
          (watch.refusalsSince, watch.refusals) = (now, 0)
        }
        watch.refusals += 1
        return watch.refusals <= Self.refusalsPerHour
      }
      guard mayBeWritten else { return }
    }
    let version = report.version.map { "version \($0): " } ?? ""
    let outcome =
      report.isApplied ? "carried out" : "refused (\(report.reason?.rawValue ?? "")): \(report.detail ?? "")"
    let stamp = Stamp(at: now, wall: wall())
    queue.put([
      .record(
        .event(
          stamp, kind: .countyNote, subject: "uplink", detail: version + outcome,
          by: report.signer.map { "county:\($0)" }))
    ])
  }

  // MARK: What is shown

  func state() -> [UInt8]? { handler.publicState() }

  func show(_ view: UplinkView) { inbox.note { $0.uplink = view } }
}

extension UplinkView {
  /// What somebody should know.
  var conditions: Set<AlarmID> {
    var conditions: Set<AlarmID> = []
    if problem?.isRefusal == true { conditions.insert(AlarmID(kind: .uplinkRefused, subject: "uplink")) }
    if isSilent { conditions.insert(AlarmID(kind: .uplinkSilent, subject: "uplink")) }
    // Each notice is an alarm of its own, so that one that was acknowledged weeks ago does not hide the next.
    if let days = certificateNotice {
      conditions.insert(AlarmID(kind: .certificateEnds, subject: "uplink-\(days)-days"))
    }
    return conditions
  }
}

extension UplinkSetup {
  /// A set-up as it is configured; `nil` if the device has no name and the machine no identity to make one from.
  init?(_ configuration: UplinkConfiguration, utcOffset: Duration) {
    guard let device = configuration.device.map({ DeviceName($0) }) ?? .ofMachine() else { return nil }
    var session = UplinkSettings()
    session.metering = Metering(
      dailyBudget: configuration.dailyBudget,
      schedule: configuration.schedule.map { DailyWindow(from: $0.from, to: $0.to) }, utcOffset: utcOffset)
    var tls: TLSSettings?
    if configuration.isProtected {
      tls = TLSSettings(authorities: configuration.authorities)
      if let certificate = configuration.certificate, let key = configuration.key {
        tls?.identity = TLSSettings.Identity(certificate: certificate, key: key)
      }
    }
    self.init(
      broker: configuration.broker, host: configuration.host, port: configuration.port, tls: tls,
      user: configuration.user, passwordFile: configuration.passwordFile, device: device,
      commandKeys: configuration.commandKeys.compactMap { NoteVerifier($0) }, session: session)
  }
}

extension SyncMessage {
  /// The message of a view.
  init(_ view: UplinkView, at now: Instant) {
    let standing = view.standing
    self.init(
      broker: view.broker, device: view.device, isConnected: standing.isConnected, hold: standing.hold?.rawValue,
      problem: view.problem?.english, chineseProblem: view.problem?.chinese,
      lanes: standing.lanes.map {
        SyncLaneMessage(
          lane: $0.lane.rawValue, newest: $0.newest, acknowledged: $0.through, waiting: $0.waiting,
          onTheWay: $0.onTheWay)
      },
      window: standing.window, bytesToday: standing.bytesToday, dailyBudget: standing.dailyBudget,
      rate: standing.rate, timeToDrain: standing.timeToDrain?.inSeconds,
      answerAge: standing.lastAnswer.map { max(0, $0.duration(to: now).inSeconds) }, rewinds: standing.rewinds)
  }
}
