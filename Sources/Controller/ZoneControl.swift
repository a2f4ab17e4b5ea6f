// The laws of one zone: readings and setpoints in, claims on outputs out.

import Climate

/// The laws of one zone with what they remember.
struct ZoneControl: Sendable {
  private enum LawState: Sendable {
    case hysteresis(Hysteresis)
    case pid(PID)
    case proportional(ProportionalBand)
  }

  let plan: ZonePlan
  /// Place in the recipe; `nil` without one.
  private(set) var progress: RecipeProgress?
  /// What the zone aims at now.
  private(set) var setpoints: Setpoints
  private var laws: [LawState]
  private var ventilation = MinimumVentilation()
  private(set) var irrigation: Irrigation
  private var lostSince: QuantityMap<Instant> = [:]
  private var stateAtLoss: [OutputID: Bool] = [:]
  private var lastAt: Instant?
  private var meanTemperature = ExponentialMean(time: ZoneControl.temperatureMeanTime)
  /// What the loops that heat asked for in this step.
  private var heatingDemand = 0.0

  /// Time constant of the mean temperature that humidity is judged at: several cycles of a heater's relay, and short beside the hours
  /// in which walls and beds follow.
  private static let temperatureMeanTime = Duration.minutes(10)

  init(plan: ZonePlan, progress: RecipeProgress?, water: WaterBudget) {
    self.plan = plan
    self.progress = plan.recipe == nil ? nil : progress ?? RecipeProgress(stage: plan.firstStage)
    irrigation = Irrigation(budget: water)
    setpoints = plan.setpoints
    laws = plan.loops.map { loop in
      switch loop.law {
      case .hysteresis(let band): .hysteresis(Hysteresis(direction: loop.direction, band: band))
      case .pid(let parameters): .pid(PID(direction: loop.direction, parameters: parameters))
      case .proportional(let width): .proportional(ProportionalBand(direction: loop.direction, width: width))
      }
    }
    findSetpoints()
  }

  /// The stage the zone is in; `nil` without a recipe.
  var stage: Stage? {
    guard let recipe = plan.recipe, let progress else { return nil }
    return recipe.stages[progress.stage]
  }

  /// Puts the zone at the beginning of a stage.
  mutating func start(stage: Int) {
    progress = RecipeProgress(stage: stage)
    findSetpoints()
  }

  private mutating func findSetpoints() {
    setpoints = stage?.setpoints.completed(by: plan.setpoints) ?? plan.setpoints
  }

  /// Lets the recipe go on.
  /// - Returns: whether a new stage has begun.
  mutating func advanceRecipe(to now: Instant) -> Bool {
    defer { lastAt = now }
    guard let recipe = plan.recipe, let lastAt else { return false }
    let elapsed = lastAt.duration(to: now)
    if plan.holdsStage {
      progress?.elapsed += elapsed
      return false
    }
    guard progress?.advance(by: elapsed, in: recipe) == true else { return false }
    findSetpoints()
    return true
  }

  /// Adds what this zone's laws ask of the outputs.
  mutating func addClaims(
    to claims: inout Claims, readings: [Reading], outputs: OutputControl, plans: [OutputPlan], at now: Instant
  ) {
    let setpoints = self.setpoints
    noteLosses(readings, outputs: outputs, at: now)
    meanTemperature.add(reading(of: .temperature, in: readings)?.trusted, at: now)
    heatingDemand = 0
    for index in plan.loops.indices {
      addLoop(index, setpoints, readings, outputs, plans, to: &claims, at: now)
    }
    addVentilation(setpoints, readings, outputs, to: &claims, at: now)
    addBed(setpoints, readings, outputs, to: &claims, at: now)
  }

  // MARK: Memory

  /// What the PID loops have learnt.
  var integrals: [Memory.SavedIntegral] {
    zip(plan.loops, laws).compactMap { loop, law in
      guard case .pid(let pid) = law else { return nil }
      return Memory.SavedIntegral(
        zone: plan.name, quantity: loop.quantity, direction: loop.direction, integral: pid.integral)
    }
  }

  /// Takes up what the PID loops of this zone had learnt.
  mutating func resume(_ saved: [Memory.SavedIntegral]) {
    for (index, loop) in plan.loops.enumerated() {
      guard case .pid(var law) = laws[index],
        let own = saved.first(where: {
          $0.zone == plan.name && $0.quantity == loop.quantity && $0.direction == loop.direction
        })
      else { continue }
      law.resume(integral: own.integral)
      laws[index] = .pid(law)
    }
  }

