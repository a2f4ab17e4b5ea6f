// The laws of one zone: readings and setpoints in, claims on outputs out.

import Climate

/// The laws of one zone with what they remember.
struct ZoneControl: Sendable {
  /// The law of a loop with what it remembers: one of these. As alternatives of an enumeration they would be copied out and back in
  /// every step.
  private struct Law: Sendable {
    var hysteresis: Hysteresis?
    var pid: PID?
    var proportional: ProportionalBand?
    var predictive: PredictiveLaw?

    init(_ loop: LoopPlan) {
      switch loop.law {
      case .hysteresis(let band): hysteresis = Hysteresis(direction: loop.direction, band: band)
      case .pid(let parameters): pid = PID(direction: loop.direction, parameters: parameters)
      case .proportional(let width): proportional = ProportionalBand(direction: loop.direction, width: width)
      case .predictive(let model): predictive = PredictiveLaw(direction: loop.direction, model: model)
      }
    }

    mutating func reset() {
      hysteresis?.reset()
      pid?.reset()
      predictive?.reset()
    }
  }

  /// A loop as the step needs it: plain numbers.
  private struct Loop: Sendable {
    let quantity: Quantity
    let direction: Direction
    let offset: Double
    let needsUsefulOutside: Bool
    let rule: Rule
    let channel: ChannelID?
  }

  let plan: ZonePlan
  /// Place in the recipe; `nil` without one.
  private(set) var progress: RecipeProgress?
  /// The zone's channels.
  let channels: [(quantity: Quantity, value: ChannelID)]
  /// What the zone aims at now.
  private(set) var setpoints: Setpoints
  /// Of these, what is looked at most.
  private(set) var temperature: (setpoint: Double, band: Double)?
  /// The humidity setpoint, where it is not given as relative humidity.
  private(set) var humidityAim: HumidityAim?
  /// A temporary offset on the setpoints; `nil` without one.
  private(set) var offset: SetpointOffset?
  /// Whether the recipe lights the lamps; `nil` if it leaves them alone.
  private(set) var light: Bool?
  /// Whether the recipe forbids light.
  private(set) var isDark = false
  /// Kinds of output that the recipe allows; `nil` for all.
  private(set) var allowed: Set<OutputKind>?
  /// The zone's outputs, one bit each.
  private let outputs: UInt32
  /// When the setpoints are found again, because they move.
  private var nextLookAt = ZoneControl.atOnce
  /// The sky over a bed that is watered by what its plants drink, and over shade screens.
  var sky = Sky()
  private let loops: [Loop]
  /// What each loop drives.
  private let driven: [[OutputID]]
  private var laws: [Law]
  private var ventilation = MinimumVentilation()
  var irrigation: Irrigation
  /// Whether its fires may burn.
  var combustion = CombustionWatch()
  /// How far its shade screens are drawn.
  var shading = Shading()
  /// How near its surfaces are to the dew point; `nil` where nobody asks.
  var dew: DewGuard?
  private var lostSince: QuantityMap<Instant> = [:]
  private var stateAtLoss: [OutputID: Bool] = [:]
  private var lastAt: Instant?
  /// The climate hour by hour.
  private(set) var diary: ClimateDiary
  private var meanTemperature = ExponentialMean(time: ZoneControl.temperatureMeanTime)
  /// What the loops that heat and those that moisten asked for in this step.
  private var (heatingDemand, moisteningDemand) = (0.0, 0.0)

  /// Time constant of the mean temperature that humidity is judged at: several cycles of a heater's relay, and short beside the hours
  /// in which walls and beds follow.
  private static let temperatureMeanTime = Duration.minutes(10)

  /// How often setpoints that move are found again.
  private static let lookInterval = Duration.minutes(1)
  private static let atOnce = Instant(nanoseconds: .min)

  init(
    plan: ZonePlan, progress: (place: RecipeProgress, offset: SetpointOffset?)?, irrigation: Irrigation,
    diary: ClimateDiary
  ) {
    self.diary = diary
    self.plan = plan
    self.progress = plan.recipe == nil ? nil : progress?.place ?? RecipeProgress(stage: plan.firstStage)
    offset = progress?.offset
    self.irrigation = irrigation
    channels = plan.channels.present
    dew = plan.dew.map { DewGuard(lag: $0.lag) }
    outputs = Self.mask(of: plan)
    setpoints = plan.setpoints
    loops = plan.loops.map { loop in
      Loop(
        quantity: loop.quantity, direction: loop.direction, offset: loop.offset,
        needsUsefulOutside: loop.needsUsefulOutside, rule: loop.rule, channel: plan.channels[loop.quantity])
    }
    driven = plan.loops.map(\.outputs)
    laws = plan.loops.map { Law($0) }
    setpoints = stage?.setpoints.completed(by: plan.setpoints) ?? plan.setpoints
    temperature = setpoints.temperature.map { ($0.setpoint, $0.band) }
  }

