// The life of one alarm, and limits with hysteresis.

import Climate
import Controller
import Testing

@Suite("Alarm")
struct AlarmTests {
  private final class Life {
    var alarm: Alarm
    var now = Instant(seconds: 100)

    init(delay: Duration = .seconds(60), latches: Bool) {
      alarm = Alarm(
        id: AlarmID(kind: .high, subject: "shed.temperature"),
        settings: AlarmSettings(severity: .alarm, delay: delay, latches: latches))
    }

    func update(_ condition: Bool, after seconds: Double = 1) -> AlarmTransition? {
      now = now.advanced(by: .seconds(seconds))
      return alarm.update(condition: condition, at: now)
    }

    func acknowledge() -> AlarmTransition? { alarm.acknowledge(by: "li") }
  }

  @Test("is raised once, when its condition has held for the delay")
  func delay() {
    let life = Life(latches: false)
    #expect(life.update(true) == nil)
    #expect(life.update(true, after: 59) == nil)
    #expect(life.update(true, after: 1) == .raised)
    #expect(life.alarm.raisedAt == life.now)
    #expect(life.update(true, after: 1_000) == nil)
  }

  @Test("is not raised by a condition that comes and goes")
  func interrupted() {
    let life = Life(latches: false)
    for _ in 0..<100 {
      #expect(life.update(true, after: 30) == nil)
      #expect(life.update(true, after: 59) == nil)
      #expect(life.update(false) == nil)
    }
  }

  @Test("without delay is raised at once")
  func noDelay() {
    #expect(Life(delay: .zero, latches: false).update(true) == .raised)
  }

  @Test("that does not latch is cleared when its condition is gone")
  func unlatched() {
    let life = Life(delay: .zero, latches: false)
    _ = life.update(true)
    #expect(life.update(false) == .cleared)
    #expect(!life.alarm.isOpen)
  }

  @Test("that latches stays until a person has seen it")
  func latched() {
    let life = Life(delay: .zero, latches: true)
    _ = life.update(true)
    #expect(life.update(false) == nil)
    #expect(life.alarm.isOpen)
    #expect(life.acknowledge() == .acknowledged)
    #expect(life.alarm.acknowledgedBy == "li")
    #expect(life.update(false) == .cleared)
  }

  @Test("acknowledged while its condition holds stays open until the condition is gone")
  func acknowledgedEarly() {
    let life = Life(delay: .zero, latches: true)
    _ = life.update(true)
    #expect(life.acknowledge() == .acknowledged)
    #expect(life.acknowledge() == nil)
    #expect(life.update(true) == nil)
    #expect(life.update(false) == .cleared)
  }

  @Test("comes again after it was cleared, unacknowledged and with its delay")
  func again() {
    let life = Life(latches: true)
    _ = life.update(true)
    _ = life.update(true, after: 60)
    _ = life.acknowledge()
    #expect(life.update(false) == .cleared)
    #expect(life.update(true) == nil)
    #expect(life.update(true, after: 60) == .raised)
    #expect(life.alarm.acknowledgedBy == nil)
  }

  @Test("that is not raised cannot be acknowledged")
  func acknowledgeNothing() {
    let life = Life(latches: true)
    #expect(life.acknowledge() == nil)
    _ = life.update(true)
    #expect(life.acknowledge() == nil)
  }

  @Test("goes on after a restart where it was")
  func restored() {
    let settings = AlarmSettings(severity: .alarm, delay: .zero, latches: true)
    var alarm = Alarm(
      id: AlarmID(kind: .low, subject: "x"), settings: settings, raisedAt: Instant(seconds: 1), acknowledgedBy: "li")
    let present = alarm.update(condition: true, at: Instant(seconds: 2))
    let gone = alarm.update(condition: false, at: Instant(seconds: 3))
    #expect((present, gone) == (nil, .cleared))
  }

  @Test("has a name to type")
  func text() {
    #expect(AlarmID(kind: .readingLost, subject: "shed.temperature").text == "shed.temperature:reading-lost")
  }

  @Test("severities are in order")
  func severities() {
    #expect(AlarmSeverity.allCases.sorted() == [.warning, .alarm, .critical])
  }
}

@Suite("Alarm limits")
struct LimitMonitorTests {
  private func trace(_ kind: AlarmKind, limit: Double?, _ values: [Double?]) -> [Bool] {
    var monitor = LimitMonitor(kind: kind, margin: 0.5)
    return values.map { monitor.isBeyond($0, limit: limit) }
  }

  @Test("a high limit is crossed above it and left a margin below")
  func high() {
    #expect(trace(.high, limit: 30, [30, 30.1, 30, 29.6, 29.5, 29.9]) == [false, true, true, true, false, false])
  }

  @Test("a low limit is crossed below it and left a margin above")
  func low() {
    #expect(trace(.low, limit: 20, [20, 19.9, 20.4, 20.5, 20.1]) == [false, true, true, false, false])
  }

  @Test("no value is beyond no limit, and forgets")
  func missing() {
    #expect(trace(.high, limit: 30, [31, nil, 29.8]) == [true, false, false])
    #expect(trace(.high, limit: nil, [1e9]) == [false])
  }
}
