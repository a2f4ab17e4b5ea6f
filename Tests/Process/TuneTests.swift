// bombyx tune as a technician runs it: a program of its own, beside the controller of a shed that is simulated many times faster.

import Controller
import Foundation
import Journal
import LocalService
import Servers
import Station
import Testing

@Suite("Tuning a running shed", .enabled(if: Built.directory != nil, "run by ./dev test, which builds what they start"))
struct TuneTests {
  private static let example = "\(Built.root)/deploy/examples/silkworm-shed.toml"

  /// A simulated shed at its setpoint, and commands for it.
  private final class Shed {
    let folder: ScratchDirectory
    private let program: String
    private let simulation: ServerProcess
    private let socket: String

    init(speed: Int) throws {
      folder = try ScratchDirectory()
      program = try Built.program("bombyx")
      socket = folder.file("bombyx/bombyxd.sock")
      simulation = try ServerProcess(
        program,
        [
          "simulate", "--speed", "\(speed)", "--state-directory", folder.file("log"), "--share", Built.root, "--lang",
          "en",
        ],
        environment: ["XDG_RUNTIME_DIR": folder.path, "TMPDIR": folder.path], log: folder.file("simulation.log"))
      try eventually("the shed is at its setpoint", within: 120) {
        guard simulation.isRunning else {
          throw ServerError("the simulation ended: \(simulation.output.suffix(2_000))")
        }
        guard let status = status, status.uptime > 1_800, status.alarms.isEmpty, let zone = status.zones.first,
          let air = zone.quantities.first(where: { $0.channel.quantity == "temperature" }),
          let value = air.channel.value, let setpoint = air.setpoint
        else { return false }
        return abs(value - setpoint) < 0.5
      }
    }

    var status: StatusMessage? {
      guard let client = try? ServiceClient(socket: socket) else { return nil }
      return try? client.call(.status, nil, returning: StatusMessage.self)
    }

    /// How the heater is driven by hand; `nil` while it follows its law.
    var override: OverrideMessage? { status?.outputs.first { $0.name == "heater" }?.override }

    /// Who ended each override of the heater; `nil` for one that expired.
    func ends() throws -> [String?] {
      try JournalReader(directory: folder.file("log")).events().filter { $0.kind == EventKind.overrideEnded.rawValue }
        .map(\.by)
    }

    func tune(_ options: String...) throws -> ServerProcess {
      try ServerProcess(
        program,
        ["tune", "shed", "--config", example, "--share", Built.root, "--socket", socket, "--lang", "en", "--json"]
          + options,
        log: folder.file("tune.log"))
    }

    func check(_ configuration: String) throws {
      try ServerProcess.run(program, ["check", configuration, "--share", Built.root, "--lang", "en"])
    }
  }

  @Test("finds a law by the shed's own clock, which bombyx check accepts, and gives the heater back")
  func finds() async throws {
    try await Machine.shared {
      // Fast enough for two hours, and slow enough for looks in time beside everything else that the machine has to do.
      let shed = try Shed(speed: 200)
      let tune = try shed.tune("--for", "2h")
      try eventually("the test ends", within: 300) { !tune.isRunning }
      let output = tune.output
      guard let json = output.firstIndex(of: "{").map({ output[$0...] }) else { throw RigError(description: output) }
      let report = try JSONDecoder().decode(TuneReport.self, from: Data(json.utf8))
      // By the clock of who asks it would be a minute.
      try require(report.hours > 0.5 && report.cycles >= 3, output)
      if let model = report.model { try require(model.timeConstant > 120, output) }
      try require(shed.override == nil, "the heater is still driven by hand")
      let line = "temperature = { control = \"pid\", "
      let text = try String(contentsOfFile: Self.example, encoding: .utf8)
      let tuned = text.replacing(line, with: line + report.toml + ", ")
      try require(tuned != text, "the example has no line to write the law into")
      try shed.check(shed.folder.write(tuned, to: "tuned.toml"))
    }
  }

  @Test(
    "that is ended by Ctrl-C gives the heater back at once, and one that is killed leaves it an override that expires")
  func ends() async throws {
    try await Machine.shared {
      let shed = try Shed(speed: 200)
      let interrupted = try shed.tune()
      try eventually("it drives the heater") { shed.override != nil }
      interrupted.end(SIGINT)
      try require(interrupted.output.contains("bombyx: "), "it says nothing: \(interrupted.output)")
      try eventually("the log says who gave the heater back") { try shed.ends().count == 1 }
      try require(shed.ends().last != .some(nil), "the override has expired, and was not given back")
      let killed = try shed.tune()
      try eventually("it drives the heater again") { shed.override != nil }
      killed.end(SIGKILL)
      try eventually("the log says that the override has expired") { try shed.ends().last == .some(nil) }
      try require(shed.override == nil, "the heater is still driven by hand")
    }
  }
}