  /// One bit for each output that the zone's laws use.
  private static func mask(of plan: ZonePlan) -> UInt32 {
    var mask: UInt32 = 0
    let lists: [[OutputID]?] = [
      plan.ventilation, plan.lights, plan.dosing?.outputs, plan.shade?.outputs, plan.dew?.outputs,
      [plan.bed?.valve, plan.bed?.pump].compactMap(\.self),
    ]
    for list in plan.loops.map(\.outputs) + lists.compactMap(\.self) {
      for output in list { mask |= 1 << UInt32(output.index) }
    }
    return mask
  }

  // MARK: Recipe

  /// Whether the recipe's stage locks an output of a kind off.
  @inline(__always) func locks(_ output: OutputID, _ kind: OutputKind) -> Bool {
    guard let allowed, outputs & (1 << UInt32(output.index)) != 0 else { return false }
    return !allowed.contains(kind)
  }

  /// The stage the zone is in; `nil` without a recipe, or with one that a person has ended.
  var stage: Stage? {
    guard let recipe = plan.recipe, let progress, !progress.isStopped else { return nil }
    return recipe.stages[progress.stage]
  }

  /// Puts the zone into a stage that began a while ago.
  mutating func start(stage: Int, ago: Duration = .zero) {
    progress = RecipeProgress(stage: stage, elapsed: ago)
    nextLookAt = Self.atOnce
  }

  /// Stops the recipe's clock or lets it go on.
  mutating func hold(_ isHeld: Bool) {
    progress?.isHeld = isHeld
    if !isHeld { progress?.isStopped = false }
    nextLookAt = Self.atOnce
  }

  /// Ends the recipe.
  mutating func stopRecipe() {
    progress?.isStopped = true
    nextLookAt = Self.atOnce
  }

  /// Moves all setpoints, or ends that.
  mutating func set(_ offset: SetpointOffset?) {
    self.offset = offset
    nextLookAt = Self.atOnce
  }

  /// Lets the recipe go on, and finds the setpoints where they have moved.
  /// - Returns: whether a new stage has begun.
  mutating func advanceRecipe(to now: Instant, wall: WallTime, place: SitePlace) -> Bool {
    defer { lastAt = now }
    if plan.bed?.irrigation.use != nil || plan.shade != nil { sky.look(at: now, wall, place) }
    let isNew = goOn(to: now)
    if isNew || now >= nextLookAt { findSetpoints(at: now, wall, place) }
    return isNew
  }

  private mutating func goOn(to now: Instant) -> Bool {
    guard let recipe = plan.recipe, let lastAt else { return false }
    let elapsed = lastAt.duration(to: now)
    if plan.holdsStage {
      progress?.elapsed += elapsed
      return false
    }
    let temperature = meanTemperature.value.map { Temperature(celsius: $0) }
    return progress?.advance(by: elapsed, at: temperature, in: recipe) == true
  }

  private mutating func findSetpoints(at now: Instant, _ wall: WallTime, _ place: SitePlace) {
    let stage = stage
    let ownAim = stage?.setpoints.humidity == nil ? plan.humidityAim : nil
    let isMoving = stage?.isMoving == true || offset != nil || ownAim != nil
    nextLookAt = isMoving ? now.advanced(by: Self.lookInterval) : Instant(nanoseconds: .max)
    let time = isMoving ? place.localTime(wall) : nil
    let moment = Moment(
      time: time, temperature: meanTemperature.value, psychrometer: place.psychrometer, offset: offset)
    if let recipe = plan.recipe, let progress, stage != nil {
      setpoints = recipe.setpoints(at: progress, moment, over: plan.setpoints, aim: ownAim)
    } else {
      setpoints = plan.setpoints
      setpoints.apply(aim: ownAim, moment)
    }
    humidityAim = ownAim ?? stage?.humidityAim(at: time)
    (light, isDark, allowed) = (stage?.isLit(at: time), stage?.light == .blackout, stage?.allowed)
    temperature = setpoints.temperature.map { ($0.setpoint, $0.band) }
  }

