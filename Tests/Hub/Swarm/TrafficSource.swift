// Records of devices that do not exist: each a function of its sequence, so that a test knows every row.

package import SyncProtocol

/// What a device has to send. A record depends on the device, the lane, the sequence and ``salt`` alone.
package struct TrafficSource: Sendable {
  package var device: DeviceName
  package var install: InstallID
  /// How many records there are in each lane.
  package var counts: [Lane: Int64]
  /// Channels that are sampled in each step.
  package var channels = 12
  /// Time between two steps, ms.
  package var step: Int64 = 60_000
  /// Wall time of the boot, ms since 1970: 2023-11-24T00:00:00Z.
  package var beginning: Int64 = 1_700_784_000_000
  package var trust = StampTrust.trusted
  package var boot = "boot-1"
  /// Other content under the same keys.
  package var salt: UInt64 = 0

  package init(device: DeviceName, install: InstallID = InstallID(), counts: [Lane: Int64]) {
    (self.device, self.install, self.counts) = (device, install, counts)
  }

  /// A number that looks like chance (finaliser of SplitMix64).
  private func noise(_ sequence: Int64) -> UInt64 {
    var hash = UInt64(bitPattern: sequence) &+ salt &* 0x9E37_79B9_7F4A_7C15
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }

  /// A sample's value, ten-thousandths; of some there is none.
  package func value(_ sequence: Int64) -> Int64? {
    let noise = noise(sequence)
    return noise % 97 == 0 ? nil : 240_000 + Int64(noise % 40) * 100
  }

  package func channel(_ sequence: Int64) -> String { "shed.\((sequence - 1) % Int64(channels))" }
  /// Monotonic time of a record, ms.
  package func mono(_ lane: Lane, _ sequence: Int64) -> Int64 {
    lane == .backlog ? (sequence - 1) / Int64(channels) * step : (sequence - 1) * step
  }

  /// The batch with these sequences.
  package func batch(_ lane: Lane, _ range: ClosedRange<Int64>) -> Batch {
    let content: BatchContent
    switch lane {
    case .backlog:
      var group = SampleGroup()
      for sequence in range {
        let mono = mono(lane, sequence)
        group.add(
          boot: boot, mono: mono, wall: beginning + mono, trust: trust, channel: channel(sequence),
          value: value(sequence), quality: value(sequence) == nil ? 5 : 0)
      }
      content = .samples(group)
    case .live:
      var group = MeanGroup()
      for sequence in range {
        let mono = mono(lane, sequence)
        let means = (1...Int64(channels)).map { channel in
          let mean = value(sequence * 1_000 + channel)
          return SyncMean(
            channel: self.channel(channel), mean: mean, minimum: mean.map { $0 - 500 }, maximum: mean.map { $0 + 500 },
            good: mean == nil ? 0 : 10, bad: mean == nil ? 10 : 0)
        }
        group.add(boot: boot, mono: mono, wall: beginning + mono, trust: trust, length: 600_000, means: means)
      }
      content = .means(group)
    case .alarm:
      var group = EntryGroup()
      for sequence in range {
        let mono = mono(lane, sequence)
        let entry: SyncEntryContent =
          sequence % 2 == 0
          ? .event(kind: "stage", subject: "shed", detail: "第\(noise(sequence) % 5)龄 \"\\{,}\t", by: nil)
          : .alarm(
            kind: "high", subject: channel(sequence), severity: "alarm",
            transition: sequence % 4 == 1 ? "raised" : "cleared", value: value(sequence), by: "li")
        group.add(boot: boot, mono: mono, wall: beginning + mono, trust: trust, entry)
      }
      content = .entries(group)
    case .diagnostic:
      var group = DecisionGroup()
      for sequence in range {
        let mono = mono(lane, sequence)
        group.add(
          boot: boot, mono: mono, wall: beginning + mono, trust: trust,
          SyncDecision(
            output: "heater", isOn: sequence % 2 == 0, demand: Double(noise(sequence) % 100) / 100, rule: "heat",
            channel: channel(sequence), value: value(sequence), setpoint: 255_000, until: sequence % 3 == 0 ? mono : nil
          ))
      }
      content = .decisions(group)
    }
    return Batch(device: device, install: install, lane: lane, first: range.lowerBound, content: content)
  }
}
