// The probes of a house: what each channel gives, right or wrong.

import Climate
import Configuration
import Controller
import Simulator

/// The probes of a house.
struct Probes: Sendable {
  /// What a channel measures.
  enum Place: Sendable {
    case zone(Int, Quantity)
    case outside(Quantity)
    case none

    /// The quantity, if its sensor has a way of its own to fail.
    var ownTrouble: Quantity? {
      switch self {
      case .outside(.windSpeed): .windSpeed
      case .zone(_, .carbonMonoxide): .carbonMonoxide
      default: nil
      }
    }
  }

  /// What is wrong with a channel.
  enum Trouble: Sendable {
    case gone
    case frozen(Double?)
    case spikes
    case drifts(perHour: Double, since: Int64)
    case magic(Double)
    case garbled
    case outside
    case swapped(with: Int)
  }

  private struct Channel: Sendable {
    var place: Place
    var troubles: [(event: Int, trouble: Trouble)] = []
    var bias: Double
    var last: Double?
    /// Since when it has given nothing but the truth, ms.
    var soundSince: Int64 = 0
    /// When it last gave a number that a sensor can give, ms.
    var answeredAt: Int64 = .min / 2
    var isProbe: Bool
    /// What a sensor can give.
    var range: ClosedRange<Double>

    @inline(__always) mutating func note(_ value: Double?, at now: Int64) {
      last = value
      if let value, range.contains(value) { answeredAt = now }
    }
  }

  private var channels: [Channel]
  /// Humidity of each zone at the present samples.
  private var humidities: [Double]
  private var generator: SeededGenerator
  /// Chance of what troubles do, where it must not change the noise of sound probes; else that comes from ``generator``.
  private var ownChance: SeededGenerator?

  /// - Parameter hasSteadyNoise: the noise of each probe is the same whatever befalls it and others.
  init(site: ScenarioSite, seed: UInt64, hasSteadyNoise: Bool) {
    ownChance = hasSteadyNoise ? SeededGenerator(seed: seed, purpose: "probe troubles") : nil
    var generator = SeededGenerator(seed: seed, purpose: "probes")
    let plan = site.configuration.plan
    humidities = site.zones.map { _ in 0 }
    channels = plan.channels.map { channel in
      guard case .probe(let limits) = channel.source else {
        return Channel(place: .none, bias: 0, isProbe: false, range: 0...0)
      }
      return Channel(place: .none, bias: 0.2 * (generator.uniform() - 0.5), isProbe: true, range: limits.range)
    }
    for bus in site.configuration.buses {
      for sensor in bus.sensors {
        let zone = plan.zone(named: sensor.zone)?.index
        for channel in sensor.channels {
          channels[channel.id.index].place = zone.map { .zone($0, channel.quantity) } ?? .outside(channel.quantity)
        }
      }
    }
    self.generator = generator
  }

  // MARK: Trouble

  mutating func begin(_ trouble: Trouble, of channel: Int, event: Int) {
    guard channels.indices.contains(channel) else { return }
    channels[channel].troubles.append((event, trouble))
  }

  mutating func end(event: Int, at now: Int64) {
    for index in channels.indices where channels[index].troubles.contains(where: { $0.event == event }) {
      channels[index].troubles.removeAll { $0.event == event }
      channels[index].soundSince = now
    }
  }

  /// Whether a channel has given nothing but the truth for a while.
  func isSound(_ channel: Int, for time: Int64, at now: Int64) -> Bool {
    channels[channel].troubles.isEmpty && now - channels[channel].soundSince >= time
  }

  /// Since when a channel has given the same value, ms; `nil` if it does not.
  func frozenSince(_ channel: Int, events: [FaultEvent]) -> Int64? {
    guard channels[channel].troubles.count == 1, let (event, trouble) = channels[channel].troubles.first,
      case .frozen = trouble
    else { return nil }
    return events[event].at
  }

  /// Whether a channel lies outside, and nothing else is wrong with it.
  func isOutside(_ channel: Int) -> Bool {
    guard channels[channel].troubles.count == 1, case .outside? = channels[channel].troubles.first?.trouble else {
      return false
    }
    return true
  }

  /// Whether something else has been wrong with a channel until a moment ago: what it gave last may be from then.
  func hasJustChanged(_ channel: Int, at now: Int64) -> Bool { now - channels[channel].soundSince < 60_000 }

  /// How many things are wrong with a channel.
  func troubles(of channel: Int) -> Int { channels[channel].troubles.count }

  /// When a channel last gave a number that a sensor can give, ms.
  func answeredAt(_ channel: Int) -> Int64 { channels[channel].answeredAt }

  /// What a channel gave last.
  func last(_ channel: Int) -> Double? { channels[channel].last }

  // MARK: Samples

  /// What the anemometer gives now; looked at only where there is one.
  var wind: Double?
  /// What the transmitter for carbon monoxide gives now; looked at only where there is one.
  var fumes: Double?

  /// What all channels give now.
  mutating func sample(into samples: inout [Sample], zones: [HouseZone], _ out: HouseZone.Weather, now: Int64) {
    let instant = Instant(nanoseconds: now * 1_000_000)
    // Looked at by every probe of a zone, and dear.
    for index in zones.indices { humidities[index] = zones[index].humidity }
    for index in channels.indices where channels[index].isProbe {
      let value =
        if let own = channels[index].place.ownTrouble {
          own == .windSpeed ? wind : fumes
        } else if channels[index].troubles.isEmpty {
          truth(index, zones, out)
        } else {
          troubled(index, zones, out, now)
        }
      channels[index].note(value, at: now)
      samples.append(Sample(channel: ChannelID(index), value: value, at: instant))
    }
  }

  private mutating func troubled(_ index: Int, _ zones: [HouseZone], _ out: HouseZone.Weather, _ now: Int64) -> Double?
  {
    var value: Double? = truth(index, zones, out)
    for position in channels[index].troubles.indices {
      switch channels[index].troubles[position].trouble {
      case .gone: return nil
      case .frozen(let first):
        let frozen = first ?? channels[index].last ?? value
        channels[index].troubles[position].trouble = .frozen(frozen)
        value = frozen
      case .spikes: if chance() < 0.2 { value = value.map { $0 + 60 * (chance() - 0.5) } }
      case .drifts(let perHour, let since): value = value.map { $0 + perHour * Double(now - since) / 3_600_000 }
      case .magic(let magic): value = magic
      case .garbled: if chance() < 0.5 { return nil }
      case .outside: value = out.temperature
      case .swapped(let other): value = truth(other, zones, out)
      }
    }
    return value
  }

  private mutating func chance() -> Double { ownChance?.uniform() ?? generator.uniform() }

  @inline(__always)
  private mutating func truth(_ index: Int, _ zones: [HouseZone], _ out: HouseZone.Weather) -> Double {
    let noise = generator.uniform() + generator.uniform() - 1
    let bias = channels[index].bias
    switch channels[index].place {
    case .zone(let zone, .temperature): return zones[zone].temperature + bias + 0.03 * noise
    case .zone(let zone, .humidity): return min(100, max(1, humidities[zone] + 3 * bias + 0.2 * noise))
    case .zone(let zone, .co2): return zones[zone].co2 + 20 * noise
    case .zone(let zone, .soilMoisture): return zones[zone].soil + 0.1 * noise
    case .outside(.temperature): return out.temperature + 0.03 * noise
    case .outside(.humidity): return 70 + 0.2 * noise
    case .zone(_, .pressure), .outside(.pressure): return 960 + 0.1 * noise
    default: return 0
    }
  }
}
