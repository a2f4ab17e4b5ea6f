// What a device consists of, compiled from its configuration: the controller's only view of it.

public import Climate

/// Where a channel's readings come from.
public enum ChannelSource: Equatable, Sendable {
  /// One quantity of one sensor, judged by these limits.
  case probe(QualityLimits)
  /// Several probes of a zone that measure the same.
  case group(ProbeGroup)
}

/// One channel.
public struct ChannelPlan: Equatable, Sendable {
  /// Unique name: `north.temperature` for a probe, `shed.temperature` for a zone.
  public var name: String
  /// What it measures.
  public var quantity: Quantity
  /// Where its readings come from.
  public var source: ChannelSource

  /// A channel from its parts.
  public init(name: String, quantity: Quantity, source: ChannelSource) {
    self.name = name
    self.quantity = quantity
    self.source = source
  }
}

/// What hangs on an output.
public enum OutputKind: String, Codable, Sendable, CaseIterable {
  /// Electric heater, stove fan, hot-air furnace.
  case heater
  /// Fan that exchanges air with the outside.
  case fan
  /// Fan that moves the air inside.
  case circulation
  /// Humidifier, mister or fogger.
  case mister
  /// Dehumidifier.
  case dehumidifier
  /// Pump.
  case pump
  /// Irrigation valve.
  case valve
  /// Lamp.
  case light
  /// Motor of a vent, running so that it opens.
  case vent
  /// The same motor, running so that it closes. Made of a vent, never written.
  case ventClosing = "vent-closing"
  /// Motor of a shade screen, running so that it is drawn.
  case shade
  /// The same motor, running so that the screen is drawn back. Made of a shade, never written.
  case shadeRetracting = "shade-retracting"
  /// Carbon dioxide for plants: valve of a bottle, or burner.
  case co2
  /// Relay that holds a siren off: on while all is well, so that a cut wire is an alarm. The siren hangs on its normally closed contact.
  case alarm
}

extension OutputKind {
  /// Whether it only moves air: what a shed can least do without, and what can do it no harm.
  var isAir: Bool {
    switch self {
    case .fan, .circulation, .vent, .ventClosing: true
    case .heater, .mister, .dehumidifier, .pump, .valve, .light, .shade, .shadeRetracting, .co2, .alarm: false
    }
  }

  /// Whether air from outside comes in while it is on, or open. The motor that closes a vent does not count.
  public var letsAirIn: Bool { self == .fan || self == .vent }

  /// Whether it is the way back of a motor that runs either way, and belongs to the output that runs it forth.
  public var isWayBack: Bool { self == .ventClosing || self == .shadeRetracting }

  /// Whether it is a motor with a position, and a relay for either way.
  public var isPositioned: Bool { self == .vent || self == .shade }

  /// Whether a person may drive it by hand. Nobody says that all is well but the controller, by its alarms.
  public var obeysPeople: Bool { self != .alarm }
}

/// One output.
public struct OutputPlan: Equatable, Sendable {
  /// Unique name: `heater`.
  public var name: String
  /// What hangs on it.
  public var kind: OutputKind
  /// What it can stand.
  public var constraints: OutputConstraints
  /// Period of time-proportional switching at a demand of one half.
  public var cycle: Duration
  /// What it does when the reading of its law is lost.
  public var onReadingLost: LossPolicy
  /// Temperature of its zone, °C, from which a heater stays off whatever anyone asks; `nil` for other kinds.
  public var highLimit: Double?
  /// The zone whose temperature is the evidence a heater needs; `nil` for other kinds.
  public var evidenceZone: ZoneID?
  /// Travel and closing output of a vent, or of a shade screen, which "opens" when it is drawn; `nil` for other kinds.
  public var vent: VentPlan?
  /// Least severity of an alarm for which an alarm relay falls; other kinds look at none.
  public var callsFrom = AlarmSeverity.critical
  /// Whether it is a fire, which can fill its house with carbon monoxide.
  public var burns = false
  /// What a fan moves in its house, m³/h; `nil` where nobody has said, and for other kinds.
  public var flow: Double?

  /// An output from its parts.
  public init(
    name: String, kind: OutputKind, constraints: OutputConstraints, cycle: Duration, onReadingLost: LossPolicy,
    highLimit: Double? = nil, evidenceZone: ZoneID? = nil, vent: VentPlan? = nil
  ) {
    self.name = name
    self.kind = kind
    self.constraints = constraints
    self.cycle = cycle
    self.onReadingLost = onReadingLost
    self.highLimit = highLimit
    self.evidenceZone = evidenceZone
    self.vent = vent
  }
}

