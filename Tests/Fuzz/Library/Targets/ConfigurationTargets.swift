// Configurations, recipes and boards.

import Climate
import Configuration
import Controller
import Drivers
import Guardian
import TOML

/// Words of TOML and of our files.
private let tomlWords = [
  "[", "]", "[[", "]]", "{", "}", "=", ",", ".", "#", "\n", "\r\n", "\"", "'", "\"\"\"", "'''", "\\", "\\u0000",
  "\\U0010FFFF", "\\uD800", "\u{FEFF}", "\u{0}", "\u{301}", "true", "false", "inf", "nan", "1979-05-27T07:32:00Z",
  "07:32:00",
  "0xFF", "0o7", "0b1", "[site]\n", "[board]\n", "[[sensor]]\n", "[[output]]\n", "[[zone]]\n", "[alive]\n",
  "[journal]\n", "[uplink]\n", "[[stage]]\n", "[[pin]]\n", "[[bus]]\n", "[[chip]]\n", "schema = 1\n", "name = ",
  "model = ", "zone = ", "kind = ", "pin = ", "failsafe = ", "interval = ", "address = ", "inputs = ", "quality = ",
  "temperature = ", "humidity = ", "ventilation = ", "irrigation = ", "setpoint = ", "band = ", "recipe = ", "stage = ",
  "\"outside\"", "\"heater\"", "\"fan\"", "\"pump\"", "\"valve\"", "\"ads1115\"", "\"sht31\"", "\"duty 20% of 15m\"",
  "\"hold 30s\"", "\"2m every 15m\"", "\"25.5 °C\"", "\"2 K\"", "\"85 %\"", "\"1500 ppm\"", "\"512 MiB\"", "\"90s\"",
  "\"999999999d\"", "\"1h30m\"", "interlock = ", "dead-time = ", "max-on = ", "min-off = ", "starts-per-hour = ",
  "high-limit = ", "heat = [\"heater\"]", "cool = [\"exhaust\"]", "coupled = true", "control = \"hysteresis\"",
  "[sources]\n", "night = ", "ramp = ", "event = ", "ends = \"event\"", "ends = \"degree-hours\"", "degree-hours = ",
  "\"1400 K·h\"", "\"0.8 kPa\"", "\"12 g/m³\"", "\"sunrise+30m\"", "\"05:00\"", "blackout = true", "evidence = \"M\"",
  "co2-limit = ", "minimum = ", "redundancy = ", "on-sensor-loss = ", "cycle = ",
]

/// Checks that faults can be found in the text: each names a place in it, in both languages.
private func check(_ faults: [ConfigurationFault], in text: String) throws(Finding) {
  let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
  for fault in faults {
    let place = fault.location
    try require((1...lines.count).contains(place.line), "a fault at line \(place.line) of \(lines.count): \(fault)")
    // One column behind the last character: what is missing there.
    try require(
      (1...(lines[place.line - 1].count + 1)).contains(place.column), "a fault at a column beyond its line: \(fault)")
    try require(!fault.english.isEmpty && !fault.chinese.isEmpty, "a fault without words: \(fault)")
  }
}

/// Configurations: a refused one names places inside the text, an accepted one gives a table that reads back, and a controller that
/// runs.
struct ConfigurationTarget: FuzzTarget {
  let name = "configuration"
  let examples = ["deploy/examples", "Tests/Configuration/Resources"]
  let words = tomlWords
  let longestInput = 16_384
  let usualRuns: UInt64 = 50_000
  private let boards: [Board]
  private let recipes: [Recipe]

  init(root: String) throws {
    let files = ConfigurationFiles(configuration: root + "/deploy/examples/silkworm-shed.toml", share: root)
    (boards, recipes) = (files.boards().boards, files.recipes().recipes)
    guard !boards.isEmpty, !recipes.isEmpty else { throw Finding("there are no boards or recipes under \(root)") }
  }

  func run(_ input: [UInt8]) throws -> Bool {
    guard let text = String(validating: input, as: UTF8.self) else { return false }
    let source = ConfigurationSource(file: "bombyx.toml", text: text)
    let (configuration, faults) = ConfigurationLoader.load([source], boards: boards, recipes: recipes)
    try check(faults, in: text)
    try require(
      (configuration == nil) == faults.contains { $0.severity == .error }, "refused without an error, or accepted with")
    // The file laid over itself goes through the merging of tables; it costs as much again.
    let isLaidOver = configuration != nil || input.count % 8 == 0
    let overlaid =
      isLaidOver ? ConfigurationLoader.load([source, source], boards: boards, recipes: recipes).configuration : nil
    guard let configuration else { return false }
    try require(overlaid == configuration, "the file laid over itself gives another configuration")
    let table = configuration.guardianTable
    let again = Result { () throws(GuardianTableError) in try GuardianTable(text: table.text) }
    try require(again == .success(table), "the guardian refuses the table of an accepted configuration: \(again)")
    try run(configuration)
    return true
  }

