// What goes wrong in a run: the fault catalogue as events with times, drawn from a seed.

import Configuration
import Controller
import Simulator

/// One thing that goes wrong, or that a person does.
public struct FaultEvent: Sendable {
  /// What happens. Numbers in angle brackets are those of the catalogue in `docs/safety-case.md`.
  public enum Kind: Hashable, Sendable {
    /// The controller's process is killed, by a trap, the kernel or a person; it is started again ‹F1, F10›.
    case controllerKilled
    /// The controller's process stands still ‹F2, F48›.
    case controllerHung
    /// The controller dies at each start for a while ‹F1, F14, F16›.
    case controllerCrashLoop
    /// The controller's memory of what it wants is garbage: it asks for anything at all, with honest temperatures.
    case controllerRogue
    /// The controller asks for outputs of another table ‹F54, F62›.
    case controllerOfOtherTable
    /// Frames are lost, damaged or heard twice.
    case framesDamaged
    /// The guardian's process is killed ‹F4›.
    case guardianKilled
    /// The guardian's process stands still until its watchdog ends it ‹F5›.
    case guardianHung
    /// The guardian's lines are held by somebody else when it starts ‹F21›.
    case linesBusy
    /// No power for a while ‹F17, F20›.
    case powerCut
    /// The power comes and goes ‹F18›.
    case brownOuts
    /// A line is shorted to the level that switches its relay on ‹F24›.
    case lineStuckOn(output: Int)
    /// A line cannot be driven ‹F24›.
    case lineStuckOff(output: Int)
    /// A contactor's contacts stick once closed ‹F25›.
    case contactWelded(output: Int)
    /// A contactor does not close ‹F26›.
    case contactDead(output: Int)
    /// A probe does not answer ‹F30, F31, F32›.
    case probeGone(channel: Int)
    /// All probes of a zone do not answer: the bus is stuck ‹F31, F44›.
    case busStuck(zone: Int)
    /// A probe gives the same value for ever ‹F36›.
    case probeFrozen(channel: Int)
    /// A probe gives now and then a value far off ‹F35›.
    case probeSpikes(channel: Int)
    /// A probe walks away from the truth ‹F37›.
    case probeDrifts(channel: Int, upwards: Bool)
    /// A probe gives a value that no sensor measures ‹F34, F38›.
    case probeMagic(channel: Int, value: Double)
    /// A probe answers only every other time ‹F33›.
    case probeGarbled(channel: Int)
    /// A temperature probe has fallen off and lies outside ‹F39›.
    case probeOutside(channel: Int)
    /// Two probes are plugged in each other's place ‹F40›.
    case probesSwapped(channel: Int, other: Int)
    /// The wall clock is set to another time ‹F46›.
    case clockStep(seconds: Int64)
    /// The wall clock is set to another time the next time that water flows ‹F46›.
    case clockStepWhileWatering(seconds: Int64)
    /// The wall clock begins in 1970 after the next boot ‹F45›.
    case clockLost
    /// The log cannot be written: disk full, read-only, failing ‹F49, F50, F51›.
    case diskFails
    /// The log is found damaged at the next start ‹F52›.
    case diskDamaged
    /// A person drives an output by hand, and leaves ‹F61›.
    case overridden(output: Int, on: Bool, minutes: Int)
    /// A person acknowledges all alarms.
    case acknowledged
  }

  /// When it begins, ms since the start of the run.
  public var at: Int64
  /// How long it lasts, ms; 0 for what happens at once.
  public var duration: Int64
  /// What happens.
  public var kind: Kind

  /// When it is over, ms.
  public var end: Int64 { at + duration }
}

extension FaultEvent.Kind {
  /// Whether every second of it matters; what only lasts is simulated closely at its beginning and its end.
  var isDynamic: Bool {
    switch self {
    case .controllerHung, .controllerCrashLoop, .controllerRogue, .controllerOfOtherTable, .framesDamaged,
      .guardianHung,
      .linesBusy, .brownOuts, .probeSpikes, .probeGarbled:
      true
    default: false
    }
  }

  /// Whether no second of it matters: nothing hangs on when exactly a person looks in.
  var isQuiet: Bool { self == .acknowledged }
}

