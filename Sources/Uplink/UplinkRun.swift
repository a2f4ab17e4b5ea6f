// What the uplink's thread does between two waits.

import Climate
import Controller
import Journal
import MQTT
import Platform
import SyncProtocol

/// The uplink's state, used by its one thread.
struct UplinkRun {
  /// How often the log is looked at when nothing says that it has something new.
  private static let lookInterval = Duration.seconds(15)
  /// How often the retained state is sent; on a link that costs, more seldom.
  private static let stateInterval = Duration.seconds(60)
  private static let meteredStateInterval = Duration.minutes(15)
  /// Something has waited for so long without an answer of the hub that somebody should know.
  private static let silenceUntilAlarm = Duration.hours(24)
  /// CBOR that makes a message of usual size. More than a message may be is read anew, less of it.
  private static let batchBytes = 192 * 1024

  private let setup: UplinkSetup
  private let log: any UplinkLog
  private let host: any UplinkHost
  private var session: UplinkSession
  private var county: CountyDesk
  private var connection: MQTTConnection?
  private var triesIPv4Only = false
  private var isSubscribed = false
  private var problem: UplinkProblem?
  private var nextLook: Instant
  private var nextState: Instant
  private var hasStanding = false
  private var answeredAt: Instant
  private var view: UplinkView?
  private var certificate: CertificateWatch

  init(_ setup: UplinkSetup, log: any UplinkLog, host: any UplinkHost, now: Instant) {
    (self.setup, self.log, self.host) = (setup, log, host)
    session = UplinkSession(device: setup.device, settings: setup.session, now: now)
    county = CountyDesk(device: setup.device, keys: setup.commandKeys, host: host)
    (nextLook, nextState, answeredAt) = (now, now, now)
    certificate = CertificateWatch(setup.tls?.identity, at: now)
  }

  mutating func hurry(at now: Instant) { session.hurry(at: now) }

  /// Looks at the log if it is time, does what the session wants, and waits for what comes.
  mutating func pass(_ clock: () -> Instant, hasNews: Bool, wakeUp: WakeUp) {
    var now = clock()
    if hasNews || now >= nextLook || county.waitsForLog { look(at: now) }
    if let report = county.next(at: now) { send(report, at: now) }
    var wake = nextLook
    if county.waitsForLog { wake = min(wake, now.advanced(by: .milliseconds(200))) }
    certificate.look(at: now, wall: host.wall())
    wake = min(wake, certificate.due ?? wake)
    steps: while true {
      now = clock()
      switch session.next(at: now, wall: host.wall()) {
      case .connect: connect(at: now)
      case .disconnect:
        // Not without a word: the broker would send the will for a device that has only nothing to say.
        connection?.end(within: 1_000)
        closed(.ended, at: now)
      case .hello(let lane, let first): hello(lane, first, at: now)
      case .batch(let lane, let range): batch(lane, range, at: now)
      case .wait(let until):
        wake = min(wake, until)
        break steps
      }
    }
    if isSubscribed {
      if now >= nextState { sendState(at: now) }
      wake = min(wake, nextState)
    }
    show(at: now)
    wait(until: wake, now: now, clock, wakeUp)
  }

  private mutating func wait(until wake: Instant, now: Instant, _ clock: () -> Instant, _ wakeUp: WakeUp) {
    let milliseconds = Int(clamping: max(0, (now.nanoseconds(to: wake) + 999_999) / 1_000_000))
    guard let connection else { return wait(wakeUp, milliseconds) }
    let events = connection.step(waiting: min(milliseconds, 60_000), orReadable: [wakeUp.number])
    wakeUp.clear()
    for event in events { take(event, at: clock()) }
  }

  private func wait(_ wakeUp: WakeUp, _ milliseconds: Int) {
    wakeUp.wait(milliseconds: Int32(clamping: milliseconds))
    wakeUp.clear()
  }