extension OutputPlan {
  /// Whether it is a vent, or a screen, that wind or rain limits.
  var isWeatherBound: Bool { vent.map { $0.wind != nil || $0.rain != nil } ?? false }

  /// Whether what the weather withholds is an alarm: air that its zone needs.
  var isMissedInBadWeather: Bool { kind == .vent && isWeatherBound }
}

/// The law of a loop.
public enum LawPlan: Equatable, Sendable {
  /// On beyond a band, off at the setpoint; the band in the unit of the quantity.
  case hysteresis(band: Double)
  /// PID with time-proportional output.
  case pid(PIDParameters)
  /// Demand that grows over a width, time-proportional.
  case proportional(width: Double)
  /// Dead-time compensation with a model of the zone, time-proportional.
  case predictive(ProcessModel)
}

/// A loop: a quantity held at its setpoint by outputs that all move it the same way.
public struct LoopPlan: Equatable, Sendable {
  /// The quantity held.
  public var quantity: Quantity
  /// Which way its outputs move it.
  public var direction: Direction
  /// Its law.
  public var law: LawPlan
  /// Its outputs, in the order in which they are brought in.
  public var outputs: [OutputID]
  /// Distance from the setpoint, on the side where it acts, at which it begins; in the unit of the quantity.
  public var offset: Double
  /// Whether it acts only while the air outside is of use: against moisture while it holds less water than the air inside, against warmth
  /// unless it is known to be no cooler.
  public var needsUsefulOutside: Bool
  /// How its proportional band grows with the cold outside; `nil` for not at all.
  public var widening: BandWidening?

  /// A loop from its parts.
  public init(
    quantity: Quantity, direction: Direction, law: LawPlan, outputs: [OutputID], offset: Double = 0,
    needsUsefulOutside: Bool = false, widening: BandWidening? = nil
  ) {
    self.widening = widening
    self.quantity = quantity
    self.direction = direction
    self.law = law
    self.outputs = outputs
    self.offset = offset
    self.needsUsefulOutside = needsUsefulOutside
  }
}

/// A bed that is watered.
public struct BedPlan: Equatable, Sendable {
  /// The valve; `nil` if the pump alone decides.
  public var valve: OutputID?
  /// The pump; `nil` if the valve alone decides.
  public var pump: OutputID?
  /// Flow, dose, soak and cap.
  public var irrigation: IrrigationPlan

  /// The output that stands for the water: the pump, or the valve where there is none.
  var source: OutputID? { pump ?? valve }

  /// A bed from its parts.
  public init(valve: OutputID?, pump: OutputID?, irrigation: IrrigationPlan) {
    self.valve = valve
    self.pump = pump
    self.irrigation = irrigation
  }
}

/// One zone: one climate.
public struct ZonePlan: Equatable, Sendable {
  /// Unique name: `shed`.
  public var name: String
  /// The zone's channels, at most one of each quantity.
  public var channels: QuantityMap<ChannelID>
  /// Temperature and humidity of the air outside, and the light there, where they are measured.
  public var outside: QuantityMap<ChannelID>
  /// The loops.
  public var loops: [LoopPlan]
  /// Outputs of minimum ventilation and of airing against CO2 and ammonia, in the order in which they are brought in.
  public var ventilation: [OutputID]
  /// How often another of several outputs becomes the first of its list; `nil` to keep the order.
  public var rotation: Duration?
  /// Width of the CO2 band, ppm, over which airing grows to full.
  public var co2Width: Double
  /// Width of the ammonia band, ppm, over which airing grows to full. Engineering proposal: from where silkworms are aired, 5 ppm, to where
  /// people are warned, 10 ppm (`agronomy.md` §1.6).
  public var ammoniaWidth = 5.0
  /// Carbon monoxide, ppm, from which the zone's fires are off and all its fans run; `nil` where nobody measures it.
  public var carbonMonoxideLimit: Double?
  /// The bed, if the zone is watered.
  public var bed: BedPlan?
  /// Carbon dioxide for plants, if it is given.
  public var dosing: DosingPlan?
  /// Shade screens, if it has any.
  public var shade: ShadePlan?
  /// How it is kept from dew, if it is.
  public var dew: DewPlan?
  /// The programme; `nil` if the setpoints are fixed.
  public var recipe: Recipe?
  /// Stage at which the recipe begins where nothing is remembered.
  public var firstStage: Int
  /// Whether the recipe stays in its first stage instead of going on by time.
  public var holdsStage: Bool
  /// Setpoints that hold without a recipe, and for what a stage leaves open.
  public var setpoints: Setpoints
  /// Of these the humidity, where it is not given as relative humidity.
  public var humidityAim: HumidityAim?
  /// Lamps that follow the recipe's light programme.
  public var lights: [OutputID] = []
  /// Boxes of silkworms (张) that are reared in the zone; `nil` where nobody has said.
  public var boxes: Double?
  /// How long a limit must be crossed before its alarm is raised.
  public var alarmDelay: Duration