extension FaultEvent.Kind {
  /// The zone whose probes, actuators or people alone are concerned; `nil` for what concerns more than one. A line that is shorted is the
  /// whole house's: the coils' supply falls.
  func zone(in site: ScenarioSite) -> Int? {
    switch self {
    case .lineStuckOff(let output), .contactWelded(let output), .contactDead(let output), .overridden(let output, _, _):
      site.zones.firstIndex { $0.outputs & (1 << UInt32(output)) != 0 }
    case .probeGone(let channel), .probeFrozen(let channel), .probeSpikes(let channel), .probeDrifts(let channel, _),
      .probeMagic(let channel, _), .probeGarbled(let channel), .probeOutside(let channel):
      site.zones.firstIndex { $0.channels.contains(channel) }
    case .busStuck(let zone): zone
    default: nil
    }
  }
}

/// Draws the events of a run.
struct FaultDrawer {
  private static let minute: Int64 = 60_000
  private static let hour: Int64 = 3_600_000

  private var generator: SeededGenerator
  private let site: ScenarioSite
  private let length: Int64

  init(seed: UInt64, site: ScenarioSite, length: Int64) {
    generator = SeededGenerator(seed: seed, purpose: "faults")
    (self.site, self.length) = (site, length)
  }

  /// The events in the order of their times. Each run draws a subset of the kinds and a rate, so that some runs are full of one trouble and
  /// others have a little of each.
  /// - Parameter end: nothing begins or lasts after it.
  mutating func draw(until end: Int64) -> [FaultEvent] {
    let kinds = (0..<Self.families.count).filter { _ in generator.uniform() < 0.45 }
    guard !kinds.isEmpty else { return [] }
    let count = 4 + Int(generator.next() % 12)
    var events: [FaultEvent] = []
    for _ in 0..<count {
      let family = Self.families[kinds[Int(generator.next() % UInt64(kinds.count))]]
      let at = Self.hour + Int64(generator.next() % UInt64(max(end - 2 * Self.hour, 1)))
      events += family(&self, at).filter { $0.at < end }
    }
    for index in events.indices { events[index].duration = min(events[index].duration, end - events[index].at) }
    // In times of trouble people look in, a few times a week.
    var visit = Int64(generator.next() % UInt64(60 * Self.hour))
    while visit < length {
      events.append(FaultEvent(at: visit, duration: 0, kind: .acknowledged))
      visit += 12 * Self.hour + Int64(generator.next() % UInt64(72 * Self.hour))
    }
    return events.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }

  private typealias Family = @Sendable (inout FaultDrawer, Int64) -> [FaultEvent]

