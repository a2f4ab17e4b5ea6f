// [[output]]

import Climate
import Controller
import Drivers
import TOML

/// An output as it is written.
struct OutputSection {
  var name: String
  var kind: OutputKind
  var pin: BoardPin
  var failsafe: LossPolicy
  var constraints: OutputConstraints
  var interlock: String?
  var isActiveLow: Bool
  var cycle: Duration
  var onSensorLoss: LossPolicy
  var highLimit: Double?
  /// Of a fan: what it moves, m³/h.
  var flow: Double?
  /// Of a heater or a source of CO2: whether it is a fire.
  var burns = false
  /// Of a vent or a shade screen: pin of the relay that closes it, or draws it back, and time from end to end.
  var closing: (pin: BoardPin, travel: Duration, failsafe: LossPolicy)?
  /// How far a vent may open in wind and rain, and a shade screen be drawn in wind.
  var wind: WeatherSection?
  var rain: WeatherSection?
  /// Of an alarm relay: least severity of an alarm for which it falls.
  var callsFrom = AlarmSeverity.critical
  var location: SourceLocation

  /// What an output of a kind can stand unless told otherwise (`agronomy.md` §5.1, relay protection; §1.3, hard limit).
  private struct Defaults {
    var minimumOn = Duration.seconds(10)
    var minimumOff = Duration.seconds(10)
    var maximumOn: Duration?
    var cycle = Duration.minutes(5)
    var onSensorLoss = LossPolicy.off

    init(_ kind: OutputKind) {
      switch kind {
      case .heater: (minimumOn, minimumOff, maximumOn, cycle) = (.seconds(60), .seconds(60), .minutes(30), .minutes(3))
      case .fan:
        (minimumOn, minimumOff) = (.seconds(30), .seconds(60))
        onSensorLoss = .duty(share: 0.2, period: .minutes(15))
      case .circulation:
        (minimumOn, minimumOff) = (.seconds(30), .seconds(60))
        onSensorLoss = .on
      case .mister: (minimumOn, minimumOff, maximumOn, cycle) = (.seconds(5), .seconds(30), .minutes(10), .minutes(3))
      case .dehumidifier: (minimumOn, minimumOff, cycle) = (.seconds(120), .seconds(180), .minutes(15))
      case .pump, .valve: (minimumOn, minimumOff, maximumOn) = (.zero, .zero, .minutes(30))
      case .light: (minimumOn, minimumOff) = (.zero, .zero)
      case .vent, .ventClosing, .shade, .shadeRetracting: (minimumOn, minimumOff) = (.seconds(1), .seconds(1))
      case .co2: (minimumOn, minimumOff, maximumOn) = (.seconds(10), .seconds(30), .hours(2))
      case .alarm: (minimumOn, minimumOff) = (.zero, .zero)
      }
    }
  }

  init?(_ reader: TableReader, board: Board?) {
    defer { reader.finish() }
    let name = reader.name()
    if !reader.has("kind") { reader.missing("kind") }
    let kind = reader.outputKind("kind")
    let pinName = reader.required("pin")
    let motor = kind.flatMap { Motor($0) }
    let failsafe = motor == nil ? Self.failsafe(reader, kind) : .off
    let active = reader.string("active")
    let closing = motor.flatMap { Self.closing(reader, board, $0, isActiveLow: active == "low") }
    if motor != nil { wind = reader.section("wind") { WeatherSection.wind($0) } }
    if kind == .vent { rain = reader.section("rain") { WeatherSection.rain($0) } }
    if let kind {
      Self.refuseMotorKeys(reader, kind, motor)
    } else {
      reader.leave(["pin-close", "pin-retract", "travel", "wind", "rain", "severity", "burns"])
    }
    if let severity = kind.flatMap({ Self.alarmKeys(reader, $0) }) { callsFrom = severity }
    let defaults = Defaults(kind ?? .light)
    let day = Duration.hours(24)
    let minimumOn = reader.duration("min-on", in: .zero...Duration.hours(1)) ?? defaults.minimumOn
    let minimumOff = reader.duration("min-off", in: .zero...Duration.hours(1)) ?? defaults.minimumOff
    let maximumOn = reader.duration("max-on", in: .seconds(1)...day) ?? defaults.maximumOn
    let starts = reader.integer("starts-per-hour").flatMap {
      reader.check(Double($0), "starts-per-hour", in: 1...3_600)
    }
    // Refused above, once.
    let interlock = kind == .alarm ? nil : reader.string("interlock")
    let deadTime =
      reader.duration("dead-time", in: .zero...Duration.hours(1))
      ?? (motor != nil ? .seconds(2) : interlock == nil ? .zero : .seconds(1))
    if let active, active != "high", active != "low" {
      reader.faults.unknown(
        ("active level", "有效电平"), active, at: reader.valueLocation(of: "active"), among: ["high", "low"])
    }
    let cycle = reader.duration("cycle", in: .seconds(10)...Duration.hours(1)) ?? defaults.cycle
    let onSensorLoss = reader.policy("on-sensor-loss") ?? defaults.onSensorLoss
    let highLimit = Self.highLimit(reader, kind)
    flow = reader.quantity("flow", .airFlow, in: 10...500_000)
    if kind != .fan, kind != nil { reader.refuse("flow", "only a fan has flow", "只有风机（fan）有 flow") }
    if kind == .heater || kind == .co2 {
      burns = reader.boolean("burns") ?? false
    } else if kind != nil {
      reader.refuse("burns", "only a heater or co2 burns", "只有加热器（heater）或补CO2（co2）有 burns")
    }
    let constraints = OutputConstraints(
      minimumOn: minimumOn, minimumOff: minimumOff, maximumOn: maximumOn, startsPerHour: starts.map { Int($0) },
      deadTime: deadTime, waitsForTurn: kind != .alarm)
    Self.check(constraints, reader)
    let pin = Self.pin(pinName, "pin", reader, board, isActiveLow: active == "low", kind)
    guard let name, let kind, let pin, let failsafe, motor == nil || closing != nil else { return nil }
    (self.name, self.kind, self.pin, self.failsafe) = (name, kind, pin, failsafe)
    (self.constraints, self.interlock, isActiveLow) = (constraints, interlock, active == "low")
    (self.cycle, self.onSensorLoss, self.highLimit) = (cycle, onSensorLoss, highLimit)
    self.closing = closing
    location = reader.location
  }

