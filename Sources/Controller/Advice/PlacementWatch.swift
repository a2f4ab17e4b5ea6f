// Whether the probes of a zone hang where they show its climate.

import Climate

/// Compares the probes of one group with each other: how they answer outputs, sun and heat, and how fast.
///
/// All figures are engineering proposals. A probe is judged against the mean of the others, so one alone is not judged.
struct PlacementWatch: Sendable {
  /// Time after a start in which a probe in the stream has answered.
  static let pulse = 60.0
  /// Share of what the probe does that the others may do.
  static let othersShare = 0.25
  /// Starts that count, and of these the share that must show it.
  static let (pulsesNeeded, pulsesKept, pulseShare) = (6.0, 12.0, 0.75)
  /// Minutes with and without heat that must be known, and that are not forgotten.
  static let (minutesNeeded, minutesKept) = (180.0, 1_440.0)
  /// Difference, K, that heat must make.
  static let heatDifference = 1.0
  /// Share of the time on from which heaters heat, and up to which they do not; over about 10 min.
  static let (heating, idle) = (0.3, 0.05)
  /// Minutes of a block in which means are taken for the lag; blocks needed, and not forgotten.
  static let (blockMinutes, blocksNeeded, blocksKept) = (15, 48.0, 192.0)
  /// Lag, min, that is worth a person's while.
  static let lag = 10.0
  /// Longest lag that is believed, min.
  static let longestLag = 120.0
  /// Difference, K, that a lag must make (standard deviation), and the share of all differences that it must explain.
  static let (lagDifference, lagShare) = (0.4, 0.6)

  /// A mean that forgets, of a number of values that have been counted.
  private struct Mean: Sendable {
    var value = 0.0
    var count = 0.0

    init() {}

    /// A mean that was saved; `nil` for one that cannot be.
    init?(_ saved: [Double], keeping kept: Double) {
      guard saved.count == 2, abs(saved[0]) <= 1e4, saved[1] >= 0 else { return nil }
      (value, count) = (saved[0], min(saved[1], kept))
    }

    /// Value to 0.00001, and count.
    var saved: [Double] { [(value * 1e5).rounded() / 1e5, count] }

    mutating func add(_ new: Double, keeping kept: Double) {
      count = min(count + 1, kept)
      value += (new - value) / count
    }
  }

  private struct Probe: Sendable {
    let channel: ChannelID
    /// At the start of the pulse.
    var before = 0.0
    /// By output of ``pulses``: share of starts that it alone answered.
    var answers: [Mean]
    /// Difference from the others: in the sun, without it, while the heaters run, and while they rest.
    var lit = Mean()
    var dark = Mean()
    var heated = Mean()
    var unheated = Mean()
    /// Sum of the block that runs, and means of the last two.
    var sum = 0.0
    var means = (last: 0.0, beforeLast: 0.0)
    /// Means of the others' change over two blocks, of the difference, and of their squares and product.
    var change = Mean()
    var difference = Mean()
    var changes = Mean()
    var differences = Mean()
    var product = Mean()
  }

  let quantity: Quantity
  private var probes: [Probe]
  /// Outputs whose starts are looked at, one bit each.
  private let pulses: [OutputID]
  private let pulseBits: UInt32
  private let heaterBits: UInt32
  /// Light of the zone or outside, and the value from which the sun shines.
  private let light: (channel: ChannelID, strong: Double)?
  private var lastOn: UInt32 = 0
  private var changedAt: Instant?
  /// The start that is being looked at: place in ``pulses``.
  private var running: Int?
  private var heatedTime = 0.0
  private var sinceLook = 0.0
  private var heatShare = 0.0
  private var blockCount = 0
  private var blocks = 0

  /// - Parameters:
  ///   - pulses: outputs that could blow or drip on a probe.
  ///   - heaters: one bit each.
  init(
    _ quantity: Quantity, probes: [ChannelID], pulses: [OutputID], heaters: UInt32,
    light: (channel: ChannelID, strong: Double)?
  ) {
    self.quantity = quantity
    self.pulses = pulses
    self.probes = probes.map { Probe(channel: $0, answers: Array(repeating: Mean(), count: pulses.count)) }
    pulseBits = pulses.reduce(0) { $0 | 1 << UInt32($1.index) }
    heaterBits = heaters
    self.light = light
  }