  /// Says farewell.
  mutating func end() {
    guard let connection, isSubscribed else { return }
    let farewell = MQTTMessage(
      topic: Topic.state.text(of: setup.device), payload: Array(#"{"online":false}"#.utf8), isRetained: true)
    _ = try? connection.publish(farewell)
    connection.end(within: 2_000)
  }

  // MARK: The log

  private mutating func look(at now: Instant) {
    nextLook = now.advanced(by: Self.lookInterval)
    guard let standing = try? log.standing() else { return }
    session.take(install: standing.install, lanes: standing.lanes, at: now)
    county.lastTaken = standing.desired
    hasStanding = true
  }

  // MARK: The connection

  private mutating func connect(at now: Instant) {
    do throws(MQTTError) {
      isSubscribed = false
      connection = try MQTTConnection(try setup.connection(), onlyIPv4: triesIPv4Only)
    } catch {
      closed(error, at: now)
    }
  }

  private mutating func closed(_ error: MQTTError, at now: Instant) {
    (connection, isSubscribed) = (nil, false)
    session.disconnected(at: now)
    guard error != .ended else { return }
    // The library tries one address only: the next attempt takes the others.
    triesIPv4Only = error == .tooLate && !triesIPv4Only
    problem = UplinkProblem(error)
  }

  private mutating func take(_ event: MQTTEvent, at now: Instant) {
    switch event {
    case .connected:
      let topics = [Topic.acknowledgement, .desired].map { $0.text(of: setup.device) }
      do throws(MQTTError) {
        // An answer that is lost is asked for again, and an end of the connection loses them all. RabbitMQ 3.10 keeps a queue on disk for
        // more than that, and lets the device in at no other node while the one with the queue is down.
        try connection?.subscribe(topics, quality: .atMostOnce)
      } catch {
        closed(error, at: now)
      }
    case .subscribed(let granted):
      guard granted.allSatisfy(\.self) else {
        connection?.end(within: 0)
        closed(.ended, at: now)
        problem = UplinkProblem(
          "the broker does not let this device hear the hub's answers: check its permissions",
          zh: "服务器不允许本机接收应答：请检查权限", isRefusal: true)
        return
      }
      (isSubscribed, problem, nextState) = (true, nil, now)
      session.connected(at: now)
    case .acknowledged: break
    case .received(let message): take(message, at: now)
    case .closed(let error): closed(error, at: now)
    }
  }

  private mutating func take(_ message: ReceivedMessage, at now: Instant) {
    switch Topic.parse(message.topic)?.topic {
    case .acknowledgement:
      // An answer that is kept by the broker is of another time.
      guard !message.isRetained, let answer = try? Acknowledgement(message.payload) else { return }
      take(answer, at: now)
    case .desired:
      if let report = county.take(message.payload, isRetained: message.isRetained, at: now) { send(report, at: now) }
    default: break
    }
  }

  private mutating func take(_ answer: Acknowledgement, at now: Instant) {
    answeredAt = now
    host.hubTime(answer.now, error: .seconds(5), at: now)
    for effect in session.take(answer, at: now) {
      switch effect {
      case .remember(let lane, let through, let database):
        guard let install = LogInstall(answer.install.bytes) else { continue }
        host.remember(
          LaneAcknowledgement(install: install, lane: LogLane(lane), database: database.bytes, through: through))
      case .beginInstall(let reason): host.beginInstall(because: reason.words)
      }
    }
  }

  // MARK: Messages

  private mutating func publish(_ topic: Topic, _ payload: [UInt8], isRetained: Bool = false, at now: Instant) -> Bool {
    guard let connection else { return false }
    do throws(MQTTError) {
      let message = MQTTMessage(topic: topic.text(of: setup.device), payload: payload, isRetained: isRetained)
      try connection.publish(message)
      return true
    } catch {
      closed(error, at: now)
      return false
    }
  }

  private mutating func hello(_ lane: Lane, _ first: Int64, at now: Instant) {
    guard let install = session.install else { return }
    let hello = Batch(device: setup.device, install: install, lane: lane, first: first, content: .hello)
    guard let message = try? hello.encoded(), publish(.up(lane), message, at: now) else { return }
    session.sentOther(bytes: message.count)
  }

  private mutating func batch(_ lane: Lane, _ range: ClosedRange<Int64>, at now: Instant) {
    guard let install = session.install else { return }
    let content: BatchContent
    do {
      guard let found = try log.content(of: lane, range, bytes: Self.batchBytes) else {
        return session.unavailable(lane, at: now)
      }
      content = found
    } catch {
      return session.unavailable(lane, at: now)
    }
    var batch = Batch(device: setup.device, install: install, lane: lane, first: range.lowerBound, content: content)
    let message: [UInt8]
    do {
      message = try batch.encoded()
    } catch {
      guard content.count <= 1 else { return session.tooLarge(lane, records: Int(clamping: content.count)) }
      // A single record that no message holds can never go; nothing behind it may wait for it.
      batch.content = .lost(1, .damaged)
      guard let loss = try? batch.encoded() else { return session.unavailable(lane, at: now) }
      message = loss
    }
    guard publish(.up(lane), message, at: now) else { return }
    session.sent(lane, range: batch.first...batch.last, bytes: message.count, at: now)
  }

  private mutating func send(_ report: Reported, at now: Instant) {
    let message = report.encoded()
    if publish(.reported, message, at: now) { session.sentOther(bytes: message.count) }
  }

  private mutating func sendState(at now: Instant) {
    let isMetered = setup.session.metering.isLimited
    nextState = now.advanced(by: isMetered ? Self.meteredStateInterval : Self.stateInterval)
    guard let state = host.state(), state.count <= SyncLimits.message else { return }
    if publish(.state, state, isRetained: true, at: now) { session.sentOther(bytes: state.count) }
  }

  // MARK: For people

  private mutating func show(at now: Instant) {
    let standing = session.status(at: now, wall: host.wall())
    if standing.waiting == 0 { answeredAt = now }
    let view = UplinkView(
      standing: standing, broker: setup.broker, device: setup.device.text, problem: problem,
      isSilent: answeredAt.duration(to: now) >= Self.silenceUntilAlarm, certificateNotice: certificate.notice)
    guard view != self.view else { return }
    self.view = view
    host.show(view)
  }
}

extension UplinkProblem {
  /// A failure of a connection.
  init(_ error: MQTTError) {
    let isRefusal =
      switch error {
      case .certificate, .tls, .settings: true
      case .refused(let refusal): refusal != .unavailable
      default: false
      }
    self.init(error.english, zh: error.chinese, isRefusal: isRefusal)
  }
}

extension InstallReason {
  /// In English, for the log.
  var words: String {
    switch self {
    case .behind: "the hub has records that this log does not have"
    case .fork: "the hub has other records under the same sequences"
    }
  }
}
