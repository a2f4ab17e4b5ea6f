// All that gives advice, and what it needs of a step.

import Climate

/// What watches the zones for advice. It sees readings, setpoints and decisions, and nothing ever comes of it but words.
struct Advisers: Sendable {
  private struct Zone: Sendable {
    let zone: Int
    var ventilation: [VentilationWatch]
    var placement: [PlacementWatch]
    /// Where boxes of silkworms are counted.
    var outside: OutsideWater?
  }

  private var zones: [Zone]
  private var lastAt: Instant?
  private var sinceLook = 0.0

  init(_ plan: Plan) {
    zones = plan.zones.indices.map { index in
      Zone(
        zone: index, ventilation: Self.ventilation(plan.zones[index], plan),
        placement: Self.placement(plan.zones[index], plan),
        outside: plan.zones[index].boxes == nil ? nil : OutsideWater())
    }
  }

  private static func ventilation(_ zone: ZonePlan, _ plan: Plan) -> [VentilationWatch] {
    [Quantity.temperature, .humidity, .co2, .ammonia].compactMap { quantity in
      let lowering = zone.loops.filter { $0.quantity == quantity && $0.direction == .lower }
      let all = quantity.isGas ? zone.ventilation : lowering.flatMap(\.outputs)
      let own = all.filter { [.fan, .vent].contains(plan.outputs[$0.index].kind) }
      let fans = own.filter { plan.outputs[$0.index].kind == .fan }
      return own.isEmpty || zone.channels[quantity] == nil
        ? nil
        : VentilationWatch(
          quantity, outputs: own, fans: bits(fans), offset: lowering.map(\.offset).max() ?? 0)
    }
  }

  private static func bits(_ outputs: [OutputID]) -> UInt32 { outputs.reduce(0) { $0 | 1 << UInt32($1.index) } }

  private static func placement(_ zone: ZonePlan, _ plan: Plan) -> [PlacementWatch] {
    let used = zone.loops.flatMap(\.outputs) + zone.ventilation
    let pulses = plan.outputs.indices.map { OutputID($0) }.filter {
      used.contains($0) && [.heater, .fan, .mister].contains(plan.outputs[$0.index].kind)
    }
    let heaters = pulses.filter { plan.outputs[$0.index].kind == .heater }
    let inside = zone.channels[.illuminance].map { (channel: $0, strong: StrayHeat.strongLight) }
    // Outside in the shade of the instrument the sun is four times as bright as behind the film or the window.
    let light = inside ?? zone.outside[.illuminance].map { (channel: $0, strong: 4 * StrayHeat.strongLight) }
    return [Quantity.temperature, .humidity].compactMap { quantity in
      guard let channel = zone.channels[quantity], case .group(let group) = plan.channels[channel.index].source,
        group.probes.count > 1
      else { return nil }
      return PlacementWatch(quantity, probes: group.probes, pulses: pulses, heaters: bits(heaters), light: light)
    }
  }

  /// Takes in what the step has seen and decided.
  mutating func step(
    _ readings: [Reading], _ controls: [ZoneControl], _ decision: Decision, longestStep: Double, at now: Instant
  ) {
    defer { lastAt = now }
    // In a stall nobody knows what the outputs did.
    guard let seconds = lastAt.map({ $0.seconds(to: now) }), seconds > 0, seconds <= longestStep else { return }
    let on = decision.wanted
    for zone in zones.indices {
      for index in zones[zone].placement.indices {
        zones[zone].placement[index].step(readings, on: on, seconds: seconds, at: now)
      }
    }
    sinceLook += seconds
    guard sinceLook >= VentilationWatch.interval else { return }
    for zone in zones.indices {
      let place = zones[zone].zone
      let air = ZoneAir(
        inside: controls[place].plan.channels, outside: controls[place].plan.outside,
        setpoints: controls[place].setpoints)
      for index in zones[zone].ventilation.indices {
        let isAtFull = zones[zone].ventilation[index].isAtFull(decision, on: on)
        let view = air.view(
          of: zones[zone].ventilation[index].quantity, offset: zones[zone].ventilation[index].offset, readings,
          isAtFull: isAtFull)
        zones[zone].ventilation[index].add(view, seconds: sinceLook)
      }
      if zones[zone].outside != nil { zones[zone].outside?.add(air.waterOutside(readings), seconds: sinceLook) }
    }
    sinceLook = 0
  }