  /// Takes in what the outputs do, and once a minute what the probes show.
  /// - Parameter on: the outputs that are on, one bit each.
  mutating func step(_ readings: [Reading], on: UInt32, seconds: Double, at now: Instant) {
    let present = on & pulseBits
    if present != lastOn { note(present, readings, at: now) }
    if let output = running, changedAt.map({ $0.seconds(to: now) >= Self.pulse }) ?? false {
      judge(output, readings)
      running = nil
    }
    if on & heaterBits != 0 { heatedTime += seconds }
    sinceLook += seconds
    guard sinceLook >= 60 else { return }
    heatShare += (heatedTime / sinceLook - heatShare) / 10
    (sinceLook, heatedTime) = (0, 0)
    look(readings)
  }

  // MARK: Starts

  /// One output has started after a quiet minute, and nothing else happened: its effect is about to show.
  private mutating func note(_ present: UInt32, _ readings: [Reading], at now: Instant) {
    let isQuiet = changedAt.map { $0.seconds(to: now) >= Self.pulse } ?? false
    let started = present & ~lastOn
    let isOne = started.nonzeroBitCount == 1 && present & ~started == lastOn
    (running, lastOn, changedAt) = (nil, present, now)
    guard isQuiet, isOne, let place = pulses.firstIndex(where: { started & 1 << UInt32($0.index) != 0 }) else { return }
    for index in probes.indices {
      guard let value = readings[probes[index].channel.index].trusted else { return }
      probes[index].before = value
    }
    running = place
  }

  private mutating func judge(_ output: Int, _ readings: [Reading]) {
    var sum = 0.0
    for probe in probes {
      guard let value = readings[probe.channel.index].trusted else { return }
      sum += value - probe.before
    }
    for index in probes.indices {
      guard let value = readings[probes[index].channel.index].trusted else { return }
      let own = value - probes[index].before
      let others = (sum - own) / Double(probes.count - 1)
      let isAlone = abs(own) >= quantity.pulseChange && abs(others) <= Self.othersShare * abs(own)
      probes[index].answers[output].add(isAlone ? 1 : 0, keeping: Self.pulsesKept)
    }
  }

  // MARK: Heat and lag

  private mutating func look(_ readings: [Reading]) {
    guard quantity == .temperature else { return }
    var sum = 0.0
    for probe in probes {
      guard let value = readings[probe.channel.index].trusted else {
        // Means with gaps would be compared with means without.
        (blockCount, blocks) = (0, 0)
        for index in probes.indices { probes[index].sum = 0 }
        return
      }
      sum += value
    }
    let sun = light.flatMap { light in
      readings[light.channel.index].trusted.map { (lux: $0, strong: light.strong) }
    }
    let isLit = sun.map { $0.lux >= $0.strong }
    let isDark = sun.map { $0.lux <= $0.strong / 20 }
    for index in probes.indices {
      guard let value = readings[probes[index].channel.index].trusted else { return }
      let difference = value - (sum - value) / Double(probes.count - 1)
      if heatShare <= Self.idle {
        if isLit == true { probes[index].lit.add(difference, keeping: Self.minutesKept) }
        if isDark == true { probes[index].dark.add(difference, keeping: Self.minutesKept) }
      }
      if isDark != false {
        if heatShare >= Self.heating { probes[index].heated.add(difference, keeping: Self.minutesKept) }
        if heatShare <= Self.idle { probes[index].unheated.add(difference, keeping: Self.minutesKept) }
      }
      probes[index].sum += value
    }
    blockCount += 1
    if blockCount == Self.blockMinutes { endBlock() }
  }

  /// The others' change over two blocks stands for their rate in the middle one, in which the probe is compared with them.
  private mutating func endBlock() {
    let minutes = Double(blockCount)
    blocks += 1
    if blocks >= 3 {
      let now = probes.reduce(0) { $0 + $1.sum } / minutes
      let middle = probes.reduce(0) { $0 + $1.means.last }
      let first = probes.reduce(0) { $0 + $1.means.beforeLast }
      let others = Double(probes.count - 1)
      for index in probes.indices {
        let (sum, means) = (probes[index].sum, probes[index].means)
        let change = (now - sum / minutes - first + means.beforeLast) / others
        let difference = means.last - (middle - means.last) / others
        probes[index].change.add(change, keeping: Self.blocksKept)
        probes[index].difference.add(difference, keeping: Self.blocksKept)
        probes[index].changes.add(change * change, keeping: Self.blocksKept)
        probes[index].differences.add(difference * difference, keeping: Self.blocksKept)
        probes[index].product.add(change * difference, keeping: Self.blocksKept)
      }
    }
    for index in probes.indices {
      probes[index].means = (probes[index].sum / minutes, probes[index].means.last)
      probes[index].sum = 0
    }
    blockCount = 0
  }

