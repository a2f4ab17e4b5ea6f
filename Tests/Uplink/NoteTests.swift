// Which notes of the county may be carried out.

import Controller
import SyncProtocol
import Testing

@testable import Uplink

@Suite("Notes of the county")
struct NoteTests {
  private let county: NoteSigner
  private let judge: NoteJudge
  private let device: DeviceName
  private let wall = WallTime(unixMilliseconds: 1_800_000_000_000, trust: .trusted)

  init() throws {
    county = try #require(NoteSigner(newKeyNamed: "xing"))
    device = try #require(DeviceName("shed-1"))
    judge = NoteJudge(device: device, keys: [try #require(NoteVerifier(county.verifierText))])
  }

  private func read(
    _ change: (inout Desired) -> Void = { _ in }, signer: NoteSigner? = nil, isRetained: Bool = false, last: Int64 = 11,
    wall: WallTime? = nil
  ) throws -> CountyNote {
    var desired = Desired(device: device, version: 12, expires: 1_800_000_001_000, commands: [.hold(zone: "shed")])
    change(&desired)
    let note = try (signer ?? county).note(desired.text)
    return try judge.read(Array(note.utf8), isRetained: isRetained, last: last, wall: wall ?? self.wall)
  }

  private func reason(_ body: () throws -> CountyNote) -> RefusalReason? {
    do {
      _ = try body()
      return nil
    } catch {
      let refusal = error as? NoteRefusal
      #expect(refusal?.english.isEmpty == false && refusal?.chinese.isEmpty == false)
      return refusal?.reason
    }
  }

  @Test("one that is signed, new, for this device and in its time may be carried out")
  func accepted() throws {
    let note = try read()
    #expect(note.signer == "xing" && note.desired.commands == [.hold(zone: "shed")])
  }

  @Test("each reason to refuse one")
  func refused() throws {
    let stranger = try #require(NoteSigner(newKeyNamed: "xing"))
    let other = try #require(DeviceName("shed-2"))
    #expect(reason { try read(isRetained: true) } == .retained)
    #expect(reason { try read(signer: stranger) } == .signature)
    #expect(reason { try read({ $0.device = other }) } == .device)
    #expect(reason { try read(last: 12) } == .version)
    #expect(reason { try read(last: 13) } == .version)
    #expect(reason { try read({ $0.expires = 1_800_000_000_000 }) } == .expired)
    for trust in [ClockTrust.freeRunning, .unknown] {
      let wall = WallTime(unixMilliseconds: 5_000, trust: trust)
      #expect(reason { try read(wall: wall) } == .clock)
    }
    #expect(
      reason {
        let text = "{\"device\":\"shed-1\",\"version\":13}\n"
        return try judge.read(Array(county.note(text).utf8), isRetained: false, last: 1, wall: wall)
      } == .form)
    #expect(reason { try judge.read([1, 2, 3], isRetained: false, last: 1, wall: wall) } == .signature)
  }
}
