// Watering by soil moisture, light or evaporation: dose, soak, and a cap that holds whatever the clock does.

public import Climate

/// How a bed is watered.
public struct IrrigationPlan: Equatable, Sendable {
  /// Flow with pump and valve open, litres per minute; positive.
  public var flow: Double
  /// Volume of one dose, litres.
  public var dose: Double
  /// Time after a dose before the soil may be judged again.
  public var soak: Duration
  /// Most water in any 24 hours, litres.
  public var dailyCap: Double
  /// Time the valve is open before the pump starts, and stays open after it stops.
  public var valveLead: Duration
  /// By what it is reckoned how much the plants drink; `nil` where the soil alone says when they are thirsty.
  public var use: WaterUsePlan?
  /// What the bed can hold, for an estimate of its drain; `nil` for none.
  public var drain: DrainPlan?

  /// A watering plan.
  public init(
    flow: Double, dose: Double, soak: Duration, dailyCap: Double, valveLead: Duration = .seconds(2),
    use: WaterUsePlan? = nil, drain: DrainPlan? = nil
  ) {
    (self.use, self.drain) = (use, drain)
    self.flow = flow
    self.dose = dose
    self.soak = soak
    self.dailyCap = dailyCap
    self.valveLead = valveLead
  }
}

/// Water given in the last 24 hours, by the monotonic clock.
///
/// A sliding window instead of a calendar day: no step of the wall clock can open a second day's budget. After a restart the
/// ages are those at the last save, because how long the power was away is not known for sure.
public struct WaterBudget: Equatable, Sendable {
  /// One delivery.
  public struct Delivery: Equatable, Codable, Sendable {
    /// Age at the moment the record was made.
    public var age: Duration
    /// Litres.
    public var litres: Double

    /// A delivery of some litres some time ago.
    public init(age: Duration, litres: Double) {
      self.age = age
      self.litres = litres
    }
  }

  private var deliveries: [(at: Instant, litres: Double)] = []

  /// The window.
  public static let window = Duration.hours(24)
  /// Deliveries that begin within this time of each other are one entry, so that the list stays short.
  private static let entryLength = Duration.seconds(60)

  /// A budget from what was saved, as of `now`.
  public init(deliveries saved: [Delivery] = [], at now: Instant = .zero) {
    deliveries = saved.map { (now.advanced(by: .zero - $0.age), $0.litres) }
  }

  /// Litres given in the window that ends at `now`. The last water of an entry is as much as an entry's length younger than the
  /// entry, so that one leaves the window that much later.
  public func used(at now: Instant) -> Double {
    deliveries.reduce(0) { Self.isPast($1.at, at: now) ? $0 : $0 + $1.litres }
  }

  private static func isPast(_ delivery: Instant, at now: Instant) -> Bool {
    delivery.duration(to: now) > window + entryLength
  }

  /// Books water as it flows.
  public mutating func book(litres: Double, at now: Instant) {
    deliveries.removeAll { Self.isPast($0.at, at: now) }
    if let last = deliveries.last, last.at.duration(to: now) < Self.entryLength {
      deliveries[deliveries.count - 1].litres += litres
    } else {
      deliveries.append((now, litres))
    }
  }

  /// What must be saved to go on after a restart.
  /// - Parameter planned: litres of a dose that is being given. They count from its beginning, for nobody books them if the controller dies.
  public func saved(at now: Instant, planned: Double = 0) -> [Delivery] {
    let given = deliveries.map { Delivery(age: $0.at.duration(to: now), litres: $0.litres) }
    return planned > 0 ? given + [Delivery(age: .zero, litres: planned)] : given
  }

  /// Equal when the same litres were delivered at the same times.
  public static func == (left: WaterBudget, right: WaterBudget) -> Bool {
    left.deliveries.elementsEqual(right.deliveries) { $0.at == $1.at && $0.litres == $1.litres }
  }
}

/// Waters a bed in doses: valve, pump, soak, judge again.
public struct Irrigation: Equatable, Sendable {
  /// Where a bed is in its cycle.
  public enum Phase: Equatable, Sendable {
    /// The soil is moist enough, or the soil is not known.
    case idle
    /// The valve opens before the pump starts.
    case opening(until: Instant)
    /// Water flows; litres of the dose still to give.
    case dosing(remaining: Double)
    /// The pump has stopped, the valve is still open.
    case closing(until: Instant)
    /// Water sinks in.
    case soaking(until: Instant)
    /// Dry, but the daily cap is used up.
    case capped
    /// Dry, but the last doses did not reach the soil.
    case paused(until: Instant)

    /// Litres of the dose still to give.
    var planned: Double {
      if case .dosing(let remaining) = self { max(remaining, 0) } else { 0 }
    }

    /// Whether water is wanted now.
    var isDosing: Bool {
      if case .dosing = self { true } else { false }
    }
  }

  /// What the bed wants of its outputs.
  public struct Demand: Equatable, Sendable {
    /// Whether the valve should be open.
    public var valve: Bool
    /// Whether the pump should run.
    public var pump: Bool
  }

  /// Where the bed is in its cycle.
  public private(set) var phase = Phase.idle
  /// Water given in the last 24 hours.
  public private(set) var budget: WaterBudget
  /// What ran through.
  private(set) var drain = DrainEstimate()
  /// What the plants have drunk since they were watered.
  var use: WaterUse
  /// Whether the present dose, or the last, was for what the plants had drunk and not because the soil was dry.
  private(set) var isForUse = false
  /// Litres of the present dose.
  private var dose = 0.0
  private var effect = WateringEffect()
  private var lastAt: Instant?