  /// Adds what this zone's laws ask of the outputs.
  /// - Parameter mayWater: whether a bed may be watered now.
  mutating func addClaims(
    to claims: inout Claims, readings: [Reading], outputs: OutputControl, plans: [OutputPlan], mayWater: Bool,
    at now: Instant
  ) {
    let setpoints = self.setpoints
    noteLosses(readings, outputs: outputs, at: now)
    let temperature = reading(of: .temperature, in: readings)?.trusted
    meanTemperature.add(temperature, at: now)
    if plan.recipe?.watches.isEmpty == false {
      diary.add(temperature: temperature, humidity: reading(of: .humidity, in: readings)?.trusted, at: now)
    }
    (heatingDemand, moisteningDemand) = (0, 0)
    watchDew(readings, at: now)
    for index in loops.indices {
      addLoop(loops[index], index, setpoints, readings, outputs, plans, to: &claims, at: now)
    }
    addDew(readings, plans, to: &claims)
    addClearing(of: readings, to: &claims, at: now)
    addVentilation(setpoints, readings, outputs, to: &claims, at: now)
    addBed(setpoints, readings, outputs, mayWater: mayWater, to: &claims, at: now)
    if let light {
      for lamp in plan.lights { claims.add(light ? 1 : 0, for: lamp, because: Reason(rule: .light)) }
    }
    addShade(readings, outputs, to: &claims, at: now)
    if plan.dosing != nil { addDosing(readings, to: &claims, at: now) }
  }

  // MARK: Memory

  /// What the PID loops have learnt.
  var integrals: [Memory.SavedIntegral] {
    zip(loops, laws).compactMap { loop, law in
      guard let integral = law.pid?.integral ?? law.predictive?.holding else { return nil }
      return Memory.SavedIntegral(
        zone: plan.name, quantity: loop.quantity, direction: loop.direction, integral: integral)
    }
  }

  /// Takes up what the PID loops of this zone had learnt.
  mutating func resume(_ saved: [Memory.SavedIntegral]) {
    for (index, loop) in loops.enumerated() {
      guard
        let own = saved.first(where: {
          $0.zone == plan.name && $0.quantity == loop.quantity && $0.direction == loop.direction
        })
      else { continue }
      laws[index].pid?.resume(integral: own.integral)
      laws[index].predictive?.resume(holding: own.integral)
    }
  }

  /// A person has acknowledged that doses did not reach the soil.
  mutating func acknowledgeWatering() { irrigation.acknowledge() }

  /// Takes up that doses did not reach the soil before a restart.
  mutating func pauseWatering(at now: Instant) { irrigation.resumePause(at: now) }

  // MARK: Losses

  private mutating func noteLosses(_ readings: [Reading], outputs: OutputControl, at now: Instant) {
    for index in loops.indices {
      let quantity = loops[index].quantity
      if let channel = loops[index].channel, readings[channel.index].trusted != nil {
        if lostSince[quantity] != nil { lostSince[quantity] = nil }
      } else if lostSince[quantity] == nil {
        lostSince[quantity] = now
        for output in driven[index] { stateAtLoss[output] = outputs.isOn(output) }
      }
    }
  }

  // MARK: Loops

  private mutating func addLoop(
    _ loop: Loop, _ index: Int, _ setpoints: Setpoints, _ readings: [Reading], _ outputs: OutputControl,
    _ plans: [OutputPlan],
    to claims: inout Claims, at now: Instant
  ) {
    guard let band = setpoints.band(of: loop.quantity), let channel = loop.channel else { return }
    let start = start(of: loop, band)
    guard let value = value(of: loop.quantity, channel, readings) else {
      laws[index].reset()
      addLoss(of: loop, driven[index], channel: channel, setpoint: start, plans, to: &claims, at: now)
      return
    }
    let demand = demand(of: index, value: value, setpoint: start, readings, outputs: outputs, at: now)
    if loop.direction == .raise {
      if loop.quantity == .temperature { heatingDemand = max(heatingDemand, demand) }
      if loop.quantity == .humidity { moisteningDemand = max(moisteningDemand, demand) }
    }
    let useful =
      demand > 0 && loop.needsUsefulOutside ? demand * usefulness(against: loop.quantity, readings) : demand
    let rule: Rule = useful > 0 ? loop.rule : .idle
    let reason = Reason(rule: rule, channel: channel, value: value, setpoint: start)
    let driven = driven[index]
    for position in driven.indices {
      let share = share(of: useful, position, driven.count, at: now)
      claims.add(share, for: driven[position], because: reason)
    }
  }

  /// What one output of a list gives of a demand on all of them.
  private func share(of demand: Double, _ index: Int, _ count: Int, at now: Instant) -> Double {
    Staging.share(of: demand, stage: stage(of: index, count, at: now), count: count)
  }

