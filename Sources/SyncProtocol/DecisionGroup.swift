// Decisions: each change of an output's wanted state, with its reason.

/// A change of an output's wanted state.
public struct SyncDecision: Hashable, Sendable {
  /// Index into ``DecisionGroup/stamps``.
  public var stamp: Int = 0
  /// Name of the output.
  public var output: String
  /// Its wanted state.
  public var isOn: Bool
  /// Its wanted mean, 0–1.
  public var demand: Double?
  /// The rule that decided.
  public var rule: String
  /// Name of the channel it looked at.
  public var channel: String?
  /// The value it saw, ten-thousandths of the channel's unit.
  public var value: Int64?
  /// What it compared with, ten-thousandths.
  public var setpoint: Int64?
  /// The constraint that keeps the output from following.
  public var heldBy: String?
  /// When rule or constraint ends, ms of the boot's monotonic clock.
  public var until: Int64?

  /// A decision from its parts.
  public init(
    output: String, isOn: Bool, demand: Double? = nil, rule: String, channel: String? = nil, value: Int64? = nil,
    setpoint: Int64? = nil, heldBy: String? = nil, until: Int64? = nil
  ) {
    (self.output, self.isOn, self.demand, self.rule) = (output, isOn, demand, rule)
    (self.channel, self.value, self.setpoint) = (channel, value, setpoint)
    (self.heldBy, self.until) = (heldBy, until)
  }
}

/// The decisions of a batch, in the order of their sequence.
public struct DecisionGroup: Hashable, Sendable {
  /// When they were made.
  public private(set) var stamps = StampTable()
  /// The decisions.
  public private(set) var decisions: [SyncDecision] = []

  /// No decisions.
  public init() {}

  /// Adds a decision, as the last. Its ``SyncDecision/stamp`` is set here.
  public mutating func add(boot: String, mono: Int64, wall: Int64, trust: StampTrust, _ decision: SyncDecision) {
    var decision = decision
    decision.stamp = stamps.add(boot: boot, mono: mono, wall: wall, trust: trust)
    decisions.append(decision)
  }

  func write(to map: inout CBORMap) {
    stamps.write(to: &map)
    map.put(
      "entries",
      maps: decisions.map { decision in
        var item = CBORMap()
        item.put("at", Int64(decision.stamp))
        item.put("output", decision.output)
        item.put("on") { $0.write(decision.isOn) }
        item.put("demand", decision.demand)
        item.put("rule", decision.rule)
        item.put("channel", decision.channel)
        item.put("value", decision.value)
        item.put("setpoint", decision.setpoint)
        item.put("held", decision.heldBy)
        item.put("until", decision.until)
        return item
      })
  }

  init(_ fields: CBORFields, count: Int) throws(SyncFault) {
    stamps = try StampTable(fields)
    decisions.reserveCapacity(count)
    for item in try fields.array("entries", count: count) {
      let item = try CBORFields(item, "a decision")
      let stamp = try stamps.index(in: item)
      var decision = SyncDecision(
        output: try item.text("output"), isOn: try item.boolean("on"), demand: try item.optionalNumber("demand"),
        rule: try item.text("rule"), channel: try item.optionalText("channel"),
        value: try item.optionalInteger("value"), setpoint: try item.optionalInteger("setpoint"),
        heldBy: try item.optionalText("held"), until: try item.optionalInteger("until"))
      decision.stamp = stamp
      decisions.append(decision)
    }
  }
}