  // MARK: Memory

  /// The long means of every probe, by name; `nil` where nothing has been counted.
  func saved(_ plan: Plan) -> Memory.SavedPlacement? {
    let kept = probes.compactMap { probe -> Memory.SavedPlacement.Probe? in
      let answers = zip(pulses, probe.answers).filter { $0.1.count > 0 }.map {
        Memory.SavedPlacement.Answers(output: plan.outputs[$0.0.index].name, share: $0.1.saved)
      }
      let means = Self.lasting.map { probe[keyPath: $0] }
      guard !answers.isEmpty || means.contains(where: { $0.count > 0 }) else { return nil }
      return Memory.SavedPlacement.Probe(
        name: plan.channels[probe.channel.index].name, answers: answers, means: means.map(\.saved))
    }
    return kept.isEmpty ? nil : Memory.SavedPlacement(quantity: quantity.rawValue, probes: kept)
  }

  /// Takes up what was saved of probes and outputs that are still there. A probe that was moved has done with most of it after a day.
  mutating func resume(_ saved: Memory.SavedPlacement, _ plan: Plan) {
    for index in probes.indices {
      let name = plan.channels[probes[index].channel.index].name
      guard let own = saved.probes.first(where: { $0.name == name }) else { continue }
      for (place, output) in pulses.enumerated() {
        let answers = own.answers.first { $0.output == plan.outputs[output.index].name }
        if let mean = answers.flatMap({ Mean($0.share, keeping: Self.pulsesKept) }), (0...1).contains(mean.value) {
          probes[index].answers[place] = mean
        }
      }
      guard own.means.count == Self.lasting.count else { continue }
      for (path, pair) in zip(Self.lasting, own.means) {
        if let mean = Mean(pair, keeping: Self.minutesKept) { probes[index][keyPath: path] = mean }
      }
    }
  }

  /// The means that last over a restart, in the order in which they are kept.
  private static var lasting: [WritableKeyPath<Probe, Mean>] {
    [
      \.lit, \.dark, \.heated, \.unheated, \.change, \.difference, \.changes, \.differences, \.product,
    ]
  }

  // MARK: What there is to say

  var advice: [Advice] { probes.flatMap { streams($0) + heat($0) + lag($0) } }

  private func streams(_ probe: Probe) -> [Advice] {
    pulses.indices.compactMap { output in
      let answers = probe.answers[output]
      guard answers.count >= Self.pulsesNeeded, answers.value >= Self.pulseShare else { return nil }
      return .probeInStream(probe: probe.channel, of: pulses[output])
    }
  }

  private func heat(_ probe: Probe) -> [Advice] {
    [(Advice.HeatSource.sun, probe.lit, probe.dark), (.heater, probe.heated, probe.unheated)].compactMap {
      source, with, without in
      let difference = with.value - without.value
      // One that always differs is badly calibrated, not badly placed.
      guard with.count >= Self.minutesNeeded, without.count >= Self.minutesNeeded, difference >= Self.heatDifference,
        abs(without.value) <= difference / 2
      else { return nil }
      return .probeInHeat(probe: probe.channel, from: source, kelvins: difference)
    }
  }

  private func lag(_ probe: Probe) -> [Advice] {
    guard probe.change.count >= Self.blocksNeeded else { return [] }
    let changes = probe.changes.value - probe.change.value * probe.change.value
    let differences = probe.differences.value - probe.difference.value * probe.difference.value
    let product = probe.product.value - probe.change.value * probe.difference.value
    guard changes > 1e-6, differences > 1e-6, product < 0 else { return [] }
    let minutes = -product / changes * 2 * Double(Self.blockMinutes)
    let made = -product / changes.squareRoot()
    guard minutes >= Self.lag, minutes <= Self.longestLag, made >= Self.lagDifference,
      product * product >= Self.lagShare * changes * differences
    else { return [] }
    return [.probeLags(probe: probe.channel, minutes: minutes)]
  }
}

extension Quantity {
  /// Change within a minute that is an answer to an output, in the unit of the quantity; infinite where probes are not compared.
  fileprivate var pulseChange: Double {
    switch self {
    case .temperature: 0.4
    case .humidity: 4
    default: .infinity
    }
  }
}