  private func stage(of index: Int, _ count: Int, at now: Instant) -> Int {
    Staging.stage(of: index, count: count, rotation: plan.rotation, at: now)
  }

  /// Where a loop begins to act. While the zone needs heat or mist its fans wait for the edge of the band: the crest of a heater's or a
  /// mister's cycle is no reason to blow out again what was just given.
  @inline(__always) private func start(of loop: Loop, _ band: BandSetpoint) -> Double {
    guard loop.direction == .lower else { return band.setpoint - loop.offset }
    let given =
      loop.quantity == .temperature ? heatingDemand : loop.quantity == .humidity ? moisteningDemand : 0
    let waits = given > PulseModulator.deadband
    return band.setpoint + (waits ? max(loop.offset, band.band) : loop.offset)
  }

  /// What a loop looks at; `nil` without a trustworthy reading.
  ///
  /// Humidity is judged as the air's vapour at the zone's mean temperature. Relative humidity falls and rises by 4 points for each
  /// kelvin with every cycle of a heater although no water comes or goes, and neither mister nor fan should run for that.
  @inline(__always) private func value(of quantity: Quantity, _ channel: ChannelID, _ readings: [Reading]) -> Double? {
    guard let value = readings[channel.index].trusted else { return nil }
    guard quantity == .humidity, let mean = meanTemperature.value,
      let temperature = reading(of: .temperature, in: readings)?.trusted
    else { return value }
    let air = MoistAir(
      temperature: Temperature(celsius: temperature), relativeHumidity: RelativeHumidity(percent: value))
    let atMean = MoistAir(temperature: Temperature(celsius: mean), absoluteHumidity: air.absoluteHumidity)
    return atMean.relativeHumidity.percent
  }

  private mutating func demand(
    of index: Int, value: Double, setpoint: Double, _ readings: [Reading], outputs: OutputControl, at now: Instant
  ) -> Double {
    if let demand = laws[index].hysteresis?.demand(value: value, setpoint: setpoint) { return demand }
    if laws[index].pid != nil {
      let shortfall = outputs.shortfall(of: driven[index])
      return laws[index].pid?.demand(value: value, setpoint: setpoint, achievedMinusDemand: shortfall, at: now) ?? 0
    }
    if let law = laws[index].proportional {
      return law.demand(value: value, start: setpoint, width: widened(law.width, index, value, readings))
    }
    let achieved = outputs.share(of: driven[index])
    return laws[index].predictive?.demand(value: value, setpoint: setpoint, achieved: achieved, at: now) ?? 0
  }

  /// Width of a loop's band where it grows with the cold outside; `nil` where it does not, or where nobody knows how cold it is: too much
  /// air then does less harm than too little.
  private func widened(_ width: Double, _ index: Int, _ inside: Double, _ readings: [Reading]) -> Double? {
    guard let widening = plan.loops[index].widening,
      let outside = readings.trusted(plan.outside[.temperature])
    else { return nil }
    return widening.width(of: width, difference: inside - outside)
  }

  private func addLoss(
    of loop: Loop, _ driven: [OutputID], channel: ChannelID, setpoint: Double, _ plans: [OutputPlan],
    to claims: inout Claims,
    at now: Instant
  ) {
    let elapsed = lostSince[loop.quantity].map { $0.duration(to: now) } ?? .zero
    for output in driven {
      let policy = plans[output.index].onReadingLost
      let isOn = policy.isOn(before: stateAtLoss[output] ?? false, elapsed: elapsed)
      var demand = isOn ? 1.0 : 0
      // A vent stands open by the share, instead of opening and closing.
      if case .duty(let share, _) = policy, plans[output.index].kind.isPositioned { demand = share }
      claims.add(demand, for: output, because: Reason(rule: .readingLost, channel: channel, setpoint: setpoint))
    }
  }

  // MARK: Air

  private mutating func addVentilation(
    _ setpoints: Setpoints, _ readings: [Reading], _ outputs: OutputControl, to claims: inout Claims, at now: Instant
  ) {
    let count = plan.ventilation.count
    guard count > 0 else { return }
    if let timer = setpoints.ventilation {
      // Fans that are alike take turns. Air that one of them moves for another reason is air as well.
      let turns = plan.rotation == nil ? 1 : count
      let running = plan.ventilation.prefix(turns).first { outputs.isOn($0) }
      let shared = timer.shared(by: turns, shortest: outputs.shortestRun(of: plan.ventilation))
      if ventilation.mustRun(shared, achieved: running != nil, longestStep: outputs.longestStep, at: now) {
        let fan = running ?? plan.ventilation[ventilation.turn % turns]
        claims.add(1, for: fan, because: Reason(rule: .minimumVentilation))
      }
    }
    addAiring(against: .co2, setpoints.co2, .co2, readings, to: &claims, at: now)
    addAiring(against: .ammonia, setpoints.ammonia, .ammonia, readings, to: &claims, at: now)
  }