  // MARK: Losses

  private mutating func noteLosses(_ readings: [Reading], outputs: OutputControl, at now: Instant) {
    for loop in plan.loops {
      if reading(of: loop.quantity, in: readings)?.trusted != nil {
        if lostSince[loop.quantity] != nil { lostSince[loop.quantity] = nil }
      } else if lostSince[loop.quantity] == nil {
        lostSince[loop.quantity] = now
        for output in loop.outputs { stateAtLoss[output] = outputs.isOn(output) }
      }
    }
  }

  // MARK: Loops

  private mutating func addLoop(
    _ index: Int, _ setpoints: Setpoints, _ readings: [Reading], _ outputs: OutputControl, _ plans: [OutputPlan],
    to claims: inout Claims, at now: Instant
  ) {
    let loop = plan.loops[index]
    guard let band = setpoints.band(of: loop.quantity), let channel = plan.channels[loop.quantity] else { return }
    let start = start(of: loop, band)
    guard let value = value(of: loop.quantity, channel, readings) else {
      forget(index)
      addLoss(of: loop, channel: channel, setpoint: start, plans, to: &claims, at: now)
      return
    }
    let demand = demand(of: index, value: value, setpoint: start, outputs: outputs, at: now)
    if loop.quantity == .temperature, loop.direction == .raise { heatingDemand = max(heatingDemand, demand) }
    let allowed = !loop.needsDrierOutside || isOutsideDrier(readings)
    let rule: Rule = allowed && demand > 0 ? loop.rule : .idle
    let reason = Reason(rule: rule, channel: channel, value: value, setpoint: start)
    for (stage, output) in loop.outputs.enumerated() {
      let share = Staging.share(of: allowed ? demand : 0, stage: stage, count: loop.outputs.count)
      claims.add(share, for: output, because: reason)
    }
  }

  /// Where a loop begins to act. While the zone needs heat its fans wait for the edge of the band: the crest of a heater's cycle is no
  /// reason to blow the heat out again.
  private func start(of loop: LoopPlan, _ band: BandSetpoint) -> Double {
    guard loop.direction == .lower else { return band.setpoint - loop.offset }
    let waits = loop.quantity == .temperature && heatingDemand > PulseModulator.deadband
    return band.setpoint + (waits ? max(loop.offset, band.band) : loop.offset)
  }

  /// What a loop looks at; `nil` without a trustworthy reading.
  ///
  /// Humidity is judged as the air's vapour at the zone's mean temperature. Relative humidity falls and rises by 4 points for each
  /// kelvin with every cycle of a heater although no water comes or goes, and neither mister nor fan should run for that.
  private func value(of quantity: Quantity, _ channel: ChannelID, _ readings: [Reading]) -> Double? {
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
    of index: Int, value: Double, setpoint: Double, outputs: OutputControl, at now: Instant
  ) -> Double {
    switch laws[index] {
    case .hysteresis(var law):
      let demand = law.demand(value: value, setpoint: setpoint)
      laws[index] = .hysteresis(law)
      return demand
    case .pid(var law):
      let shortfall = outputs.shortfall(of: plan.loops[index].outputs)
      let demand = law.demand(value: value, setpoint: setpoint, achievedMinusDemand: shortfall, at: now)
      laws[index] = .pid(law)
      return demand
    case .proportional(let law):
      return law.demand(value: value, start: setpoint)
    }
  }

  private mutating func forget(_ index: Int) {
    switch laws[index] {
    case .hysteresis(var law):
      law.reset()
      laws[index] = .hysteresis(law)
    case .pid(var law):
      law.reset()
      laws[index] = .pid(law)
    case .proportional:
      break
    }
  }

  private func addLoss(
    of loop: LoopPlan, channel: ChannelID, setpoint: Double, _ plans: [OutputPlan], to claims: inout Claims,
    at now: Instant
  ) {
    let elapsed = lostSince[loop.quantity].map { $0.duration(to: now) } ?? .zero
    for output in loop.outputs {
      let policy = plans[output.index].onReadingLost
      let isOn = policy.isOn(before: stateAtLoss[output] ?? false, elapsed: elapsed)
      claims.add(isOn ? 1 : 0, for: output, because: Reason(rule: .readingLost, channel: channel, setpoint: setpoint))
    }
  }