  /// A bed that is idle.
  public init(budget: WaterBudget = WaterBudget()) { self.init(budget: budget, use: WaterUse()) }

  init(budget: WaterBudget, use: WaterUse) { (self.budget, self.use) = (budget, use) }

  /// Whether the last doses did not reach the soil.
  public var isWithoutEffect: Bool { effect.isWithoutEffect }

  /// A person has looked at it: watering goes on.
  public mutating func acknowledge() { effect.acknowledge() }

  /// Takes up that doses did not reach the soil before a restart: watering pauses.
  public mutating func resumePause(at now: Instant) { effect.pause(at: now) }

  /// What the outputs should do.
  /// - Parameters:
  ///   - moisture: soil moisture in %, if it can be trusted.
  ///   - start: moisture at or below which a dose is due; `nil` where no probe is asked.
  ///   - enough: moisture from which none is, whatever the plants drink.
  ///   - flowing: whether pump and valve were both on since the last call.
  ///   - mayWater: whether water may be given now.
  ///   - plan: flow, dose, soak and cap.
  public mutating func demand(
    moisture: Double?, start: Double?, enough: Double = .infinity, flowing: Bool, mayWater: Bool = true,
    plan: IrrigationPlan, at now: Instant
  ) -> Demand {
    let elapsed = lastAt.map { max(.zero, $0.duration(to: now)) } ?? .zero
    lastAt = now
    var given = 0.0
    if flowing {
      given = plan.flow * elapsed.inSeconds / 60
      budget.book(litres: given, at: now)
      drain.add(given)
      use.give(given / max(dose, plan.dose * Self.blindShare))
    }
    // What flows until the next call, if that comes as late as this one; the cap must hold for it, too.
    let next = plan.flow * max(elapsed, .seconds(1)).inSeconds / 60
    let cause = mayWater ? cause(moisture: moisture, start: start, enough: enough, plan) : nil
    advance(moisture: moisture, cause: cause, given: given, next: next, plan: plan, at: now)
    return switch phase {
    case .opening, .closing: Demand(valve: true, pump: false)
    case .dosing: Demand(valve: true, pump: true)
    case .idle, .soaking, .capped, .paused: Demand(valve: false, pump: false)
    }
  }

  /// Share of a dose that is given while the soil's probe, which ought to say whether that is right, is lost (`agronomy.md` §5.2,
  /// evidence E).
  private static let blindShare = 0.7

  /// Why water may be given.
  private enum Cause: Equatable {
    case dry
    case use(share: Double)
    /// Nothing asks for it, but a dose that is being given may go on.
    case goingOn
  }

  /// Why a dose is due, or may go on; `nil` if none may.
  private func cause(moisture: Double?, start: Double?, enough: Double, _ plan: IrrigationPlan) -> Cause? {
    guard moisture != nil || plan.use != nil else { return nil }
    if let moisture, let start, moisture <= start { return .dry }
    guard plan.use != nil, use.isDue, moisture ?? -.infinity < enough else { return .goingOn }
    return .use(share: start != nil && moisture == nil ? Self.blindShare : 1)
  }

  private mutating func begin(_ cause: Cause, moisture: Double?, _ plan: IrrigationPlan, at now: Instant) {
    phase = .opening(until: now.advanced(by: plan.valveLead))
    dose = plan.dose
    isForUse = false
    if case .use(let share) = cause { (dose, isForUse) = (plan.dose * share, true) }
    guard let moisture else { return }
    // What is given before the soil is dry need not be felt by its probe.
    if !isForUse { effect.begin(moisture: moisture) }
    drain.begin(moisture: moisture)
  }

  private mutating func advance(
    moisture: Double?, cause: Cause?, given: Double, next: Double, plan: IrrigationPlan, at now: Instant
  ) {
    switch phase {
    case .idle, .capped, .paused:
      guard let cause, cause != .goingOn else {
        phase = .idle
        return
      }
      if !room(for: plan.dose, plan, at: now) {
        phase = .capped
      } else if let until = effect.pausedUntil, now < until {
        phase = .paused(until: until)
      } else {
        begin(cause, moisture: moisture, plan, at: now)
      }
    case .opening(let until) where now >= until:
      phase = .dosing(remaining: dose)
    case .dosing(let remaining):
      let left = remaining - given
      if left <= 0 { effect.isWhole = !isForUse }
      if left <= 0 || budget.used(at: now) + next > cap(plan) || cause == nil {
        phase = .closing(until: now.advanced(by: plan.valveLead))
      } else {
        phase = .dosing(remaining: left)
      }
    case .closing(let until) where now >= until:
      phase = .soaking(until: now.advanced(by: plan.soak))
    case .soaking(let until) where now >= until:
      phase = .idle
      effect.judge(moisture: moisture, at: now)
      if let substrate = plan.drain { drain.judge(moisture: moisture, substrate, at: now) }
    case .opening, .closing, .soaking:
      break
    }
  }

  private func room(for litres: Double, _ plan: IrrigationPlan, at now: Instant) -> Bool {
    budget.used(at: now) + litres <= cap(plan)
  }

  private func cap(_ plan: IrrigationPlan) -> Double { ControllerCheck.waterCap.isMade ? plan.dailyCap : .infinity }
}