  /// What an alarm relay alone has, and what it cannot have: it is on for as long as all is well, and falls at once when it is not.
  private static func alarmKeys(_ reader: TableReader, _ kind: OutputKind) -> AlarmSeverity? {
    guard kind == .alarm else {
      reader.refuse("severity", "only an alarm relay has severity", "只有报警继电器（alarm）有 severity")
      return nil
    }
    let limits = [
      "min-on", "min-off", "max-on", "starts-per-hour", "interlock", "dead-time", "cycle", "on-sensor-loss",
    ]
    for key in limits {
      reader.refuse(
        key, "an alarm relay has no \(key): it is on for as long as all is well, and falls at once when it is not",
        "报警继电器没有 \(key)：一切正常时始终吸合，否则立即释放")
    }
    return reader.named("severity", ("severity", "级别"), AlarmSeverity.self)
  }

  /// The outputs of a section: two for a vent or a shade screen, whose motor has a relay for either way.
  static func sections(_ reader: TableReader, board: Board?) -> [OutputSection] {
    guard var opening = OutputSection(reader, board: board) else { return [] }
    guard let (pin, _, failsafe) = opening.closing, let motor = Motor(opening.kind) else { return [opening] }
    if let interlock = opening.interlock {
      reader.faults.error(
        reader.location(of: "interlock"),
        "a \(opening.kind.rawValue) has an interlock of its own between its two relays; take \"\(interlock)\" out",
        "\(motor.chinese)的两个继电器已自带互锁；请删去“\(interlock)”")
    }
    opening.interlock = "\(opening.kind.rawValue) \(opening.name)"
    var closing = opening
    (closing.name, closing.kind, closing.pin) = (opening.name + motor.suffix, motor.wayBack, pin)
    (closing.failsafe, closing.closing, closing.onSensorLoss) = (failsafe, nil, .off)
    (closing.wind, closing.rain) = (nil, nil)
    return [opening, closing]
  }

  private static func closing(
    _ reader: TableReader, _ board: Board?, _ motor: Motor, isActiveLow: Bool
  ) -> (pin: BoardPin, travel: Duration, failsafe: LossPolicy)? {
    let failsafes = [motor.closes, "stay"]
    // The pin of another kind of motor is told as that.
    let pinKeys = reader.has(motor.otherPinKey) ? [] : [motor.pinKey]
    for key in pinKeys + ["travel", "failsafe"] where !reader.has(key) {
      reader.missing(
        key, because: key == "failsafe" ? ": write failsafe = \"\(motor.closes)\" or \"stay\"" : "",
        key == "failsafe" ? "：应写 failsafe = \"\(motor.closes)\" 或 \"stay\"" : "")
    }
    let name = reader.string(motor.pinKey)
    let travel = reader.duration("travel", in: .seconds(1)...Duration.hours(1))
    let failsafe = reader.string("failsafe")
    if let failsafe, !failsafes.contains(failsafe) {
      reader.faults.unknown(
        ("failsafe of a \(motor.kind.rawValue)", "\(motor.chinese)的 failsafe"), failsafe,
        at: reader.valueLocation(of: "failsafe"), among: failsafes)
    }
    let pin = pin(name, motor.pinKey, reader, board, isActiveLow: isActiveLow, motor.kind)
    guard let pin, let travel, let failsafe, failsafes.contains(failsafe) else { return nil }
    return (pin, travel, failsafe == motor.closes ? .on : .off)
  }

