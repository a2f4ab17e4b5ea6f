// What comes over the network: batches, acknowledgements, notes of the county.

import FoundationEssentials
import Simulator
import SyncProtocol

/// Batches: whatever the bytes, they are refused or give no more records than a batch may hold, and what is accepted comes back when it
/// is written and read again.
struct BatchTarget: FuzzTarget {
  let name = "sync-batch"
  let longestInput = 4_096
  let usualRuns: UInt64 = 1_000_000
  private let device: DeviceName

  init() throws {
    guard let device = DeviceName("wenfeng-3") else { throw Finding("wenfeng-3 is no name of a device") }
    self.device = device
  }

  func madeInputs() -> [[UInt8]] {
    Self.examples(device).flatMap { [$0.unpacked(), (try? $0.encoded()) ?? []] }
  }

  /// A batch of each content.
  static func examples(_ device: DeviceName) -> [Batch] {
    let install = InstallID([UInt8](1...16)) ?? InstallID()
    var samples = SampleGroup()
    var means = MeanGroup()
    var entries = EntryGroup()
    var decisions = DecisionGroup()
    for index in Int64(0)..<6 {
      let (mono, wall) = (index * 60_000, 1_700_000_000_000 + index * 60_000)
      samples.add(
        boot: "b\(index / 4)", mono: mono, wall: wall, trust: .trusted, channel: "c\(index % 2)",
        value: index == 3 ? nil : 240_000 + index * 100, quality: UInt8(index))
      means.add(
        boot: "b", mono: mono, wall: wall, trust: .freeRunning, length: 600_000,
        means: [SyncMean(channel: "c", mean: 1, minimum: nil, maximum: 2, good: 3, bad: 4)])
      entries.add(
        boot: "b", mono: mono, wall: wall, trust: .unknown,
        index % 3 == 0
          ? .alarm(kind: "high", subject: "c", severity: "alarm", transition: "raised", value: 15_000, by: nil)
          : index % 3 == 1
            ? .event(kind: "started", subject: "s", detail: "", by: "p") : .anchor(utc: wall, error: 5, source: .hub))
      decisions.add(
        boot: "b", mono: mono, wall: wall, trust: .trusted,
        SyncDecision(
          output: "heater", isOn: index % 2 == 0, demand: 0.5, rule: "heating", channel: "c", value: 240_000,
          setpoint: 250_000,
          heldBy: "min-off", until: mono))
    }
    let contents: [(Lane, BatchContent)] = [
      (.backlog, .samples(samples)), (.live, .means(means)), (.alarm, .entries(entries)),
      (.diagnostic, .decisions(decisions)), (.backlog, .lost(1_000_000, .quota)), (.alarm, .hello),
    ]
    return contents.map { lane, content in
      Batch(device: device, install: install, lane: lane, first: 41, content: content)
    }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    // As a message, and as what is in one: damage seldom leaves a frame whole.
    guard let batch = (try? Batch(input)) ?? (try? Batch(unpacked: input)) else { return false }
    if case .lost = batch.content {
    } else {
      try require(batch.content.count <= SyncLimits.records, "a batch of \(batch.content.count) records")
    }
    try require(batch.last >= batch.first - 1, "a batch ends before it begins")
    try require(
      (try? Batch(unpacked: batch.unpacked())) == batch, "a batch is another when it is written and read again")
    return true
  }
}

/// Acknowledgements: what is accepted comes back, and its gaps lie between `through` and `top`.
struct AcknowledgementTarget: FuzzTarget {
  let name = "sync-acknowledgement"
  let longestInput = 1_024
  let usualRuns: UInt64 = 2_000_000

  func madeInputs() -> [[UInt8]] {
    [
      Acknowledgement(
        database: DatabaseID(), install: InstallID(), lane: .live, through: 1_000, top: 70_000,
        gaps: [1_001...1_100, 2_000...2_000], window: 16, now: 1_700_000_000_000, isFork: true),
      Acknowledgement(
        database: DatabaseID(), install: InstallID(), lane: .alarm, through: 0, top: 0, window: 0, now: 0),
    ].map { $0.encoded() }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let answer = try? Acknowledgement(input) else { return false }
    try require((try? Acknowledgement(answer.encoded())) == answer, "an acknowledgement is another when it comes back")
    try require(
      answer.gaps.allSatisfy { $0.lowerBound > answer.through && $0.upperBound <= answer.top }, "a gap lies outside")
    return true
  }
}

/// Notes of the county: none that is not signed is read, and what is read is written and read again.
struct DesiredTarget: FuzzTarget {
  let name = "sync-desired"
  let words = [
    "do", "override", "automatic", "offset", "event", "stage", "hold", "resume", "bundle", "for", "20m", "— xing ",
  ]
  private let signer: NoteSigner
  private let verifier: NoteVerifier
  private let text: String

  init() throws {
    guard let signer = NoteSigner(newKeyNamed: "xing"), let verifier = NoteVerifier(signer.verifierText),
      let device = DeviceName("wenfeng-3")
    else { throw Finding("there is no key to sign with") }
    (self.signer, self.verifier) = (signer, verifier)
    text =
      Desired(
        device: device, version: 12, expires: 1_700_000_000_000,
        commands: [
          .override(output: "exhaust", demand: 1, seconds: 1_200),
          .offset(zone: "z", temperature: 1, humidity: nil, seconds: 60),
          .stage(zone: "z", stage: "s"), .bundle,
        ]
      ).text
  }

  func madeInputs() -> [[UInt8]] { [Array(text.utf8), (try? signer.note(text)).map { Array($0.utf8) } ?? []] }

  func run(_ input: [UInt8]) throws -> Bool {
    if let opened = try? SignedNote.open(input, keys: [verifier]) {
      try require(opened.text == text, "a text that nobody has signed is believed")
      return true
    }
    guard let desired = try? Desired(text: String(decoding: input, as: UTF8.self)) else { return false }
    try require((try? Desired(text: desired.text)) == desired, "what is wanted is another when it comes back")
    return true
  }
}
