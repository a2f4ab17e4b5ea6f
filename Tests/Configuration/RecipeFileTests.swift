// Recipes as files: those of this repository, and mistakes.

import Climate
import Controller
import Foundation
import TOML
import Testing

@testable import Configuration

/// A recipe in order, in which each test makes one mistake.
private let good = """
  schema = 1
  name = "test"
  title = { en = "Test", zh = "试验" }
  version = "2"
  subject = "chicks"
  variety = { en = "any", zh = "不限" }
  season = { en = "any", zh = "不限" }

  [sources]
  S50 = "a table of brooding temperatures"

  [[stage]]
  name = "first"
  title = { en = "First", zh = "初期" }
  event = "placing"
  duration = "72h"
  ends = "event"
  source = "by day of life"
  evidence = "S50"
  temperature = { setpoint = "33 °C", night = "32 °C", band = "1 K", ramp = "0.5 K/h", low-alarm = "29 °C", high-alarm = "35 °C", source = "table", evidence = "S50", alarm-evidence = "E" }
  humidity = { setpoint = "65 %", band = "8 %", low-alarm = "40 %", measured = "room", source = "table", evidence = "S50", alarm-evidence = "E" }
  co2 = { limit = "2000 ppm", warn = "3000 ppm", alarm = "5000 ppm", source = "proposal", evidence = "E", status = "unverified" }
  ammonia = { limit = "10 ppm", warn = "15 ppm", alarm = "20 ppm", source = "table", evidence = "S50" }
  ventilation = { minimum = "30s every 5m", source = "cycle timer", evidence = "S50" }
  light = { on = "05:00", off = "sunset+1h", source = "proposal", evidence = "E" }

  [[stage]]
  name = "second"
  title = { en = "Second", zh = "中期" }
  event = "growing"
  duration = "96h"
  ends = "degree-hours"
  degree-hours = "1400 K·h"
  base = "10 °C"
  source = "by day of life"
  evidence = "S50"
  temperature = { setpoint = "31 °C", band = "1 K", source = "table", evidence = "S50" }

  [[stage]]
  name = "last"
  title = { en = "Last", zh = "后期" }
  duration = "96h"
  source = "by day of life"
  evidence = "S50"
  temperature = { setpoint = "28 °C", band = "1 K", source = "table", evidence = "S50" }

  """

private func read(_ text: String) -> (document: RecipeDocument?, faults: [ConfigurationFault]) {
  RecipeFile.read(text, file: "test.toml")
}

/// One mistake: what is written instead of what, and the words of the message.
struct RecipeMistake: Sendable, CustomTestStringConvertible {
  var right: String
  var wrong: String
  var words: String
  /// The text at which the fault is placed, if that is not the mistake's own line.
  var place: String?
  var testDescription: String { words }

  init(_ right: String, _ wrong: String, _ words: String, at place: String? = nil) {
    (self.right, self.wrong, self.words, self.place) = (right, wrong, words, place)
  }
}

@Suite("Recipe files") struct RecipeFileTests {
  static let names = [
    "chick-brooding", "chili-seedlings", "cocoon-drying", "cucumber", "herb-drying", "leafy-greens", "oyster-mushroom",
    "potato-minitubers", "seed-potato-store", "shed-preparation", "shiitake", "silkworm-bivoltine",
    "silkworm-incubation",
    "silkworm-incubation-farm", "silkworm-mounting", "silkworm-young", "strawberry", "tomato", "walnut-drying",
  ]