  /// What can be drawn, each with how it comes about.
  private static let families: [Family] = [
    { [$0.event($1, 0, .controllerKilled)] },
    { [$0.event($1, $0.seconds(2, 700), .controllerHung)] },
    { [$0.event($1, $0.seconds(10, 400), .controllerCrashLoop)] },
    { [$0.event($1, $0.seconds(60, 1_800), .controllerRogue)] },
    { [$0.event($1, $0.seconds(30, 300), .controllerOfOtherTable)] },
    { [$0.event($1, $0.seconds(10, 300), .framesDamaged)] },
    { [$0.event($1, 0, .guardianKilled)] },
    { [$0.event($1, $0.seconds(1, 30), .guardianHung)] },
    { drawer, at in
      [drawer.event(at, 0, .guardianKilled), drawer.event(at, drawer.seconds(10, 300), .linesBusy)]
    },
    { [$0.event($1, $0.seconds(1, 6 * 3_600), .powerCut)] },
    { [$0.event($1, $0.seconds(300, 1_500), .brownOuts)] },
    { [$0.event($1, $0.seconds(20, 3_600), .lineStuckOn(output: $0.output()))] },
    { [$0.event($1, $0.seconds(20, 3_600), .lineStuckOff(output: $0.output()))] },
    { [$0.event($1, $0.seconds(600, 12 * 3_600), .contactWelded(output: $0.output()))] },
    { [$0.event($1, $0.seconds(600, 12 * 3_600), .contactDead(output: $0.output()))] },
    { [$0.event($1, $0.seconds(1, 12 * 3_600), .probeGone(channel: $0.probe()))] },
    { [$0.event($1, $0.seconds(1, 4 * 3_600), .busStuck(zone: $0.zone()))] },
    { drawer, at in
      // Two at once that each hide the other's check: somebody or something asks for heat while no temperature is known.
      let stuck = drawer.event(at, drawer.seconds(600, 3_600), .busStuck(zone: drawer.zone()))
      let asks: FaultEvent.Kind =
        drawer.coin()
        ? .controllerRogue : .overridden(output: drawer.site.zones[drawer.zone()].heater, on: true, minutes: 60)
      return [drawer.event(at - 30_000, drawer.seconds(600, 3_600), asks), stuck]
    },
    { [$0.event($1, $0.seconds(3_600, 24 * 3_600), .probeFrozen(channel: $0.probe()))] },
    { [$0.event($1, $0.seconds(60, 900), .probeSpikes(channel: $0.probe()))] },
    { [$0.event($1, $0.seconds(6 * 3_600, 72 * 3_600), .probeDrifts(channel: $0.temperature(), upwards: $0.coin()))] },
    { [$0.event($1, $0.seconds(60, 4 * 3_600), .probeMagic(channel: $0.probe(), value: $0.magic()))] },
    { [$0.event($1, $0.seconds(60, 900), .probeGarbled(channel: $0.probe()))] },
    { [$0.event($1, $0.seconds(3_600, 12 * 3_600), .probeOutside(channel: $0.temperature()))] },
    { drawer, at in
      let (channel, other) = (drawer.temperature(), drawer.temperature())
      return [drawer.event(at, drawer.seconds(600, 6 * 3_600), .probesSwapped(channel: channel, other: other))]
    },
    { [$0.event($1, 0, .clockStep(seconds: $0.step()))] },
    { [$0.event($1, 72 * hour, .clockStepWhileWatering(seconds: $0.step()))] },
    { drawer, at in
      [
        drawer.event(at, 0, .clockLost),
        drawer.event(at + minute, drawer.seconds(5, 60), .powerCut),
        drawer.event(at + minute + drawer.seconds(600, 7_200), 0, .clockStep(seconds: 1_700_000_000)),
      ]
    },
    { [$0.event($1, $0.seconds(600, 48 * 3_600), .diskFails)] },
    { drawer, at in [drawer.event(at, 0, .diskDamaged), drawer.event(at + 10_000, 0, .controllerKilled)] },
    { drawer, at in
      var events = [drawer.event(at, 0, drawer.override())]
      if drawer.coin() {
        events.append(drawer.event(at + drawer.seconds(30, 3_600), 0, .controllerKilled))
      }
      return events
    },
    { [$0.event($1, 0, $0.override())] },
  ]

  private func event(_ at: Int64, _ duration: Int64, _ kind: FaultEvent.Kind) -> FaultEvent {
    FaultEvent(at: at / 1_000 * 1_000, duration: duration, kind: kind)
  }

  /// A duration in ms between two numbers of seconds, short ones as likely as long ones.
  private mutating func seconds(_ low: Int64, _ high: Int64) -> Int64 {
    let range = UInt64(high - low)
    let wide = Int64(generator.next() % (range + 1))
    let narrow = Int64(generator.next() % (range / 20 + 1))
    return (low + (coin() ? wide : narrow)) * 1_000
  }

  private mutating func coin() -> Bool { generator.next() & 1 == 0 }

  private mutating func zone() -> Int { Int(generator.next() % UInt64(site.zones.count)) }

  /// An output that trouble may befall: not the vent and the alarm relay, whose own checks are about what the device does with sound ones.
  private mutating func output() -> Int {
    let count = site.configuration.plan.outputs.count {
      !($0.kind.isPositioned || $0.kind.isWayBack || $0.kind == .alarm)
    }
    return Int(generator.next() % UInt64(count))
  }

  private mutating func probe() -> Int {
    let zone = site.zones[zone()]
    let channels = zone.temperatures + zone.temperatures + zone.humidities + (zone.co2.map { [$0] } ?? []) + zone.soil
    return channels[Int(generator.next() % UInt64(channels.count))]
  }

  private mutating func temperature() -> Int {
    let channels = site.zones[zone()].temperatures
    return channels[Int(generator.next() % UInt64(channels.count))]
  }

  private mutating func magic() -> Double {
    let values = [0, -45, 130, 85, -127, 100, 6_553.5, -273.15, .nan, .infinity]
    return values[Int(generator.next() % UInt64(values.count))]
  }

  private mutating func step() -> Int64 {
    let steps: [Int64] = [3_600, -3_600, 86_400, -86_400, 5, -5, 31_536_000, -1_700_000_000]
    return steps[Int(generator.next() % UInt64(steps.count))]
  }

  private mutating func override() -> FaultEvent.Kind {
    let minutes = [1, 10, 60, 240, 1_000][Int(generator.next() % 5)]
    return .overridden(output: output(), on: generator.uniform() < 0.7, minutes: minutes)
  }
}