  /// What there is to say of a zone. Watches of two quantities may find the same probe in the same stream.
  func advice(in zone: ZoneID, _ control: ZoneControl, _ plan: Plan) -> [Advice] {
    let own = zones[zone.index]
    var streams: Set<[Int]> = []
    let ventilation = own.ventilation.flatMap(\.advice).map { advice in
      guard case .ventilationShortfall(var shortfall) = advice else { return advice }
      shortfall.boxes = plan.zones[zone.index].boxes
      return .ventilationShortfall(shortfall)
    }
    return ventilation
      + control.fanShortages(outside: own.outside?.mean, plan.outputs).map { Advice.fanTooSmall($0) }
      + own.placement.flatMap(\.advice).filter { advice in
        guard case .probeInStream(let probe, let output) = advice else { return true }
        return streams.insert([probe.index, output.index]).inserted
      }
  }
}

// MARK: Memory

extension Advisers {
  /// What is kept over a restart.
  func saved(_ plan: Plan) -> [Memory.SavedAdvice] {
    zones.compactMap { zone in
      let saved = Memory.SavedAdvice(
        zone: plan.zones[zone.zone].name, ventilation: zone.ventilation.compactMap(\.saved),
        placement: zone.placement.compactMap { $0.saved(plan) }, outside: zone.outside?.saved)
      return saved.ventilation.isEmpty && saved.placement.isEmpty && saved.outside == nil ? nil : saved
    }
  }

  /// Takes up what was kept, so long ago. What does not fit the plan any more is left out.
  mutating func resume(_ saved: [Memory.SavedAdvice], age: Duration, _ plan: Plan) {
    for zone in zones.indices {
      guard let own = saved.first(where: { $0.zone == plan.zones[zones[zone].zone].name }) else { continue }
      for index in zones[zone].ventilation.indices {
        let name = zones[zone].ventilation[index].quantity.rawValue
        guard let watch = own.ventilation.first(where: { $0.quantity == name }) else { continue }
        zones[zone].ventilation[index].resume(watch, age: age)
      }
      for index in zones[zone].placement.indices {
        let name = zones[zone].placement[index].quantity.rawValue
        guard let watch = own.placement.first(where: { $0.quantity == name }) else { continue }
        zones[zone].placement[index].resume(watch, plan)
      }
      if let outside = own.outside { zones[zone].outside?.resume(outside) }
    }
  }
}

/// What there is to know of a zone's air: so much of the zone as advice needs, which a step need not copy as a whole.
private struct ZoneAir {
  let inside: QuantityMap<ChannelID>
  let outside: QuantityMap<ChannelID>
  let setpoints: Setpoints

  /// Temperature difference, K, from which air from outside is of use against warmth. Engineering proposal.
  private static let usefulCoolness = 1.0

  /// How a quantity stands that air could lower; `nil` if it is not known, or not limited.
  /// - Parameter offset: distance above the setpoint from which the zone is aired.
  func view(
    of quantity: Quantity, offset: Double, _ readings: [Reading], isAtFull: Bool
  ) -> VentilationWatch.View? {
    guard let value = readings.trusted(inside[quantity]) else { return nil }
    if quantity.isGas {
      guard let limit = setpoints.gasLimit(of: quantity)?.limit else { return nil }
      return VentilationWatch.View(
        value: value, upperEnd: limit, inside: value, atUpperEnd: limit,
        outside: quantity == .co2 ? VentilationWatch.outsideCO2 : 0,
        usefulDifference: 0, isAtFull: isAtFull)
    }
    guard let band = setpoints.band(of: quantity), let air = readings.trusted(outside[.temperature]) else {
      return nil
    }
    let upperEnd = band.setpoint + max(band.band, offset)
    // Within its band nothing is looked at, and water contents are dear.
    guard value > upperEnd else { return nil }
    guard quantity == .humidity else {
      return VentilationWatch.View(
        value: value, upperEnd: upperEnd, inside: value, atUpperEnd: upperEnd, outside: air,
        usefulDifference: Self.usefulCoolness, isAtFull: isAtFull)
    }
    guard let temperature = readings.trusted(inside[.temperature]), let water = waterOutside(readings) else {
      return nil
    }
    return VentilationWatch.View(
      value: value, upperEnd: upperEnd, inside: ZoneControl.water(temperature, value),
      atUpperEnd: ZoneControl.water(temperature, upperEnd), outside: water,
      usefulDifference: ZoneControl.usefulDifference, isAtFull: isAtFull)
  }

  /// Water content of the air outside, g/m³.
  func waterOutside(_ readings: [Reading]) -> Double? { ZoneControl.water(outside, readings) }
}
