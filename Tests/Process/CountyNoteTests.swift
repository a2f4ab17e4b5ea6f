// What the county wants, from its command line to the shed's contactor and back.

import CFakeHardware
import Controller
import Foundation
import GRDB
import LocalService
import Platform
import Servers
import Testing

@Suite(
  "What the county wants",
  .enabled(
    if: Built.isThere && FileManager.default.fileExists(atPath: MosquittoBroker.program),
    "run by ./dev test, which builds what they start"))
struct CountyNoteTests {
  private func sign(_ folder: ScratchDirectory, _ options: [String], _ commands: String...) throws -> String {
    try ServerProcess.run(
      try Built.program("bombyx-hub"),
      ["sign", "--signing-key", folder.file("county.key"), "--device", "rig"] + options + commands)
  }

  /// Version, whether it was carried out, and why not.
  private func reports(_ database: String) throws -> [String] {
    try DatabaseQueue(path: database).read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT version || ' ' || json_extract(body, '$.applied') || ' ' || coalesce(json_extract(body, '$.reason'), '-')
          FROM report ORDER BY version
          """)
    }
  }

  @Test("A key is made once, for its owner alone; it signs what was asked for, and no nonsense")
  func key() throws {
    let folder = try ScratchDirectory()
    let make = {
      try ServerProcess.run(try Built.program("bombyx-hub"), ["new-key", "county", folder.file("county.key")])
    }
    let verifier = try make()
    #expect(verifier.hasPrefix("county+") && verifier.hasSuffix("\n"))
    #expect(throws: ServerError.self) { try make() }
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("county.key"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let note = try sign(folder, ["--version", "3", "--valid-for", "12h"], #"{"do":"hold","zone":"shed"}"#)
    for part in [#""commands":[{"do":"hold","zone":"shed"}]"#, #""device":"rig""#, #""version":3"#, "\n\n— county "] {
      #expect(note.contains(part))
    }
    for nonsense in [#"{"do":"hold"}"#, #"{"do":"explode","zone":"shed"}"#, "hold"] {
      #expect(throws: ServerError.self) { try sign(folder, [], nonsense) }
    }
    #expect(throws: ServerError.self) { try sign(folder, ["--valid-for", "12"], #"{"do":"hold","zone":"shed"}"#) }
  }

  @Test("What the county has signed the shed does, once, and says so; a note of an old version changes nothing")
  func carriedOut() async throws {
    try await Machine.shared {
      let folder = try ScratchDirectory()
      let key = try ServerProcess.run(
        try Built.program("bombyx-hub"), ["new-key", "county", folder.file("county.key")]
      ).trimmingCharacters(in: .newlines)
      let broker = try MosquittoBroker()
      let rig = try Rig(
        RigConfiguration(
          uplink: "broker = \"mqtt://localhost:\(broker.port)\"\ndevice = \"rig\"\ncommand-keys = [\"\(key)\"]"))
      try rig.startHeating()
      rig.setWallClock(0, FAKEHW_WALL_SYNCHRONISED)
      let hub = try ServerProcess(
        try Built.program("bombyx-hub"),
        ["run", "--broker", "mqtt://localhost:\(broker.port)", "--sqlite", rig.path("hub.sqlite").path],
        log: rig.path("hub.log").path)
      try rig.status("connected, with a clock that is right") { $0.sync?.isConnected == true && $0.clock == .trusted }
      let address = ["--broker", "mqtt://localhost:\(broker.port)"]

      _ = try sign(
        folder, address + ["--version", "5"], #"{"do":"override","output":"exhaust","demand":1,"for":"20m"}"#)
      try rig.eventually("the fan runs because the county wants it") { rig.isOn(Rig.fan) }
      let output = try rig.status("the county stands there as who wanted it") { status in
        status.outputs.contains { $0.name == "exhaust" && $0.override?.by == "county:county" }
      }
      try require(!output.outputs.isEmpty, "no outputs")

      let reports = { try self.reports(rig.path("hub.sqlite").path) }
      try rig.eventually("the hub has the report") { try reports() == ["5 1 -"] }
      _ = try sign(folder, address + ["--version", "5"], #"{"do":"automatic","output":"exhaust"}"#)
      _ = try sign(
        folder, address + ["--version", "6"], #"{"do":"override","output":"chimney","demand":1,"for":"20m"}"#)
      _ = try sign(folder, address + ["--version", "7"], #"{"do":"bundle"}"#)
      try rig.eventually("the hub has all reports") { try reports().contains { $0.hasPrefix("7 1") } }
      let all = try reports()
      try require(all == ["5 1 -", "6 0 command", "7 1 -"], "reports: \(all)")
      try require(rig.isOn(Rig.fan), "an old note was carried out")
      hub.end(SIGTERM)
    }
  }
}