  @Test("the recipes of this repository are these, and no others")
  func complete() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: root + "/recipes").filter { $0.hasSuffix(".toml") }
    #expect(Set(files) == Set(Self.names.map { $0 + ".toml" }))
  }

  @Test(
    "every recipe of this repository is in order, without a warning, and says where each value comes from",
    arguments: names)
  func shipped(name: String) throws {
    let text = try String(contentsOfFile: "\(root)/recipes/\(name).toml", encoding: .utf8)
    let (document, faults) = RecipeFile.read(text, file: name)
    #expect(faults == [])
    let recipe = try #require(document).recipe
    #expect(recipe.name == name)
    #expect(recipe.digest.count == 16)
    #expect(RecipeFile.isRecipe(text))
    let values = try #require(document).values
    // A duration in every stage, and what it aims at in most.
    #expect(values.count(where: { $0.key == "duration" }) == recipe.stages.count)
    #expect(values.count > recipe.stages.count)
    // What rests on memory or a proposal is shown as not verified.
    for value in values {
      let evidence = value.provenance.source.split(separator: "[").last ?? ""
      let isGuess = evidence.split(whereSeparator: { ",]".contains($0) }).contains { $0 == "M" || $0 == "E" }
      #expect(value.provenance.isVerified != isGuess, "\(value)")
    }
  }

  @Test("the recipe that the mistakes are made in is in order")
  func inOrder() throws {
    let (document, faults) = read(good)
    #expect(faults == [])
    let recipe = try #require(document).recipe
    #expect(recipe.stages.map(\.end) == [.event, .degreeHours(sum: 1_400, base: 10), .time])
    #expect(recipe.stages[0].setpoints.ammonia == GasLimit(limit: 10, alarm: 20, isVerified: true))
    #expect(recipe.stages[0].temperature == Course(night: 32, ramp: 0.5))
    #expect(recipe.stages[0].light == .on(DayPeriod(from: .clock(.hours(5)), to: .sunset(.hours(1)))))
    #expect(recipe.stamp.hasPrefix("test 2 #"))
    #expect(try #require(document).unverified == 2)
  }

  @Test("a change of one character gives another hash; the same text the same")
  func digest() throws {
    let first = try #require(read(good).document).recipe.digest
    #expect(try #require(read(good).document).recipe.digest == first)
    #expect(try #require(read(good.replacing("33 °C", with: "32.5 °C")).document).recipe.digest != first)
  }

  static let mistakes: [RecipeMistake] = [
    RecipeMistake("low-alarm = \"29 °C\"", "low-alarm = \"33.5 °C\"", "low-alarm must be below the setpoint"),
    RecipeMistake("low-alarm = \"29 °C\"", "low-alarm = \"32 °C\"", "low-alarm must be below the setpoint of 32.0"),
    RecipeMistake("high-alarm = \"35 °C\"", "high-alarm = \"31 °C\"", "high-alarm must be above the setpoint"),
    RecipeMistake(
      "night = \"32 °C\"", "night = \"32 °C\", drop = \"20 K\"", "drop is 20.0; it must be from 0.5 to 10.0"),
    RecipeMistake("night = \"32 °C\"", "night = \"32 °C\", drop-for = \"1h\"", "drop-for without drop: say how far"),
    RecipeMistake(
      "night = \"32 °C\"", "night = \"32 °C\", drop = \"3 K\"", "low-alarm must be below the setpoint of 29.0"),
    RecipeMistake(
      "night = \"32 °C\"", "night = \"32 °C\", drop = \"1 K\", drop-from = \"dawn\"", "\"dawn\" is no time of day"),
    RecipeMistake("band = \"8 %\"", "band = \"-8 %\"", "band is -8.0; it must be from"),
    RecipeMistake("duration = \"72h\"\n", "", "\"duration\" is missing: a stage needs an end", at: "[[stage]]"),
    RecipeMistake("duration = \"72h\"", "duration = \"0h\"", "duration must be from"),
    RecipeMistake("co2 = {", "co3 = {", "unknown key \"co3\"; did you mean \"co2\"?"),
    RecipeMistake("ventilation = { minimum = \"30s every 5m\", ", "methane = { ", "unknown key \"methane\""),
    RecipeMistake("limit = \"10 ppm\"", "limit = \"30 ppm\"", "limit is 30.0; it must be from 1.0 to 25.0"),
    RecipeMistake("limit = \"10 ppm\", warn", "warn", "\"limit\" is missing", at: "ammonia = {"),
    RecipeMistake("warn = \"15 ppm\"", "warn = \"25 ppm\"", "warn must be below alarm"),
    RecipeMistake("alarm = \"20 ppm\"", "alarm = \"10 ppm\"", "alarm must be above the limit of 10.0 ppm"),
    RecipeMistake(
      "light = { on", "load = { water = \"1 kg/h\", source = \"table\", evidence = \"S50\" }\n  light = { on",
      "load is what a box of silkworms gives off", at: "load ="),
    RecipeMistake("setpoint = \"33 °C\"", "setpoint = \"37 °C\"", "for chicks it must be from 15.0 to 36.0 °C"),
    RecipeMistake("night = \"32 °C\"", "night = \"40 °C\"", "night is 40.0 °C; for chicks"),
    RecipeMistake(
      "source = \"table\", evidence = \"S50\", alarm", "evidence = \"S50\", alarm", "\"source\" is missing"),
    RecipeMistake(
      "source = \"cycle timer\", evidence = \"S50\"", "source = \"cycle timer\"", "\"evidence\" is missing"),
    RecipeMistake(
      "source = \"cycle timer\", evidence = \"S50\"", "source = \"x\", evidence = \"S51\"", "\"S51\" is no evidence"),
    RecipeMistake(
      "source = \"cycle timer\", evidence = \"S50\"", "source = \"x\", evidence = \"\"", "evidence is empty"),
    RecipeMistake(
      ", alarm-evidence = \"E\" }\nhumidity", " }\nhumidity", "\"alarm-evidence\" is missing",
      at: "temperature = { setpoint = \"33"),
    RecipeMistake("status = \"unverified\"", "status = \"verified\"", "rests on M or E is not verified"),
    RecipeMistake("status = \"unverified\"", "status = \"sure\"", "there is no status \"sure\""),
    RecipeMistake("setpoint = \"65 %\"", "setpoint = \"65\"", "is no setpoint; write it like"),
    RecipeMistake("setpoint = \"65 %\"", "setpoint = 65", "setpoint needs a unit"),
    RecipeMistake("setpoint = \"65 %\"", "setpoint = \"65 °C\"", "\"65 °C\" is no setpoint; write it like \"85 %\""),
    RecipeMistake("setpoint = \"65 %\"", "setpoint = \"105 %\"", "setpoint is 105.0; it must be from 0.0 to 100.0"),
    RecipeMistake(", measured = \"room\"", "", "\"measured\" is missing", at: "humidity = {"),
    RecipeMistake("measured = \"room\"", "measured = \"roof\"", "there is no place \"roof\"; did you mean \"room\"?"),
    RecipeMistake("name = \"last\"", "name = \"first\"", "there is already a stage \"first\""),
    RecipeMistake("event = \"growing\"\n", "", "the next stage \"second\" has no event", at: "ends = \"event\""),
    RecipeMistake("event = \"growing\"", "event = \"placing\"", "two events \"placing\" without another between them"),
    RecipeMistake(
      "name = \"last\"", "name = \"last\"\nends = \"event\"", "the last stage cannot end with an event",
      at: "ends = \"event\"\ntitle = { en = \"Last"),
    RecipeMistake("base = \"10 °C\"\n", "", "\"base\" is missing", at: "[[stage]]\nname = \"second\""),
    RecipeMistake("ends = \"degree-hours\"\n", "", "degree-hours without ends", at: "degree-hours = \"1400"),
    RecipeMistake("ends = \"degree-hours\"", "ends = \"warmth\"", "there is no end of a stage \"warmth\""),
    RecipeMistake("on = \"05:00\"", "on = \"25:00\"", "\"25:00\" is no time of day"),
    RecipeMistake("off = \"sunset+1h\"", "off = \"05:00\"", "on and off are the same time"),
    RecipeMistake("light = { on", "light = { blackout = true, on", "with blackout = true: the lamps are locked out"),
    RecipeMistake("ramp = \"0.5 K/h\"", "ramp = \"-1 K/h\"", "ramp is -1.0; it must be from"),
    RecipeMistake("warn = \"3000 ppm\"", "warn = \"6000 ppm\"", "warn must be below alarm"),
    RecipeMistake("alarm = \"5000 ppm\"", "alarm = \"1500 ppm\"", "alarm must be above the limit"),
    RecipeMistake("minimum = \"30s every 5m\"", "minimum = \"6m every 5m\"", "is no minimum"),
    RecipeMistake(
      "subject = \"chicks\"", "subject = \"chickens\"", "there is no subject \"chickens\"; did you mean \"chicks\"?"),
    RecipeMistake("schema = 1", "schema = 2", "schema 2 is not known"),
    RecipeMistake("season = { en = \"any\", zh = \"不限\" }\n", "", "\"season\" is missing", at: "schema = 1"),
    RecipeMistake("title = { en = \"First\", zh = \"初期\" }", "title = { en = \"First\" }", "\"zh\" is missing"),
    RecipeMistake(
      "ends = \"event\"", "ends = \"event\"\nallow = [\"heater\"]", "only the subject \"empty-room\"", at: "allow ="),
    RecipeMistake(
      "version = \"2\"", "version = \"2\"\nwatch = [\"muscardin\"]", "there is no disease \"muscardin\"; did you mean",
      at: "watch ="),
    RecipeMistake("S50 = \"a", "E = \"a", "\"E\" cannot name a source"),
  ]

  @Test("a mistake is refused with its line and its reason, in both languages", arguments: mistakes)
  func mistake(mistake: RecipeMistake) throws {
    let range = try #require(good.range(of: mistake.right), "the good recipe has no \(mistake.right)")
    let text = good.replacingCharacters(in: range, with: mistake.wrong)
    let (document, faults) = read(text)
    #expect(document == nil)
    let place =
      try mistake.place.map { try #require(text.range(of: $0), "there is no \($0)").lowerBound } ?? range.lowerBound
    let line = text[..<place].split(separator: "\n", omittingEmptySubsequences: false).count
    let fault = faults.first { $0.severity == .error && $0.english.contains(mistake.words) }
    #expect(fault?.location.line == line, "\(faults)")
    #expect(fault?.chinese.isEmpty == false)
    #expect((fault?.location.column ?? 0) > 0)
  }

  @Test("there are more than twenty mistakes")
  func count() { #expect(Self.mistakes.count > 20) }

  @Test("a file without a stage is no recipe")
  func noStage() throws {
    let (document, faults) = read("schema = 1\nname = \"empty\"\n")
    #expect(document == nil)
    #expect(faults.contains { $0.english.contains("the recipe has no [[stage]]") })
  }

  @Test("what an agronomist has signed is verified")
  func signed() throws {
    let text = good.replacing(
      "evidence = \"E\", status = \"unverified\"", with: "evidence = \"E\", signed = \"王某, 2026-03-01\"")
    let document = try #require(read(text).document)
    #expect(document.unverified == 1)
    #expect(document.values.first { $0.key == "co2" }?.provenance.source == "proposal [E] 王某, 2026-03-01")
  }

  @Test(
    "the unit says in which form a humidity is given, and the recipe says what that means in percent",
    arguments: [
      ("1.5 K", HumidityAim.Form.dryWetDifference, 89.58), ("0.8 kPa", .vapourPressureDeficit, 84.11),
      ("25 g/m³", .absoluteHumidity, 70.18),
    ])
  func humidityForms(text: String, form: HumidityAim.Form, percent: Double) throws {
    let changed = good.replacing(
      "setpoint = \"65 %\", band = \"8 %\", low-alarm = \"40 %\"", with: "setpoint = \"\(text)\", low-alarm = \"40 %\"")
    let (document, faults) = read(changed)
    #expect(faults == [])
    let stage = try #require(document?.recipe.stages.first)
    #expect(stage.humidityAim?.form == form)
    #expect(abs(try #require(stage.setpoints.humidity?.setpoint) - percent) < 0.05)
  }
}

@Suite("Times of day and zones") struct StandardTimeTests {
  @Test(
    "times of day are read by the clock and by the sun",
    arguments: [
      ("00:00", TimeOfDay.clock(.zero)), ("24:00", .clock(.hours(24))), ("05:30", .clock(.minutes(330))),
      ("sunrise", .sunrise(.zero)), ("sunrise+30m", .sunrise(.minutes(30))), ("sunset-1h30m", .sunset(.minutes(-90))),
    ])
  func times(text: String, time: TimeOfDay) { #expect(DayText.time(text) == time) }

  @Test(
    "what is no time of day is none",
    arguments: ["", "5:00", "24:01", "12:60", "noon", "sunrise+13h", "sunrise30m", "１２:00"])
  func noTimes(text: String) { #expect(DayText.time(text) == nil) }

  @Test(
    "rules of the tz database give standard time",
    arguments: [
      ("CST-8", 28_800), ("<+0545>-5:45", 20_700), ("CET-1CEST,M3.5.0,M10.5.0/3", 3_600),
      ("EST5EDT,M3.2.0,M11.1.0", -18_000),
      ("UTC0", 0), ("<-03>3", -10_800),
    ])
  func rules(rule: String, seconds: Int) { #expect(StandardTime.offset(ofRule: rule) == .seconds(seconds)) }

  @Test("a rule without a number, or beyond a day, is none", arguments: ["", "CST", "CST-", "CST99", "<+05", "CST-x"])
  func noRules(rule: String) { #expect(StandardTime.offset(ofRule: rule) == nil) }

  @Test(
    "a zone that could lead out of the database is none",
    arguments: ["../../etc/passwd", "/etc/passwd", "Asia/Nowhere", "Asia\u{0}"])
  func noZones(zone: String) { #expect(StandardTime.offset(of: zone) == nil) }

  @Test("zones of the counties are known without the database; others by it")
  func zones() {
    #expect(StandardTime.offset(of: "Asia/Shanghai") == .hours(8))
    #expect(StandardTime.offset(of: "UTC") == .zero)
    guard FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/Europe/Berlin") else { return }
    #expect(StandardTime.offset(of: "Europe/Berlin") == .hours(1))
  }
}
