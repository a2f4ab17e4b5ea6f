// What the county wants, as JSON.

import SyncProtocol
import Testing

@Suite("What the county wants")
struct DesiredTests {
  private let document =
    #"{"device":"wenfeng-3","version":12,"expires":"2026-11-30T00:00:00Z","commands":[{"do":"override","output":"exhaust","demand":1,"for":"20m"}]}"#

  @Test("the document's example is read, and written the same way but for the order of its keys")
  func example() throws {
    let desired = try Desired(text: document)
    #expect(desired.device.text == "wenfeng-3")
    #expect(desired.version == 12)
    #expect(desired.expires == 1_795_996_800_000)
    #expect(desired.commands == [.override(output: "exhaust", demand: 1, seconds: 1_200)])
    #expect(try Desired(text: desired.text) == desired)
    #expect(desired.text.hasSuffix("}\n"))
  }

  @Test("every command comes back as it was")
  func commands() throws {
    let device = try #require(DeviceName("d"))
    let desired = Desired(
      device: device, version: 1, expires: 1_000,
      commands: [
        .override(output: "风机", demand: 0.25, seconds: 90.5), .automatic(output: "a"),
        .offset(zone: "shed", temperature: -1.5, humidity: nil, seconds: 3_600),
        .offset(zone: "shed", temperature: nil, humidity: 5, seconds: 60),
        .offset(zone: "shed", temperature: 1, humidity: 5, seconds: 60),
        .offset(zone: "shed", temperature: nil, humidity: nil, seconds: nil),
        .event(zone: "shed", event: "moult-begin"), .stage(zone: "shed", stage: "instar-3"), .hold(zone: "shed"),
        .resume(zone: "shed"), .bundle,
      ])
    #expect(try Desired(text: desired.text) == desired)
  }

  @Test(
    "refused: unknown keys and commands, missing and superfluous ones, wrong types and times",
    arguments: [
      (#""version":12"#, #""version":12,"more":1"#), (#""version":12,"#, ""), (#""version":12"#, #""version":"12""#),
      (#""version":12"#, #""version":0"#), (#""wenfeng-3""#, #""Wenfeng""#), ("00:00Z", "00:00"),
      ("2026-11-30T00:00:00Z", "tomorrow"), ("00:00Z", "00:00.1Z"), ("00:00Z", "00:0Z"),
      (#""do":"override""#, #""do":"overide""#), (#","for":"20m""#, ""),
      (#""for":"20m""#, #""for":"20""#), (#""for":"20m""#, #""for":"-20m""#),
      (#""for":"20m""#, #""for":"300000h""#), (#""for":"20m""#, #""for":"0.00001s""#),
      (#""demand":1"#, #""demand":"on""#),
      (#""demand":1"#, #""demand":1,"zone":"shed""#), (#""demand":1"#, #""demand":1,"by":"me""#),
      ("}]}", "}]"),
    ])
  func refused(_ change: (from: String, to: String)) throws {
    let changed = document.replacing(change.from, with: change.to)
    try #require(changed != document)
    #expect(throws: SyncFault.self) { try Desired(text: changed) }
  }

  @Test("a report comes back as it was")
  func report() throws {
    let device = try #require(DeviceName("d"))
    let reports = [
      Reported(device: device, version: 12, signer: "xing", last: 12, time: 5),
      Reported(
        device: device, version: nil, signer: nil, last: 11, time: 5, refused: .signature, detail: "no", chinese: "否"),
    ]
    for report in reports {
      #expect(try Reported(report.encoded()) == report)
      #expect(report.isApplied == (report.reason == nil))
    }
    #expect(throws: SyncFault.self) { try Reported(Array("{}".utf8)) }
  }
}
