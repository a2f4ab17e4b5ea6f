// What a simulation prints at its end.

import Climate
import Controller

/// What a simulation prints at its end. Shares are 0–1.
public struct SimulationReport: Codable, Sendable {
  /// How a temperature was held.
  public struct Temperature: Codable, Sendable {
    /// Share of time within 1 K of the setpoint.
    public var within1K = 0.0
    /// Share of time in the permitted band.
    public var inBand = 0.0
    /// Greatest excess over the setpoint, K.
    public var overshoot = 0.0
    /// Time integral of the distance from the band, K·h.
    public var exceedance = 0.0

    private enum CodingKeys: String, CodingKey {
      case within1K = "within_1K"
      case inBand = "in_band"
      case overshoot = "overshoot_K"
      case exceedance = "exceedance_Kh"
    }
  }

  /// How a humidity or a soil moisture was held.
  public struct Moisture: Codable, Sendable {
    /// Share of time in the permitted band.
    public var inBand = 0.0
    /// Time integral of the distance from the band, %·h.
    public var exceedance = 0.0

    private enum CodingKeys: String, CodingKey {
      case inBand = "in_band"
      case exceedance = "exceedance_pch"
    }
  }

  /// How a zone was held.
  public struct Zone: Codable, Sendable {
    /// Temperature; `nil` without a setpoint.
    public var temperature: Temperature?
    /// Relative humidity; `nil` without a setpoint.
    public var humidity: Moisture?
    /// Soil moisture; `nil` without a setpoint.
    public var soilMoisture: Moisture?
    /// Most water given in any 24 h, l, and the most that may be; `nil` without a bed.
    public var waterMost: Double?
    /// See ``waterMost``.
    public var waterCap: Double?

    private enum CodingKeys: String, CodingKey {
      case temperature, humidity
      case soilMoisture = "soil_moisture"
      case waterMost = "water_24h_most_l"
      case waterCap = "water_cap_l"
    }
  }

  /// What an output did.
  public struct Output: Codable, Sendable {
    /// Operations of its contactor.
    public var operations = 0
    /// Hours on.
    public var onHours = 0.0

    private enum CodingKeys: String, CodingKey {
      case operations
      case onHours = "on_hours"
    }
  }

  /// Days simulated.
  public var days = 0.0
  /// The seed.
  public var seed: UInt64
  /// Zones by name.
  public var zones: [String: Zone] = [:]
  /// Outputs by name.
  public var outputs: [String: Output] = [:]
  /// Energy used, kWh.
  public var energy = 0.0
  /// Water used, l.
  public var water = 0.0
  /// Alarms raised, by identity.
  public var alarms: [String: Int] = [:]
  /// Constraints violated, in words; must be empty.
  public var violations: [String] = []
  /// SHA-256 of the log in its canonical form.
  public var logDigest = ""

  private enum CodingKeys: String, CodingKey {
    case days, seed, zones, outputs, alarms, violations
    case energy = "energy_kWh"
    case water = "water_l"
    case logDigest = "log_sha256"
  }
}

/// Adds up a report while a simulation runs, from what is true in the house.
struct ReportBuilder {
  private(set) var report: SimulationReport
  private let plan: Plan
  private var seconds: QuantityMap<Double> = [:]
  private var inBand: QuantityMap<Double> = [:]
  private var within1K = 0.0

  init(_ plan: Plan, seed: UInt64) {
    self.plan = plan
    report = SimulationReport(seed: seed)
  }

  /// Looks at one step of `dt` seconds. The report is about the first zone, the one in the simulated house.
  mutating func look(_ air: QuantityMap<Double>, _ controller: Controller, dt: Double, at now: Instant) {
    guard let zone = plan.zones.first else { return }
    let setpoints = controller.setpoints(of: ZoneID(0))
    var entry = report.zones[zone.name] ?? SimulationReport.Zone()
    for quantity in [Quantity.temperature, .humidity, .soilMoisture] {
      guard let band = setpoints.band(of: quantity), let value = air[quantity] else { continue }
      seconds[quantity] = (seconds[quantity] ?? 0) + dt
      if band.holds(value) { inBand[quantity] = (inBand[quantity] ?? 0) + dt }
      let share = (inBand[quantity] ?? 0) / (seconds[quantity] ?? 1)
      let distance = max(0, abs(value - band.setpoint) - band.band) * dt / 3_600
      if quantity == .temperature {
        var result = entry.temperature ?? SimulationReport.Temperature()
        if abs(value - band.setpoint) <= 1 { within1K += dt }
        result.within1K = within1K / (seconds[quantity] ?? 1)
        result.inBand = share
        result.overshoot = max(result.overshoot, value - band.setpoint)
        result.exceedance += distance
        entry.temperature = result
      } else {
        let old = quantity == .humidity ? entry.humidity : entry.soilMoisture
        let result = SimulationReport.Moisture(inBand: share, exceedance: (old?.exceedance ?? 0) + distance)
        if quantity == .humidity { entry.humidity = result } else { entry.soilMoisture = result }
      }
    }
    if let bed = zone.bed, let used = controller.waterUsed(in: ZoneID(0), at: now) {
      entry.waterCap = bed.irrigation.dailyCap
      entry.waterMost = max(entry.waterMost ?? 0, used)
    }
    report.zones[zone.name] = entry
  }

  /// Counts alarms.
  mutating func count(_ records: [Record]) {
    for case .alarm(_, let id, _, .raised, _, _) in records { report.alarms[id.text, default: 0] += 1 }
  }

  mutating func countOutput(_ name: String, isClosed: Bool, operations: Int, dt: Double) {
    var entry = report.outputs[name] ?? SimulationReport.Output()
    entry.operations = operations
    if isClosed { entry.onHours += dt / 3_600 }
    report.outputs[name] = entry
  }

  mutating func finish(days: Double, energy: Double, water: Double, violations: [String]) -> SimulationReport {
    (report.days, report.energy, report.water, report.violations) = (days, energy, water, violations)
    return report
  }
}