  // MARK: Air

  private mutating func addVentilation(
    _ setpoints: Setpoints, _ readings: [Reading], _ outputs: OutputControl, to claims: inout Claims, at now: Instant
  ) {
    guard let first = plan.ventilation.first else { return }
    if let timer = setpoints.ventilation, ventilation.mustRun(timer, achieved: outputs.isOn(first), at: now) {
      claims.add(1, for: first, because: Reason(rule: .minimumVentilation))
    }
    guard let limit = setpoints.co2?.limit, let channel = plan.channels[.co2],
      let value = readings[channel.index].trusted
    else { return }
    let demand = ProportionalBand(direction: .lower, width: plan.co2Width).demand(value: value, start: limit)
    guard demand > 0 else { return }
    for (stage, output) in plan.ventilation.enumerated() {
      let share = Staging.share(of: demand, stage: stage, count: plan.ventilation.count)
      claims.add(share, for: output, because: Reason(rule: .co2, channel: channel, value: value, setpoint: limit))
    }
  }

  private func isOutsideDrier(_ readings: [Reading]) -> Bool {
    guard let inside = waterContent(plan.channels, readings), let outside = waterContent(plan.outside, readings)
    else { return false }
    return outside < inside - Self.usefulDifference
  }

  /// Difference in water content, g/m³, below which airing dries too little to be worth its heat (`agronomy.md` §5.1).
  private static let usefulDifference = 1.0

  private func waterContent(_ channels: QuantityMap<ChannelID>, _ readings: [Reading]) -> Double? {
    guard let temperature = channels[.temperature].flatMap({ readings[$0.index].trusted }),
      let humidity = channels[.humidity].flatMap({ readings[$0.index].trusted })
    else { return nil }
    let air = MoistAir(
      temperature: Temperature(celsius: temperature), relativeHumidity: RelativeHumidity(percent: humidity))
    return air.absoluteHumidity.gramsPerCubicMetre
  }

  // MARK: Water

  private mutating func addBed(
    _ setpoints: Setpoints, _ readings: [Reading], _ outputs: OutputControl, to claims: inout Claims, at now: Instant
  ) {
    guard let bed = plan.bed, let band = setpoints.soilMoisture, let channel = plan.channels[.soilMoisture] else {
      return
    }
    let moisture = readings[channel.index].trusted
    let start = band.setpoint - band.band / 2
    let flowing = [bed.valve, bed.pump].compactMap { $0 }.allSatisfy { outputs.isOn($0) }
    let demand = irrigation.demand(
      moisture: moisture, start: start, flowing: flowing, plan: bed.irrigation, at: now)
    let reason = Reason(
      rule: moisture == nil ? .readingLost : irrigation.phase.rule, channel: channel, value: moisture, setpoint: start,
      until: irrigation.phase.until)
    // Without a pump the valve alone makes the water flow: it must not open before the dose begins.
    let isValveOpen = bed.pump == nil ? demand.pump : demand.valve
    if let valve = bed.valve { claims.add(isValveOpen ? 1 : 0, for: valve, because: reason) }
    if let pump = bed.pump { claims.add(demand.pump ? 1 : 0, for: pump, because: reason) }
  }

  private func reading(of quantity: Quantity, in readings: [Reading]) -> Reading? {
    plan.channels[quantity].map { readings[$0.index] }
  }
}

extension LoopPlan {
  /// The rule a person would name for this loop.
  var rule: Rule {
    switch (quantity, direction) {
    case (.temperature, .raise): .heating
    case (.temperature, .lower): .cooling
    case (.humidity, .raise): .humidifying
    case (.humidity, .lower): .drying
    case (.co2, _): .co2
    case (.soilMoisture, _): .irrigation
    case (.illuminance, _), (.pressure, _), (.voltage, _): .idle
    }
  }
}

extension Irrigation.Phase {
  /// The rule a person would name for this phase.
  var rule: Rule {
    switch self {
    case .idle: .idle
    case .opening, .dosing, .closing: .irrigation
    case .soaking: .soaking
    case .capped: .waterCap
    }
  }

  /// When the phase ends by itself.
  var until: Instant? {
    switch self {
    case .opening(let until), .closing(let until), .soaking(let until): until
    case .idle, .dosing, .capped: nil
    }
  }
}