  /// A zone from its parts.
  public init(
    name: String, channels: QuantityMap<ChannelID>, outside: QuantityMap<ChannelID> = [:], loops: [LoopPlan] = [],
    ventilation: [OutputID] = [], co2Width: Double = 1_000, bed: BedPlan? = nil, recipe: Recipe? = nil,
    firstStage: Int = 0,
    holdsStage: Bool = false, setpoints: Setpoints = Setpoints(), alarmDelay: Duration = .minutes(5)
  ) {
    self.name = name
    self.channels = channels
    self.outside = outside
    self.loops = loops
    self.ventilation = ventilation
    self.co2Width = co2Width
    self.bed = bed
    self.recipe = recipe
    self.firstStage = firstStage
    self.holdsStage = holdsStage
    self.setpoints = setpoints
    self.alarmDelay = alarmDelay
  }
}

/// A whole device.
public struct Plan: Equatable, Sendable {
  /// Most outputs of one device: the bits of a lease frame.
  public static let maximumOutputs = 32
  /// Most zones of one device: the evidence slots of a lease frame.
  public static let maximumZones = 8

  /// Name of the site.
  public var site: String
  /// Altitude of the site, m.
  public var altitude: Double
  /// Time zone of the site, for screens: a name of the tz database.
  public var timeZone: String
  /// Where the site is, for programmes that follow the clock or the sun.
  public var place: SitePlace
  /// All channels; groups after the probes they are made of.
  public var channels: [ChannelPlan]
  /// All outputs.
  public var outputs: [OutputPlan]
  /// All zones.
  public var zones: [ZonePlan]
  /// How often a sample of every channel is recorded.
  public var sampleInterval: Duration
  /// Shortest time between two starts of outputs after the controller has begun.
  public var startSpacing: Duration
  /// Whether the sensors are simulated: readings that pass every test are then `simulated` instead of `good`.
  public var isSimulated: Bool

  /// A plan from its parts.
  public init(
    site: String, altitude: Double, timeZone: String = "UTC", place: SitePlace? = nil, channels: [ChannelPlan],
    outputs: [OutputPlan], zones: [ZonePlan],
    sampleInterval: Duration = .seconds(10), startSpacing: Duration = .seconds(5), isSimulated: Bool = false
  ) {
    self.site = site
    self.altitude = altitude
    self.timeZone = timeZone
    self.place =
      place ?? SitePlace(position: GeographicPosition(latitude: 0, longitude: 0, altitude: altitude))
    self.channels = channels
    self.outputs = outputs
    self.zones = zones
    self.sampleInterval = sampleInterval
    self.startSpacing = startSpacing
    self.isSimulated = isSimulated
  }

  /// The channel of a name.
  public func channel(named name: String) -> ChannelID? {
    channels.firstIndex { $0.name == name }.map { ChannelID($0) }
  }

  /// The output of a name.
  public func output(named name: String) -> OutputID? {
    outputs.firstIndex { $0.name == name }.map { OutputID($0) }
  }

  /// The zone of a name.
  public func zone(named name: String) -> ZoneID? {
    zones.firstIndex { $0.name == name }.map { ZoneID($0) }
  }

  /// The zone whose air an output burns; `nil` for one that does not burn.
  func zone(ofFire output: OutputID) -> ZoneID? {
    guard outputs[output.index].burns else { return nil }
    return zones.firstIndex {
      $0.loops.contains { $0.outputs.contains(output) } || $0.dosing?.outputs.contains(output) == true
    }.map { ZoneID($0) }
  }

  /// The zone with a guard against dew whose air an output moistens; `nil` for one that may always run.
  func zone(moistenedBy output: OutputID) -> ZoneID? {
    guard outputs[output.index].kind == .mister else { return nil }
    return zones.firstIndex { zone in zone.dew != nil && zone.loops.contains { $0.outputs.contains(output) } }
      .map { ZoneID($0) }
  }

  /// Whether a channel is one of a zone's, and not of the air outside or of a single probe.
  func isOfZone(_ channel: ChannelID) -> Bool {
    zones.contains { $0.channels.present.contains { $0.value == channel } }
  }
}