  /// Of all that asks for air the largest claim wins. A gas that nobody can measure asks for none: minimum ventilation goes on.
  private func addAiring(
    against gas: Quantity, _ limit: GasLimit?, _ rule: Rule, _ readings: [Reading], to claims: inout Claims,
    at now: Instant
  ) {
    guard let limit = limit?.limit, let channel = plan.channels[gas], let value = readings[channel.index].trusted
    else { return }
    let width = gas == .co2 ? plan.co2Width : plan.ammoniaWidth
    let demand = ProportionalBand(direction: .lower, width: width).demand(value: value, start: limit)
    guard demand > 0 else { return }
    for (index, output) in plan.ventilation.enumerated() {
      let share = share(of: demand, index, plan.ventilation.count, at: now)
      claims.add(share, for: output, because: Reason(rule: rule, channel: channel, value: value, setpoint: limit))
    }
  }

  private func addDosing(_ readings: [Reading], to claims: inout Claims, at now: Instant) {
    guard let dosing = plan.dosing, let channel = plan.channels[.co2] else { return }
    let airing = (plan.loops.filter { $0.direction == .lower }.flatMap(\.outputs) + plan.ventilation)
      .reduce(0) { max($0, claims[$1]?.demand ?? 0) }
    let lightChannel = plan.channels[.illuminance] ?? plan.outside[.illuminance]
    let light = readings.trusted(lightChannel)
    let value = readings[channel.index].trusted
    let demand = value.map { dosing.demand(value: $0, light: light, airing: airing) } ?? 0
    let rule: Rule = value == nil ? .readingLost : demand > 0 ? .co2Dosing : .idle
    for (index, output) in dosing.outputs.enumerated() {
      claims.add(
        share(of: demand, index, dosing.outputs.count, at: now), for: output,
        because: Reason(rule: rule, channel: channel, value: value, setpoint: dosing.setpoint))
    }
  }

  /// How much of the air that a loop asks for is let in from outside, 0…1, by how far that air lowers the quantity.
  ///
  /// All of it from a difference that is useful, none at half of that, and in proportion between. Fans that air a zone with what is just
  /// drier take away the difference that they run for: with a plain limit they would stop and start with every minute of it. Warm air is let
  /// in where nobody knows better: a pile or a flock without air is worse off.
  func usefulness(against quantity: Quantity, _ readings: [Reading]) -> Double {
    guard quantity != .temperature else {
      guard !bringsDew(readings) else { return 0 }
      guard let inside = reading(of: .temperature, in: readings)?.trusted,
        let outside = readings.trusted(plan.outside[.temperature])
      else { return 1 }
      return Self.usefulness(of: inside - outside, useful: Self.usefulCooling)
    }
    guard let inside = Self.water(plan.channels, readings), let outside = Self.water(plan.outside, readings)
    else { return 0 }
    return Self.usefulness(of: inside - outside, useful: Self.usefulDifference)
  }

  private static func usefulness(of difference: Double, useful: Double) -> Double {
    ProportionalBand(direction: .lower, width: useful / 2).demand(value: difference, start: useful / 2)
  }

  /// Temperature difference, K, below which air from outside cools too little to run a fan for. Engineering proposal.
  private static let usefulCooling = 0.5

  /// Difference in water content, g/m³, below which airing dries too little to be worth its heat (`agronomy.md` §5.1).
  static let usefulDifference = 1.0

  /// Water content of the air that these channels measure, g/m³; `nil` without trustworthy readings of both.
  static func water(_ channels: QuantityMap<ChannelID>, _ readings: [Reading]) -> Double? {
    guard let temperature = readings.trusted(channels[.temperature]),
      let humidity = readings.trusted(channels[.humidity])
    else { return nil }
    return water(temperature, humidity)
  }

  /// Water content of air, g/m³, at °C and percent.
  static func water(_ celsius: Double, _ percent: Double) -> Double {
    MoistAir(temperature: Temperature(celsius: celsius), relativeHumidity: RelativeHumidity(percent: percent))
      .absoluteHumidity.gramsPerCubicMetre
  }

  @inline(__always) func reading(of quantity: Quantity, in readings: [Reading]) -> Reading? {
    plan.channels[quantity].map { readings[$0.index] }
  }
}