  /// A few steps of the controller, without readings and with impossible ones.
  private func run(_ configuration: DeviceConfiguration) throws(Finding) {
    let plan = configuration.plan
    var controller = Controller(plan: plan, at: .zero)
    for second in [1, 2, 60, 3_600, 1_000_000] {
      let now = Instant(nanoseconds: Int64(second) * 1_000_000_000)
      let samples = plan.channels.indices.map { index in
        Sample(channel: ChannelID(index), value: Double(second) * (index % 2 == 0 ? 1 : -1e300), at: now)
      }
      let decision = controller.step(
        now: now, wall: WallTime(unixMilliseconds: Int64(second) * 1_000, trust: .trusted),
        inputs: Inputs(samples: samples))
      let mask: UInt64 = (1 << UInt64(plan.outputs.count)) - 1
      try require(UInt64(decision.wanted) & ~mask == 0, "outputs are wanted that the plan does not have")
    }
    _ = controller.memory(at: Instant(seconds: 1_000_001))
  }
}

/// Recipes: a refused one names places inside the text.
struct RecipeTarget: FuzzTarget {
  let name = "recipe"
  let examples = ["recipes"]
  let words = tomlWords
  let longestInput = 16_384
  let usualRuns: UInt64 = 50_000

  func run(_ input: [UInt8]) throws -> Bool {
    guard let text = String(validating: input, as: UTF8.self) else { return false }
    let (document, faults) = RecipeFile.read(text, file: "recipe.toml")
    try check(faults, in: text)
    try require(
      (document == nil) == faults.contains { $0.severity == .error }, "refused without an error, or accepted with")
    guard let document else { return false }
    let recipe = document.recipe
    for value in document.values {
      try require(value.provenance.source.contains("["), "a value without evidence: \(value)")
    }
    var progress = RecipeProgress(stage: 0)
    for hours in [0, 1, 24, 24 * 400, 24 * 40_000] {
      _ = progress.advance(by: .hours(hours), at: Temperature(celsius: 25), in: recipe)
      try require(recipe.stages.indices.contains(progress.stage), "the recipe has no stage \(progress.stage)")
      for event in recipe.stages.compactMap(\.event) {
        guard let stage = recipe.stage(begunBy: event, at: progress) else { continue }
        try require(recipe.stages[stage].event == event, "\(event) begins a stage of another event")
      }
    }
    try run(recipe)
    return true
  }

  /// A zone that follows the recipe for ten days: its setpoints stay numbers.
  private func run(_ recipe: Recipe) throws(Finding) {
    let zone = ZonePlan(name: "zone", channels: [:], recipe: recipe)
    let place = SitePlace(
      position: GeographicPosition(latitude: 31, longitude: 110, altitude: 400), utcOffset: .hours(8))
    let plan = Plan(site: "site", altitude: 400, place: place, channels: [], outputs: [], zones: [zone])
    var controller = Controller(plan: plan, at: .zero)
    for hour in stride(from: 0, through: 240, by: 7) {
      let wall = WallTime(unixMilliseconds: Int64(hour) * 3_600_000, trust: .trusted)
      _ = controller.step(now: Instant(seconds: Double(hour) * 3_600), wall: wall, inputs: Inputs())
      let setpoints = controller.setpoints(of: ZoneID(0))
      for band in [setpoints.temperature, setpoints.humidity] {
        try require(band?.setpoint.isFinite != false && band?.band.isFinite != false, "a setpoint is no number")
      }
      if let humidity = setpoints.humidity?.setpoint {
        try require((0...100).contains(humidity), "a humidity of \(humidity) %")
      }
    }
  }
}

/// Boards: a refused one names places inside the text, an accepted one finds its own pins, which the guardian's table can name.
struct BoardTarget: FuzzTarget {
  let name = "board"
  let examples = ["board/raspberry-pi-4/board.toml", "board/raspberry-pi-zero-2w/board.toml"]
  let words = tomlWords
  let longestInput = 16_384
  let usualRuns: UInt64 = 50_000

  func run(_ input: [UInt8]) throws -> Bool {
    guard let text = String(validating: input, as: UTF8.self) else { return false }
    let (board, faults) = BoardFile.read(text, file: "board.toml")
    try check(faults, in: text)
    try require(
      (board == nil) == faults.contains { $0.severity == .error }, "refused without an error, or accepted with")
    guard let board else { return false }
    for pin in board.pins {
      for name in pin.names { try require(board.pin(named: name) != nil, "the board does not find its pin \(name)") }
      let table = GuardianTable(outputs: [
        OutputLimits(name: "o", chip: pin.chip, line: pin.offset, lineName: pin.lineName)
      ])
      let again = Result { () throws(GuardianTableError) in try GuardianTable(text: table.text) }
      try require(again == .success(table), "the guardian refuses the pin \(pin): \(again)")
    }
    return true
  }
}