  private static func refuseMotorKeys(_ reader: TableReader, _ kind: OutputKind, _ motor: Motor?) {
    if kind != .vent {
      let (instead, other) = kind == .shade ? ("; a shade has pin-retract", "；遮阳用 pin-retract") : ("", "")
      reader.refuse("pin-close", "only a vent has pin-close" + instead, "只有天窗（vent）有 pin-close" + other)
      reader.refuse("rain", "only a vent has rain", "只有天窗（vent）有 rain")
    }
    if kind != .shade {
      let (instead, other) = kind == .vent ? ("; a vent has pin-close", "；天窗用 pin-close") : ("", "")
      reader.refuse("pin-retract", "only a shade has pin-retract" + instead, "只有遮阳（shade）有 pin-retract" + other)
    }
    guard motor == nil else { return }
    for key in ["travel", "wind"] {
      reader.refuse(key, "only a vent or a shade has \(key)", "只有天窗（vent）或遮阳（shade）有 \(key)")
    }
  }

  private static func failsafe(_ reader: TableReader, _ kind: OutputKind?) -> LossPolicy? {
    guard reader.has("failsafe") else {
      reader.missing(
        "failsafe", because: ": say what the output does without the controller, such as failsafe = \"off\"",
        "：请说明控制器失效时的状态，如 failsafe = \"off\"")
      return nil
    }
    // Of a kind that nobody knows it may be a motor's.
    if kind == nil, let word = reader.string("failsafe"), ["close", "retract", "stay"].contains(word) { return nil }
    guard let policy = reader.policy("failsafe") else { return nil }
    if kind == .co2, policy != .off {
      reader.faults.error(
        reader.valueLocation(of: "failsafe"), "the failsafe of CO2 must be \"off\": people suffocate in it",
        "补CO2的 failsafe 只能是“off”：会使人窒息")
    }
    if kind == .alarm, policy != .off {
      reader.faults.error(
        reader.valueLocation(of: "failsafe"),
        "the failsafe of an alarm relay must be \"off\": it is the relay that falls which sounds the siren, on its normally closed contact",
        "报警继电器的 failsafe 只能是“off”：继电器释放时由常闭触点接通警报器")
    }
    guard kind == .heater else { return policy }
    switch policy {
    case .off: return policy
    case .holdThenOff(let hold) where hold <= .seconds(60): return policy
    default:
      reader.faults.error(
        reader.valueLocation(of: "failsafe"), "a heater's failsafe must be \"off\" or \"hold\" of at most 60s",
        "加热器的 failsafe 只能是“off”或不超过60s的“hold”")
      return nil
    }
  }

  private static func highLimit(_ reader: TableReader, _ kind: OutputKind?) -> Double? {
    let limit = reader.quantity("high-limit", .temperature, in: 5...130)
    if kind != .heater, kind != nil, reader.has("high-limit") {
      reader.faults.error(reader.location(of: "high-limit"), "only a heater has a high-limit", "只有加热器有 high-limit")
    }
    // Cut-out proposed for young larvae; 30 °C for grown ones is set by the site.
    return kind == .heater ? limit ?? 32 : nil
  }

  private static func check(_ constraints: OutputConstraints, _ reader: TableReader) {
    if let maximum = constraints.maximumOn, maximum < constraints.minimumOn {
      reader.faults.error(
        reader.location(of: reader.has("max-on") ? "max-on" : "min-on"), "max-on is shorter than min-on",
        "max-on 短于 min-on")
    }
  }

  private static func pin(
    _ name: String?, _ key: String, _ reader: TableReader, _ board: Board?, isActiveLow: Bool, _ kind: OutputKind?
  ) -> BoardPin? {
    guard let name, let board else { return nil }
    let place = reader.valueLocation(of: key)
    guard let pin = board.pin(named: name) else {
      reader.faults.unknown(("pin", "引脚"), name, at: place, among: board.pins.compactMap(\.names.first))
      return nil
    }
    if let use = pin.reservedFor {
      reader.faults.error(place, "pin \(name) is used by \(use)", "引脚 \(name) 已用于 \(use)")
      return nil
    }
    let startsOn = isActiveLow ? pin.bootPull != .up : pin.bootPull != .down
    if startsOn {
      let english =
        "pin \(name) switches the relay on while the board starts (its resistor pulls \(pin.bootPull.rawValue))"
      let chinese = "开机时引脚 \(name) 会使继电器吸合（电阻上下拉：\(pin.bootPull.rawValue)）"
      if kind == .heater {
        reader.faults.error(place, english + "; a heater needs another pin", chinese + "；加热器须换用其他引脚")
      } else if kind == .alarm {
        reader.faults.error(
          place, english + ", and says that all is well while nobody looks; an alarm relay needs another pin",
          chinese + "，无人监视时也显示正常；报警继电器须换用其他引脚")
      } else {
        reader.faults.warning(place, english, chinese)
      }
    }
    return pin
  }
}
